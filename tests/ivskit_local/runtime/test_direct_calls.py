"""A call without HTTP gives what the same call over HTTP gives, errors and retries included."""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import boto3
import pytest
import time_machine
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto import mock_aws
from moto.moto_api._internal import mock_random

import ivs_emulator
from ivs_emulator.channels import add_channel
from ivs_emulator.stream_keys import add_stream_key
from ivskit_local.runtime.calls import Request
from ivskit_local.runtime.direct.calls import DirectCalls
from ivskit_local.runtime.direct.moto_services import SERVICES

ACCOUNT, REGION = "123456789012", "us-west-2"
NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
QUEUE = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/work"
CHANNEL = f"arn:aws:ivs:{REGION}:{ACCOUNT}:channel/AbCdef1G2hij"
GONE = f"arn:aws:ivs:{REGION}:{ACCOUNT}:channel/ZZZZZZZZZZZZ"
TABLE = {
    "TableName": "t",
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
POLICY = '{"Version": "2012-10-17", "Statement": []}'
TARGET = {"Id": "1", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:work"}
KEY = {"pk": {"S": "a"}, "sk": {"S": "1"}}
VALUES = {"N": {"N": "1"}, "L": {"L": [{"S": "x"}]}, "M": {"M": {"y": {"BOOL": True}}}}


def token(number: int) -> Mapping[str, str]:
    """Given, since botocore draws one that no seed decides."""
    return {"ClientRequestToken": f"{number:032}"}


Call = tuple[str, str, Mapping[str, Any]]
CALLS: list[Call] = [
    ("dynamodb", "CreateTable", TABLE),
    ("dynamodb", "PutItem", {"TableName": "t", "Item": {**KEY, **VALUES}}),
    ("dynamodb", "PutItem", {"TableName": "t", "Item": {**KEY, "b": {"B": b"\x00\xff"}}}),
    ("dynamodb", "PutItem", {"TableName": "t", "Item": {"pk": {"S": "a"}}}),
    ("dynamodb", "GetItem", {"TableName": "t", "Key": KEY}),
    ("dynamodb", "GetItem", {"TableName": "t", "Key": KEY, "ProjectionExpression": "pk, N"}),
    ("dynamodb", "GetItem", {"TableName": "t", "Key": {**KEY, "sk": {"S": "none"}}}),
    ("dynamodb", "GetItem", {"TableName": "none", "Key": KEY}),
    ("dynamodb", "GetItem", {"Key": KEY}),
    (
        "dynamodb",
        "UpdateItem",
        {
            "TableName": "t",
            "Key": KEY,
            "UpdateExpression": "SET #n = if_not_exists(#n, :zero) + :one, at = :at REMOVE L",
            "ConditionExpression": "attribute_not_exists(at) OR at < :at",
            "ExpressionAttributeNames": {"#n": "n"},
            "ExpressionAttributeValues": {
                ":zero": {"N": "0"},
                ":one": {"N": "1"},
                ":at": {"S": "2026"},
            },
            "ReturnValues": "ALL_NEW",
        },
    ),
    (
        "dynamodb",
        "UpdateItem",
        {
            "TableName": "t",
            "Key": KEY,
            "UpdateExpression": "SET at = :at",
            "ConditionExpression": "at < :at",
            "ExpressionAttributeValues": {":at": {"S": "2020"}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    ),
    (
        "dynamodb",
        "UpdateItem",
        {"TableName": "t", "Key": KEY, "UpdateExpression": "SET name = :unknown"},
    ),
    (
        "dynamodb",
        "Query",
        {
            "TableName": "t",
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "a"}},
        },
    ),
    ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {"Keys": [KEY]}}}),
    ("sqs", "CreateQueue", {"QueueName": "work"}),
    ("sqs", "SendMessage", {"QueueUrl": QUEUE, "MessageBody": "ü"}),
    ("sqs", "SendMessage", {"QueueUrl": QUEUE + "-none", "MessageBody": "ü"}),
    (
        "sqs",
        "SendMessageBatch",
        {
            "QueueUrl": QUEUE,
            "Entries": [
                {"Id": "a", "MessageBody": "1"},
                {"Id": "b", "MessageBody": "2", "DelaySeconds": 5},
            ],
        },
    ),
    (
        "sqs",
        "ChangeMessageVisibility",
        {"QueueUrl": QUEUE, "ReceiptHandle": "?", "VisibilityTimeout": 5},
    ),
    (
        "sqs",
        "ChangeMessageVisibilityBatch",
        {
            "QueueUrl": QUEUE,
            "Entries": [{"Id": "a", "ReceiptHandle": "?", "VisibilityTimeout": 1}],
        },
    ),
    ("sqs", "GetQueueAttributes", {"QueueUrl": QUEUE, "AttributeNames": ["All"]}),
    ("ssm", "PutParameter", {"Name": "/p", "Value": "v", "Type": "String"}),
    ("ssm", "GetParameter", {"Name": "/p"}),
    ("ssm", "GetParameter", {"Name": "/none"}),
    ("secretsmanager", "CreateSecret", {"Name": "s", "SecretString": "v", **token(1)}),
    ("secretsmanager", "CreateSecret", {"Name": "s", "SecretString": "x", **token(2)}),
    ("secretsmanager", "CreateSecret", {"Name": "binary", "SecretBinary": b"\x00", **token(3)}),
    ("secretsmanager", "PutSecretValue", {"SecretId": "s", "SecretString": "w", **token(4)}),
    ("secretsmanager", "DescribeSecret", {"SecretId": "s"}),
    ("secretsmanager", "DescribeSecret", {"SecretId": "none"}),
    ("secretsmanager", "ListSecrets", {"MaxResults": 10}),
    ("events", "CreateEventBus", {"Name": "b"}),
    ("events", "CreateEventBus", {"Name": "b"}),
    ("events", "PutPermission", {"EventBusName": "b", "Policy": POLICY}),
    ("events", "PutRule", {"Name": "r", "EventBusName": "b", "EventPattern": '{"source": ["s"]}'}),
    ("events", "PutRule", {"Name": "r", "EventBusName": "none", "EventPattern": "{}"}),
    ("events", "PutTargets", {"Rule": "r", "EventBusName": "b", "Targets": [TARGET]}),
    ("events", "PutTargets", {"Rule": "none", "EventBusName": "b", "Targets": [TARGET]}),
    ("events", "ListTargetsByRule", {"Rule": "r", "EventBusName": "b"}),
    ("events", "ListRules", {"EventBusName": "b"}),
    ("events", "DescribeEventBus", {"Name": "b"}),
    ("events", "DescribeEventBus", {"Name": "none"}),
    (
        "events",
        "CreateArchive",
        {"ArchiveName": "a", "EventSourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/b"},
    ),
    ("logs", "CreateLogGroup", {"logGroupName": "g"}),
    ("logs", "CreateLogGroup", {"logGroupName": "g"}),
    ("logs", "PutRetentionPolicy", {"logGroupName": "g", "retentionInDays": 7}),
    ("logs", "PutResourcePolicy", {"policyName": "p", "policyDocument": POLICY}),
    ("logs", "DescribeLogGroups", {}),
    ("ivs", "GetChannel", {"arn": CHANNEL}),
    ("ivs", "GetChannel", {"arn": GONE}),
    ("ivs", "GetChannel", {"arn": "no ARN"}),
    ("ivs", "GetChannel", {"arn": 5}),
    ("ivs", "BatchGetChannel", {"arns": (CHANNEL, GONE)}),
    ("ivs", "ListChannels", {"maxResults": 1}),
    ("ivs", "ListStreamKeys", {"channelArn": CHANNEL}),
    ("ivs", "GetStream", {"channelArn": CHANNEL}),
    ("ivs", "ListStreams", {}),
    ("ivs", "GetStreamSession", {"channelArn": CHANNEL}),
    ("ivs", "ListStreamSessions", {"channelArn": CHANNEL}),
    ("ivs", "PutMetadata", {"channelArn": CHANNEL, "metadata": "ü"}),
    ("ivs", "PutMetadata", {"channelArn": CHANNEL, "metadata": "x" * 2000}),
    ("ivs", "StopStream", {"channelArn": GONE}),
    ("ivs", "CreateStreamKey", {"channelArn": CHANNEL}),
    ("ivs", "TagResource", {"resourceArn": CHANNEL, "tags": {"a": "b"}}),
    ("ivs", "ListTagsForResource", {"resourceArn": CHANNEL}),
    ("ivs", "UntagResource", {"resourceArn": CHANNEL, "tagKeys": ["a"]}),
    (
        "ivs",
        "StartViewerSessionRevocation",
        {"channelArn": CHANNEL, "viewerId": "ann", "viewerSessionVersionsLessThanOrEqualTo": 3},
    ),
    (
        "ivs",
        "InsertAdBreak",
        {"channelArn": CHANNEL, "startTime": NOW, "durationSeconds": 5},
    ),
    ("ivs", "StopStream", {"channelArn": CHANNEL}),
]


@contextmanager
def account() -> Iterator[Mapping[str, BaseClient]]:
    """An account with one live channel, the same each time."""
    environment = {
        "AWS_ACCESS_KEY_ID": "A" * 20,
        "AWS_SECRET_ACCESS_KEY": "local",
        "MOTO_ACCOUNT_ID": ACCOUNT,
    }
    with (
        patch.dict(os.environ, environment),
        time_machine.travel(NOW, tick=False) as clock,
        patch("time.sleep"),
        mock_aws(),
    ):
        mock_random.seed(1)
        random.seed(1)
        ivs_emulator.install()
        ivs = ivs_emulator.backend(ACCOUNT, REGION)
        add_channel(ivs, CHANNEL, {"ivskit:managed": "true"})
        ivs.connect(add_stream_key(ivs, CHANNEL, {}).value)
        clock.shift(60)
        config = Config(retries={"mode": "standard", "total_max_attempts": 3})
        make: Any = boto3.client
        yield {
            service: make(service, region_name=REGION, config=config)
            for service in (*SERVICES, "ivs")
        }


def over_http(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
    return client._make_api_call(operation, dict(parameters))


def directly(client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
    request = Request(client, operation, parameters)
    assert DirectCalls.takes(request)
    return CALLER.make(request)


CALLER = DirectCalls(ACCOUNT)


def answers(make: Callable[..., Any], *, fault: ivs_emulator.Fault | None = None) -> list[Any]:
    """What each call gives, one after the other in one account."""
    with account() as clients:
        if fault:
            ivs_emulator.backend(ACCOUNT, REGION).faults.set([fault])
        return [
            outcome(make, clients[service], operation, parameters)
            for service, operation, parameters in CALLS
        ]


def outcome(make: Callable[..., Any], client: Any, *call: Any) -> Any:
    try:
        return _comparable(make(client, *call))
    except ClientError as error:
        return type(error).__name__, str(error), _comparable(error.response)
    except BotoCoreError as error:
        return type(error).__name__, str(error)


def _comparable(response: Mapping[str, Any]) -> Any:
    """Headers are of HTTP; all else counts."""
    metadata = dict(response["ResponseMetadata"])
    return {**response, "ResponseMetadata": {**metadata, "HTTPHeaders": {}}}


def test_each_call_gives_what_it_gives_over_http() -> None:
    http, direct = answers(over_http), answers(directly)
    for call, one, other in zip(CALLS, http, direct, strict=True):
        assert other == one, call


@pytest.mark.parametrize(
    "fault",
    [
        ivs_emulator.Fault("throttle", count=2),
        ivs_emulator.Fault("500", count=3),
        ivs_emulator.Fault("503", "GetStream"),
        ivs_emulator.Fault("timeout", "GetChannel", count=1, seconds=1.0),
        ivs_emulator.Fault("drop", "StopStream", count=1, after=True),
        ivs_emulator.Fault("timeout", "PutMetadata"),
        ivs_emulator.Fault("throttle", probability=0.5),
    ],
    ids=lambda fault: f"{fault.kind} of {fault.operation or fault.count or fault.probability}",
)
def test_it_is_tried_again_as_over_http(fault: ivs_emulator.Fault) -> None:
    http = answers(over_http, fault=replace(fault))
    for call, one, other in zip(CALLS, http, answers(directly, fault=replace(fault)), strict=True):
        assert other == one, call


def test_a_client_that_points_elsewhere_keeps_http() -> None:
    client = boto3.client("ivs", region_name=REGION, endpoint_url="http://127.0.0.1:1")
    assert not DirectCalls.takes(Request(client, "ListChannels", {}))


def test_a_token_that_makes_a_retry_safe_is_drawn_as_botocore_does() -> None:
    with account() as clients:
        secret = {"Name": "s", "SecretString": "v"}
        made = directly(clients["secretsmanager"], "CreateSecret", secret)
        assert len(made["VersionId"]) == 36
        assert "ClientRequestToken" not in secret


def test_what_a_caller_changes_in_an_answer_or_a_parameter_changes_no_state() -> None:
    with account() as clients:
        tags = {"a": "b"}
        directly(clients["ivs"], "TagResource", {"resourceArn": CHANNEL, "tags": tags})
        tags["a"] = "changed"
        read = directly(clients["ivs"], "ListTagsForResource", {"resourceArn": CHANNEL})
        read["tags"]["a"] = "changed"
        again = directly(clients["ivs"], "ListTagsForResource", {"resourceArn": CHANNEL})
        assert again["tags"] == {"ivskit:managed": "true", "a": "b"}
        item: dict[str, Any] = {**KEY, "M": {"M": {"y": {"S": "kept"}}}}
        directly(clients["dynamodb"], "CreateTable", TABLE)
        directly(clients["dynamodb"], "PutItem", {"TableName": "t", "Item": item})
        item["M"]["M"]["y"]["S"] = "changed"
        read = directly(clients["dynamodb"], "GetItem", {"TableName": "t", "Key": KEY})
        read["Item"]["M"]["M"]["y"]["S"] = "changed"
        again = directly(clients["dynamodb"], "GetItem", {"TableName": "t", "Key": KEY})
        assert again["Item"]["M"] == {"M": {"y": {"S": "kept"}}}
