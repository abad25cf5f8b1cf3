"""What templates declare, in moto."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ivskit_local.runtime.loader import KINDS
from ivskit_local.runtime.template import NotCarriedOut
from ivskit_local.runtime.world import World
from tests.ivskit_local.runtime.apps import att, event, function, resource, role, world, write


def refusal(root: Path, **resources: Any) -> str:
    with pytest.raises(NotCarriedOut) as refused:
        world(root, resources).__enter__()
    return str(refused.value)


def test_an_unknown_property_is_refused_by_stack_resource_type_and_name(tmp_path: Path) -> None:
    assert refusal(tmp_path, Jobs=resource("SQS::Queue", Colour="red")) == (
        "app: Jobs (AWS::SQS::Queue): the property Colour"
    )


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (resource("EC2::Instance"), r"Jobs \(AWS::EC2::Instance\): resources of this type"),
        ({**resource("SQS::Queue"), "CreationPolicy": {}}, "CreationPolicy"),
        (resource("SQS::Queue", QueueName={"Ref": "Nothing"}), "there is no resource Nothing"),
        (
            resource("SQS::Queue", QueueName={"Fn::ImportValue": "nothing"}),
            "nothing exports nothing",
        ),
        (resource("SQS::Queue", QueueName={"Ref": "Jobs"}), "Jobs refers to itself in the end"),
        (
            {
                **role("lambda.amazonaws.com"),
                "Properties": {
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
                    "ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuchPolicy"],
                },
            },
            "the managed policy arn:aws:iam::aws:policy/NoSuchPolicy",
        ),
    ],
)
def test_what_the_runtime_does_not_know_is_refused(
    tmp_path: Path, declared: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(NotCarriedOut, match=message):
        world(tmp_path, {"Jobs": declared}).__enter__()


def test_what_aws_would_refuse_is_refused_with_its_place(tmp_path: Path) -> None:
    wrong = {"Jobs": resource("SQS::Queue", QueueName="not allowed!")}
    with pytest.raises(ClientError) as refused:
        world(tmp_path, wrong).__enter__()

    assert refused.value.__notes__ == ["app: Jobs (AWS::SQS::Queue)"]


def test_every_property_says_what_it_does_or_why_it_does_nothing() -> None:
    for kind in KINDS.values():
        assert not kind.carried_out & set(kind.without_effect)
        assert all(kind.without_effect.values())


STORAGE = {
    "Table": resource(
        "DynamoDB::Table",
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "a", "AttributeType": "S"},
            {"AttributeName": "b", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-b",
                "KeySchema": [{"AttributeName": "b", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True},
    ),
    "Address": resource("SSM::Parameter", Name="/a", Type="String", Value={"Ref": "Table"}),
    "Reports": resource("S3::Bucket", BucketEncryption={}),
    "Password": resource("SecretsManager::Secret", Name="p", SecretString="s"),
    "Empty": resource("SecretsManager::Secret", Name="e"),
    "Key": resource("KMS::Key", KeyPolicy={}),
    "Topic": resource("SNS::Topic", KmsMasterKeyId=att("Key")),
    "Told": resource(
        "SNS::Subscription", TopicArn={"Ref": "Topic"}, Protocol="email", Endpoint="a@b.example"
    ),
    "Alarm": resource("CloudWatch::Alarm", AlarmActions=[{"Ref": "Topic"}]),
    "Log": resource("Logs::LogGroup", RetentionInDays=7),
}


def test_each_resource_is_put_where_its_service_keeps_it(tmp_path: Path) -> None:
    with world(tmp_path, STORAGE) as there:
        table = there.client("dynamodb").describe_table(TableName="app-Table")["Table"]
        assert table["GlobalSecondaryIndexes"][0]["IndexName"] == "by-b"
        address = there.client("ssm").get_parameter(Name="/a")["Parameter"]["Value"]
        assert address == "app-Table"
        assert [one["Name"] for one in there.client("s3").list_buckets()["Buckets"]] == [
            "app-reports"
        ]
        secret = there.client("secretsmanager").get_secret_value(SecretId="p")["SecretString"]
        assert secret == "s"
        [topic] = there.client("sns").list_topics()["Topics"]
        assert topic["TopicArn"].endswith(":app-Topic")
        [subscription] = there.client("sns").list_subscriptions()["Subscriptions"]
        assert subscription["Endpoint"] == "a@b.example"
        [group] = there.client("logs").describe_log_groups()["logGroups"]
        assert group["logGroupName"] == "app-Log"


def test_names_are_the_same_every_time_and_never_too_long(tmp_path: Path) -> None:
    long = "L" * 90
    names = []
    for _ in range(2):
        with world(tmp_path, {long: resource("SQS::Queue", FifoQueue=True)}) as there:
            [url] = there.client("sqs").list_queues()["QueueUrls"]
            names.append(url.rpartition("/")[2])

    assert names[0] == names[1]
    assert len(names[0]) == 80
    assert names[0].endswith(".fifo")


def test_stacks_share_what_they_export(tmp_path: Path) -> None:
    giver = {
        "Resources": {"Jobs": resource("SQS::Queue", QueueName="jobs")},
        "Outputs": {"Arn": {"Value": att("Jobs"), "Export": {"Name": "giver:jobs"}}},
    }
    taker = {
        "Resources": {
            "Note": resource(
                "SSM::Parameter",
                Name="/jobs",
                Type="String",
                Value={"Fn::ImportValue": "giver:jobs"},
            )
        }
    }
    with World({"taker": taker, "giver": giver}, project_root=tmp_path) as there:
        value = there.client("ssm").get_parameter(Name="/jobs")["Parameter"]["Value"]
        assert value == "arn:aws:sqs:us-west-2:123456789012:jobs"


def test_account_and_region_are_what_the_world_says(tmp_path: Path) -> None:
    jobs = {"Jobs": resource("SQS::Queue", QueueName="jobs")}
    with world(tmp_path, jobs, account="210987654321", region="eu-west-1") as there:
        [url] = there.client("sqs").list_queues()["QueueUrls"]
        assert url == "https://sqs.eu-west-1.amazonaws.com/210987654321/jobs"
        answer = there.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        assert answer["Attributes"]["QueueArn"] == "arn:aws:sqs:eu-west-1:210987654321:jobs"


def test_what_is_not_wanted_is_not_made_and_what_is_depended_on_comes_first(
    tmp_path: Path,
) -> None:
    template = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Later": {**resource("SQS::Queue", QueueName="later"), "DependsOn": "First"},
            "Never": {**resource("SQS::Queue", QueueName="never"), "Condition": "Never"},
            "First": {**resource("SQS::Queue", QueueName="first"), "DependsOn": ["Log"]},
            "Log": resource("Logs::LogGroup"),
        },
    }
    with World({"app": template}, project_root=tmp_path) as there:
        urls = there.client("sqs").list_queues()["QueueUrls"]
        assert [url.rpartition("/")[2] for url in urls] == ["first", "later"]


def test_a_managed_policy_of_aws_and_one_of_our_own_both_allow(tmp_path: Path) -> None:
    write(
        tmp_path,
        "asks",
        """
        def handler(batch, context):
            boto3.client("ivs").list_channels()
            boto3.client("ssm").describe_parameters()
        """,
    )
    resources = function("asks", may=[])
    resources["asksRole"]["Properties"]["Policies"] = []
    resources["asksRole"]["Properties"]["ManagedPolicyArns"] = [
        "arn:aws:iam::aws:policy/IVSReadOnlyAccess"
    ]
    statement = {"Effect": "Allow", "Action": "ssm:DescribeParameters", "Resource": "*"}
    resources["Policy"] = resource(
        "IAM::Policy",
        PolicyName="own",
        Roles=[{"Ref": "asksRole"}],
        PolicyDocument={"Version": "2012-10-17", "Statement": [statement]},
    )
    with world(tmp_path, resources) as there:
        there.deliver(event())
        there.settle()

        assert [(call.operation, call.error) for call in there.calls] == [
            ("ListChannels", None),
            ("DescribeParameters", None),
        ]
