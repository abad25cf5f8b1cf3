"""The index of recordings: what it reads, what it may read, and that it can be left out."""

from typing import Any

import pytest

from stacks.settings import Settings
from tests.stacks.resources import RULE, statements
from tests.stacks.synthesized import Synthesized, SynthesizedWith, Template, synthesize

INDEX = "IndexRecordings"


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return synthesize(
        tmp_path_factory.mktemp("indexed"),
        recordings={"index": True, "buckets": ["shows"], "url_base": "https://cdn.example"},
    )


def of_s3(template: Template) -> list[dict[str, Any]]:
    return [each for each in statements(template) if "s3:" in str(each["Action"])]


def test_it_reads_of_a_bucket_only_what_ivs_says_about_recordings(
    indexed: Synthesized, automation: Template
) -> None:
    without = [each["Resource"] for each in of_s3(automation)]
    added = [each for each in of_s3(indexed.automation) if each["Resource"] not in without]

    assert {str(each["Action"]) for each in added} == {"s3:ListBucket", "s3:GetObject"}
    [objects] = [each["Resource"] for each in added if each["Action"] == "s3:GetObject"]
    assert objects["Fn::Join"][1][-1] == "/*/events/*"
    assert all("shows" in str(each["Resource"]) for each in added)


def test_a_rule_takes_the_four_events_of_a_recording(indexed: Synthesized) -> None:
    rules = indexed.automation.resources(RULE).values()
    [pattern] = [
        each["EventPattern"] for each in rules if "recording_status" in str(each["EventPattern"])
    ]

    assert pattern["source"] == ["aws.ivs"]
    assert len(pattern["detail"]["recording_status"]) == 4


def test_the_table_is_kept_and_protected_and_can_forget(indexed: Synthesized) -> None:
    [table] = [
        resource
        for resource in indexed.automation.content["Resources"].values()
        if resource["Type"] == "AWS::DynamoDB::Table"
        and {"AttributeName": "recording", "KeyType": "RANGE"}
        in resource["Properties"]["KeySchema"]
    ]

    assert table["DeletionPolicy"] == "Retain"
    properties = table["Properties"]
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["TimeToLiveSpecification"]["AttributeName"] == "expires_at"


def test_it_is_left_out_by_default(automation: Template) -> None:
    assert INDEX not in str(automation.content)


def test_a_table_of_an_earlier_deployment_is_taken_over(synthesized_with: SynthesizedWith) -> None:
    taken = synthesized_with(recordings={"index": True}, tables={"recordings": "former"}).automation

    tables = taken.resources("AWS::DynamoDB::Table").values()
    assert "recording" not in str([each["KeySchema"] for each in tables])
    assert "former" in str(taken.resources("AWS::Lambda::Function"))


@pytest.mark.parametrize("url", ["http://cdn", "https://cdn/", "https://", "https://c?d"])
def test_an_address_of_a_cdn_is_checked(url: str) -> None:
    with pytest.raises(ValueError, match=r"url_base\n.*https:// and no slash at the end"):
        Settings.model_validate({"recordings": {"url_base": url}})
