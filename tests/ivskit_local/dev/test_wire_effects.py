"""What an answer says of its effects on the world, for those who live through it again."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto.moto_api._internal import mock_random

import ivs_emulator
from ivskit_local.dev.wire import Wire, WireAnswer
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.pruned import pruned
from tests.worlds import ROOT

QUEUE = "http://localhost/123456789012/mine"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(pruned(synthesize(ROOT), "stop_stream"), project_root=ROOT) as one:
        yield one


@pytest.fixture(scope="module")
def wire(world: World) -> Wire:
    wire = Wire(world)
    assert ask(wire, "AmazonSQS.CreateQueue", QueueName="mine").status == 200
    return wire


def ask(wire: Wire, target: str, **given: Any) -> WireAnswer:
    return wire.answer("POST", "/", {"X-Amz-Target": target}, json.dumps(given).encode())


def signed(service: str) -> dict[str, str]:
    scope = f"key/20261120/us-west-2/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=x"}


READS = [
    ("AmazonSQS.ListQueues", {}),
    ("AmazonSQS.ReceiveMessage", {"QueueUrl": QUEUE}),
    ("AmazonSQS.ReceiveMessage", {"QueueUrl": QUEUE[:-1]}),
    ("DynamoDB_20120810.ListTables", {}),
    ("secretsmanager.GetSecretValue", {"SecretId": "none"}),
    ("AWSEvents.TestEventPattern", {"EventPattern": "{}", "Event": "{}"}),
    ("AWSEvents.PutEvents", {"Entries": 1}),
]


@pytest.mark.parametrize(("target", "given"), READS)
def test_what_changes_nothing_leaves_the_dice_alone(
    wire: Wire, target: str, given: dict[str, Any]
) -> None:
    dice = mock_random.getstate()

    answer = ask(wire, target, **given)

    assert not answer.changes
    assert mock_random.getstate() == dice


def test_what_changes_something_says_so(wire: Wire) -> None:
    assert ask(wire, "AmazonSQS.SendMessage", QueueUrl=QUEUE, MessageBody="x").changes
    assert ask(wire, "AmazonSQS.ReceiveMessage", QueueUrl=QUEUE).changes
    assert ask(wire, "AWSEvents.PutEvents", Entries=[{"Source": "x"}]).changes
    assert wire.answer("POST", "/CreateChannel", signed("ivs"), b"{}").changes
    assert not wire.answer("POST", "/ListChannels", signed("ivs"), b"{}").changes
    assert wire.answer("PUT", "/bucket", signed("s3"), b"").changes
    assert not wire.answer("GET", "/bucket", signed("s3"), b"").changes


def test_an_empty_queue_has_its_receiver_wait(wire: Wire) -> None:
    assert ask(wire, "AmazonSQS.PurgeQueue", QueueUrl=QUEUE).status == 200

    assert ask(wire, "AmazonSQS.ReceiveMessage", QueueUrl=QUEUE).waits == 0
    assert ask(wire, "AmazonSQS.ReceiveMessage", QueueUrl=QUEUE, WaitTimeSeconds=7).waits == 7


def test_an_answer_of_ivs_that_a_fault_takes_away_is_lost(wire: Wire, world: World) -> None:
    world.ivs.faults.add(ivs_emulator.Fault("drop", operation="ListChannels", count=1))

    assert wire.answer("POST", "/ListChannels", signed("ivs"), b"{}").lost
    assert not wire.answer("POST", "/ListChannels", signed("ivs"), b"{}").lost


def test_a_target_may_name_the_host(wire: Wire) -> None:
    target = {"X-Amz-Target": "AmazonSQS.ListQueues"}

    assert wire.answer("POST", "http://localhost:1/", target, b"").status == 200
    assert wire.answer("POST", "*", target, b"").status == 200


def test_a_rule_whose_field_an_event_lacks_loses_that_event_only(wire: Wire, world: World) -> None:
    rule = {"EventBusName": "default", "EventPattern": '{"source": ["mine"]}'}
    made = json.loads(ask(wire, "AWSEvents.PutRule", Name="part", **rule).body)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:SourceArn": made["RuleArn"]}},
    }
    policy = {"Policy": json.dumps({"Statement": [statement]})}
    assert ask(wire, "AmazonSQS.SetQueueAttributes", QueueUrl=QUEUE, Attributes=policy).changes
    arn = "arn:aws:sqs:us-west-2:123456789012:mine"
    target = {"Id": "1", "Arn": arn, "InputPath": "$.detail.text"}
    assert ask(wire, "AWSEvents.PutTargets", Rule="part", Targets=[target]).changes
    entry = {"Source": "mine", "DetailType": "x"}
    for detail in ({}, {"text": "there"}):
        ask(wire, "AWSEvents.PutEvents", Entries=[{**entry, "Detail": json.dumps(detail)}])
    world.run_for(timedelta(seconds=1))

    answer = ask(wire, "AmazonSQS.ReceiveMessage", QueueUrl=QUEUE, MaxNumberOfMessages=10)
    assert [one["Body"] for one in json.loads(answer.body)["Messages"]] == ['"there"']
    assert ["has no $.detail.text" in str(one.lost) for one in world.deliveries[-2:]] == [
        True,
        False,
    ]
