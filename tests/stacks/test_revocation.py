"""Revocations: their stores, and the buckets of manifests."""

from tests.stacks.resources import (
    functions,
    id_in,
    statements,
)
from tests.stacks.synthesized import SynthesizedWith, Template


def test_applications_find_what_revocations_are_kept_in(synthesized_with: SynthesizedWith) -> None:
    automation = synthesized_with(revocation={"audience": True}).automation
    said = {
        each["Name"]: each["Value"] for each in automation.resources("AWS::SSM::Parameter").values()
    }

    [bucket] = automation.resources("AWS::S3::Bucket")
    assert said["/ivskit/dev/reports"] == {"Ref": bucket}
    assert id_in(said["/ivskit/dev/jobs"]).startswith("RevocationJobs")
    assert id_in(said["/ivskit/dev/audience"]).startswith("RevocationAudience")


def test_without_revocations_there_is_nothing_of_them(synthesized_with: SynthesizedWith) -> None:
    automation = synthesized_with(revocation={"enabled": False}).automation

    assert not automation.resources("AWS::S3::Bucket")
    assert not [each for each in functions(automation) if "revo" in each["Handler"]]


def test_manifests_are_read_only_in_the_buckets_of_the_settings(
    synthesized_with: SynthesizedWith,
) -> None:
    revocation = {"manifest_buckets": ["lists.example"]}
    automation = synthesized_with(revocation=revocation).automation

    [bucket] = automation.resources("AWS::S3::Bucket")
    read = [each for each in statements(automation) if each["Action"] == "s3:GetObject"]
    arns = [arn for each in read for arn in each["Resource"]]
    assert [arn["Fn::Join"][1][-1] for arn in arns] == [":s3:::lists.example/*", "/manifests/*"]
    [buckets] = [
        each["Environment"]["Variables"]["IVSKIT_MANIFEST_BUCKETS"]
        for each in functions(automation)
        if each["Handler"].startswith("plan_revocation.")
    ]
    assert buckets == {"Fn::Join": ["", [{"Ref": bucket}, " lists.example"]]}


def test_reports_are_private_encrypted_and_forgotten_after_a_month(automation: Template) -> None:
    bucket = automation.only("AWS::S3::Bucket")

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    assert bucket["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 30
    policy = automation.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert [each["Condition"] for each in policy if each["Effect"] == "Deny"] == [
        {"Bool": {"aws:SecureTransport": "false"}}
    ]


def test_what_revocations_keep_is_forgotten_in_time(synthesized_with: SynthesizedWith) -> None:
    automation = synthesized_with(revocation={"audience": True}).automation
    kept = [
        table["TimeToLiveSpecification"]
        for name, table in automation.resources("AWS::DynamoDB::Table").items()
        if name.startswith("Revocation")
    ]

    assert kept == 2 * [{"AttributeName": "expires_at", "Enabled": True}]
