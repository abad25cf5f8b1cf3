"""Which permissions each operation needs."""

from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from ivskit_local.runtime.iam_policies import NotModelled
from ivskit_local.runtime.permission_table import known_operations, needed
from ivskit_local.runtime.permissions import Permission, Place

PLACE = Place("123456789012", "us-west-2")
CHANNEL = PLACE.arn("ivs", "channel/abc")
ANY_CHANNEL, ANY_KEY = PLACE.arn("ivs", "channel/*"), PLACE.arn("ivs", "stream-key/*")
TABLE = PLACE.arn("dynamodb", "table/t")
QUEUE_URL = "https://sqs.us-west-2.amazonaws.com/123456789012/q"


def asked(service: str, operation: str, parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    permissions = needed(service, operation, PLACE, parameters)
    return [(one.action, one.resource) for one in permissions]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("ivs", "GetChannel", {"arn": CHANNEL}, [("ivs:GetChannel", CHANNEL)]),
        ("ivs", "ListStreams", {}, [("ivs:ListStreams", ANY_CHANNEL)]),
        (
            "ivs",
            "CreateStreamKey",
            {"channelArn": CHANNEL},
            [("ivs:CreateStreamKey", ANY_KEY)],
        ),
        (
            "ivs",
            "CreateStreamKey",
            {"channelArn": CHANNEL, "tags": {"a": "b"}},
            [("ivs:CreateStreamKey", ANY_KEY), ("ivs:TagResource", ANY_KEY)],
        ),
        (
            "ivs",
            "ListStreamKeys",
            {"channelArn": CHANNEL},
            [("ivs:ListStreamKeys", CHANNEL), ("ivs:ListStreamKeys", ANY_KEY)],
        ),
        (
            "ivs",
            "CreateChannel",
            {"tags": {"a": "b"}},
            [
                ("ivs:CreateChannel", ANY_CHANNEL),
                ("ivs:CreateChannel", ANY_KEY),
                ("ivs:TagResource", ANY_CHANNEL),
                ("ivs:TagResource", ANY_KEY),
            ],
        ),
        (
            "ivs",
            "BatchStartViewerSessionRevocation",
            {"viewerSessions": [{"channelArn": CHANNEL}, {"channelArn": CHANNEL}]},
            [("ivs:BatchStartViewerSessionRevocation", CHANNEL)],
        ),
        (
            "ivs",
            "BatchGetChannel",
            {"arns": [CHANNEL, "other"]},
            [("ivs:BatchGetChannel", CHANNEL), ("ivs:BatchGetChannel", "other")],
        ),
        ("dynamodb", "PutItem", {"TableName": "t"}, [("dynamodb:PutItem", TABLE)]),
        ("dynamodb", "PutItem", {"TableName": TABLE}, [("dynamodb:PutItem", TABLE)]),
        (
            "dynamodb",
            "Query",
            {"TableName": "t", "IndexName": "i"},
            [("dynamodb:Query", f"{TABLE}/index/i")],
        ),
        (
            "dynamodb",
            "BatchWriteItem",
            {"RequestItems": {"t": []}},
            [("dynamodb:BatchWriteItem", TABLE)],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "t"}},
                    {"ConditionCheck": {"TableName": "t"}},
                ]
            },
            [("dynamodb:PutItem", TABLE), ("dynamodb:ConditionCheckItem", TABLE)],
        ),
        (
            "sqs",
            "SendMessageBatch",
            {"QueueUrl": QUEUE_URL},
            [("sqs:SendMessage", PLACE.arn("sqs", "q"))],
        ),
        (
            "sqs",
            "GetQueueUrl",
            {"QueueName": "q"},
            [("sqs:GetQueueUrl", PLACE.arn("sqs", "q"))],
        ),
        (
            "secretsmanager",
            "CreateSecret",
            {"Name": "a/b", "Tags": [{"Key": "k", "Value": "v"}]},
            [
                ("secretsmanager:CreateSecret", PLACE.arn("secretsmanager", "secret:a/b-??????")),
                ("secretsmanager:TagResource", PLACE.arn("secretsmanager", "secret:a/b-??????")),
            ],
        ),
        (
            "secretsmanager",
            "GetSecretValue",
            {"SecretId": "arn:x"},
            [("secretsmanager:GetSecretValue", "arn:x")],
        ),
        (
            "ssm",
            "GetParameters",
            {"Names": ["/a/b", "c", "arn:d"]},
            [
                ("ssm:GetParameters", PLACE.arn("ssm", "parameter/a/b")),
                ("ssm:GetParameters", PLACE.arn("ssm", "parameter/c")),
                ("ssm:GetParameters", "arn:d"),
            ],
        ),
        (
            "ssm",
            "PutParameter",
            {"Name": "/a"},
            [("ssm:PutParameter", PLACE.arn("ssm", "parameter/a"))],
        ),
        (
            "ssm",
            "GetParametersByPath",
            {"Path": "/a"},
            [("ssm:GetParametersByPath", PLACE.arn("ssm", "parameter/a"))],
        ),
        (
            "scheduler",
            "CreateSchedule",
            {"Name": "s", "GroupName": "g", "Target": {"RoleArn": "arn:r"}},
            [
                ("scheduler:CreateSchedule", PLACE.arn("scheduler", "schedule/g/s")),
                ("iam:PassRole", "arn:r"),
            ],
        ),
        ("sns", "Publish", {"TopicArn": "arn:t"}, [("sns:Publish", "arn:t")]),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "g", "logStreamName": "s"},
            [("logs:PutLogEvents", PLACE.arn("logs", "log-group:g:log-stream:s"))],
        ),
        ("cloudwatch", "PutMetricData", {"Namespace": "n"}, [("cloudwatch:PutMetricData", "*")]),
        ("sts", "GetCallerIdentity", {}, []),
    ],
)
def test_needs(
    service: str, operation: str, parameters: Mapping[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert asked(service, operation, parameters) == expected


@mock_aws
def test_a_secret_that_exists_is_known_by_its_whole_arn() -> None:
    session = botocore.session.Session()
    client: Any = session.create_client("secretsmanager", region_name=PLACE.region)
    arn = client.create_secret(Name="a")["ARN"]

    assert asked("secretsmanager", "GetSecretValue", {"SecretId": "a"}) == [
        ("secretsmanager:GetSecretValue", arn)
    ]


def test_what_a_request_says_can_be_asked_for_in_conditions() -> None:
    tags = {"channelArn": CHANNEL, "tags": {"Run": "dev"}}
    entry = {"Source": "s", "DetailType": "d"}

    assert needed("ivs", "CreateStreamKey", PLACE, tags)[0].context == {
        "aws:tagkeys": ["Run"],
        "aws:requesttag/Run": ["dev"],
    }
    assert needed("events", "PutEvents", PLACE, {"Entries": [entry]}) == [
        Permission(
            "events:PutEvents",
            PLACE.arn("events", "event-bus/default"),
            {"events:source": ["s"], "events:detail-type": ["d"]},
        )
    ]
    to_scheduler = {"Name": "s", "Target": {"RoleArn": "r"}}
    assert needed("scheduler", "UpdateSchedule", PLACE, to_scheduler)[1].context == {
        "iam:passedtoservice": ["scheduler.amazonaws.com"]
    }


@pytest.mark.parametrize(("service", "operation"), [("ivs", "Get"), ("ec2", "RunInstances")])
def test_an_unknown_operation_is_an_error(service: str, operation: str) -> None:
    with pytest.raises(NotModelled, match=f"permissions of {service}:{operation}"):
        needed(service, operation, PLACE, {})


def test_every_operation_of_the_table_is_one_of_aws() -> None:
    session = botocore.session.Session()
    known = {
        service: set(session.get_service_model(service).operation_names)
        for service in {service for service, _ in known_operations()}
    }

    assert [one for one in known_operations() if one[1] not in known[one[0]]] == []


def test_every_operation_of_ivs_is_in_the_table_that_iam_documents() -> None:
    """IAM's reference has no entry for the failover slates yet."""
    model = botocore.session.Session().get_service_model("ivs")
    named = {name for service, name in known_operations() if service == "ivs"}

    missing = set(model.operation_names) - named
    assert {name for name in missing if "FailoverSlate" not in name} == set()
