"""What the wire refuses, as clients of boto3 see it, and in words for whatever else is sent."""

import json
import re
from typing import Any

import pytest
import urllib3

from tests.ivskit_local.dev.wires import BUS, Served, refusal


@pytest.mark.parametrize(("service", "operation"), [("sqs", "list_queues"), ("s3", "list_buckets")])
def test_another_region_is_refused_with_both_names(
    world: Served, service: str, operation: str
) -> None:
    code, message = refusal(getattr(world.client(service, region="eu-west-1"), operation))

    assert code == "InvalidRegion"
    assert "eu-west-1" in message
    assert "us-west-2" in message


@pytest.mark.parametrize(
    ("service", "operation"), [("sns", "list_topics"), ("athena", "list_work_groups")]
)
def test_another_service_is_refused_with_those_that_are_there(
    world: Served, service: str, operation: str
) -> None:
    code, message = refusal(getattr(world.client(service), operation))

    assert code == "UnknownService"
    assert f"{service} is not answered here; dynamodb, events, ivs, kms" in message


TARGET = {"Id": "1", "Arn": "arn:aws:sqs:us-west-2:123456789012:mine"}
FIFO = {**TARGET, "Arn": f"{TARGET['Arn']}.fifo"}
NOT_CARRIED_OUT = [
    ("put_rule", {"ScheduleExpression": "rate(1 day)"}, "NotImplemented", "Scheduler"),
    ("put_rule", {"EventPattern": "{"}, "InvalidEventPatternException", "not JSON"),
    ("put_rule", {}, "InvalidEventPatternException", "at least one field"),
    *(
        ("put_targets", {"Targets": [target]}, code, part)
        for target, code, part in [
            ({**TARGET, "Arn": "arn:aws:lambda:us-west-2:1:function:f"}, "NotImplemented", "reach"),
            ({**TARGET, "Arn": "sqs"}, "NotImplemented", "reach logs, sns, sqs here, not sqs"),
            ({**TARGET, "RoleArn": "arn"}, "NotImplemented", "with RoleArn"),
            ({**TARGET, "InputPath": "$.detail[0]"}, "NotImplemented", "InputPath"),
            ({**TARGET, "InputTransformer": {"InputTemplate": "x"}}, "NotImplemented", "quoted"),
            (FIFO, "ValidationException", "MessageGroupId"),
        ]
    ),
]


@pytest.mark.parametrize(("operation", "given", "code", "part"), NOT_CARRIED_OUT)
def test_what_no_rule_could_do_later_is_refused_at_once(
    world: Served, operation: str, given: dict[str, Any], code: str, part: str
) -> None:
    name = "Name" if operation == "put_rule" else "Rule"
    call = getattr(world.client("events"), operation)

    said = refusal(call, **{name: "odd", "EventBusName": BUS, **given})

    assert said[0] == code
    assert part in said[1]


STATEMENT = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": "*",
}


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ({**STATEMENT, "Condition": {"DateLessThan": {"aws:CurrentTime": "x"}}}, "NotImplemented"),
        ({**STATEMENT, "NotPrincipal": "*"}, "NotImplemented"),
        ({**STATEMENT, "Condition": "none"}, "InvalidAttributeValue"),
        ("none", "InvalidAttributeValue"),
    ],
)
def test_a_policy_that_could_not_be_read_later_is_refused_at_once(
    world: Served, policy: Any, code: str
) -> None:
    attributes = {"Policy": json.dumps({"Statement": policy})}
    call = world.client("sqs").create_queue

    assert refusal(call, QueueName="odd", Attributes=attributes)[0] == code


def test_a_wait_that_is_too_long_is_refused(world: Served) -> None:
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="short")["QueueUrl"]

    code, message = refusal(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=21)

    assert (code, "21" in message, "20" in message) == ("InvalidParameterValue", True, True)


def signed(service: str, **more: str) -> dict[str, str]:
    scope = f"Credential=key/20261120/us-west-2/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=x", **more}


FORM = "application/x-www-form-urlencoded; charset=utf-8"
DEEP = b'{"Entries":' + b"[" * 100_000
BAD = [
    ("POST", "/", {}, b"Action=SendMessage"),
    ("POST", "/StopStream", {}, b"{}"),
    ("POST", "/StopStream?X-Amz-Credential=a/20261120/us-west-2/ivs/aws4_request", {}, b"{}"),
    ("POST", "/", {"Authorization": "Basic eDp5"}, b""),
    ("POST", "/", {"X-Amz-Target": "Nobody.Anything"}, b"{}"),
    ("POST", "/", {"X-Amz-Target": "AWSEvents.Fly"}, b"{}"),
    ("POST", "/", {"X-Amz-Target": "AWSEvents.PutEvents"}, b"\xff"),
    ("POST", "/", {"X-Amz-Target": "AWSEvents.PutEvents"}, b"[]"),
    ("POST", "/", {"X-Amz-Target": "AWSEvents.PutEvents"}, DEEP),
    ("POST", "/", {"X-Amz-Target": "AWSEvents.PutEvents"}, b'{"Entries": {"a": NaN}}'),
    ("POST", "/", {"X-Amz-Target": "AWSEvents.PutEvents"}, b'{"Entries": "x", "Other": 1}'),
    ("POST", "/", {"X-Amz-Target": "AWSEvents.PutEvents"}, b'{"Entries": [{"Time": 1e300}]}'),
    ("POST", "/", {"X-Amz-Target": "AWSEvents.PutEvents"}, b'{"Entries": [{"Time": "now"}]}'),
    ("POST", "/", {"X-Amz-Target": "AmazonSQS.ReceiveMessage"}, b"{}"),
    (
        "POST",
        "/",
        {"X-Amz-Target": "AmazonSQS.DeleteMessage"},
        b'{"QueueUrl": "%s"}' % (b"x" * 9999),
    ),
    ("POST", "/", {"X-Amz-Target": "secretsmanager.PutSecretValue"}, b'{"SecretBinary": "!"}'),
    ("POST", "/", {"X-Amz-Target": "DynamoDB_20120810.GetItem"}, b'{"Key": {"a": {"S": 1}}}'),
    ("POST", "/", signed("sqs", **{"Content-Type": FORM}), b"Action=ListQueues"),
    ("POST", "/none", signed("scheduler"), b"{}"),
    ("POST", "/schedules/" + "x" * 9999, signed("scheduler"), b"{}"),
    ("GET", "/schedules?MaxResults=many", signed("scheduler"), b""),
    ("POST", "/none", signed("ivs"), b"{}"),
    ("POST", "/GetChannel", signed("ivs"), b"{"),
]


@pytest.mark.parametrize(("method", "target", "headers", "body"), BAD)
def test_a_bad_request_gets_a_sentence(
    world: Served, method: str, target: str, headers: dict[str, str], body: bytes
) -> None:
    answer = urllib3.request(method, world.address + target, headers=headers, body=body)

    text = answer.data.decode()
    # As the emulator answers what it does not know.
    assert answer.status == (501 if (target, "/ivs/" in str(headers)) == ("/none", True) else 400)
    assert "Traceback" not in text
    assert len(text) < 2500
    assert re.search(r"(<Message>|\"message\": \")[^<\"]{10,}", text)
    assert world.client("sts").get_caller_identity()["Account"] == "123456789012"
