"""What topics hand to whom."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ivskit_local.runtime.deliveries import Message
from ivskit_local.runtime.template import NotCarriedOut
from ivskit_local.runtime.topics import Mail
from ivskit_local.runtime.world import START
from tests.ivskit_local.runtime.apps import (
    ACCOUNT,
    REGION,
    admitting,
    att,
    document,
    event,
    resource,
    world,
)

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
SENTENCE = {
    "InputPathsMap": {"what": "$.detail.event_name"},
    "InputTemplate": '"It is a <what>."',
}


def topic_and_rule(**target: Any) -> Mapping[str, Any]:
    """A topic, and a rule that publishes to it."""
    admits = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "Topic"},
    }
    return {
        "Topic": resource("SNS::Topic", TopicName="alerts"),
        "Admits": resource(
            "SNS::TopicPolicy", Topics=[{"Ref": "Topic"}], PolicyDocument=document(admits)
        ),
        "Rule": resource(
            "Events::Rule",
            EventPattern={"source": ["aws.ivs"]},
            Targets=[{"Id": "t", "Arn": {"Ref": "Topic"}, "InputTransformer": SENTENCE, **target}],
        ),
    }


def subscribed(protocol: str, endpoint: Any, **more: Any) -> Mapping[str, Any]:
    return {
        "Subscription": resource(
            "SNS::Subscription",
            TopicArn={"Ref": "Topic"},
            Protocol=protocol,
            Endpoint=endpoint,
            **more,
        )
    }


def queue(service: str = "sns.amazonaws.com") -> Mapping[str, Any]:
    return {
        "Queue": resource("SQS::Queue", QueueName="alerts"),
        "QueueAdmits": resource(
            "SQS::QueuePolicy",
            Queues=[{"Ref": "Queue"}],
            PolicyDocument=admitting(service, att("Queue")),
        ),
    }


def taken(there: Any) -> list[str]:
    url = there.client("sqs").get_queue_url(QueueName="alerts")["QueueUrl"]
    messages = there.client("sqs").receive_message(QueueUrl=url).get("Messages", [])
    return [message["Body"] for message in messages]


def test_a_person_gets_a_mail(tmp_path: Path) -> None:
    with world(tmp_path, topic_and_rule(), subscribed("email", "on-call@example.org")) as there:
        delivery = there.deliver(event())

        sentence = '"It is a Stream End."'
        assert there.mails == [Mail("alerts", "on-call@example.org", START, sentence)]
        assert delivery.messages == [Message("alerts", sentence)]


@pytest.mark.parametrize("raw", [True, False])
def test_a_queue_gets_a_message(tmp_path: Path, raw: bool) -> None:
    more = {"RawMessageDelivery": True} if raw else {}
    with world(
        tmp_path, topic_and_rule(), queue(), subscribed("sqs", att("Queue"), **more)
    ) as there:
        there.deliver(event())

        [body] = taken(there)
        text = body if raw else json.loads(body)["Message"]
        assert text == '"It is a Stream End."'
        assert raw or json.loads(body)["TopicArn"] == TOPIC


def test_a_queue_that_does_not_admit_the_topic_gets_nothing(tmp_path: Path) -> None:
    others = queue("events.amazonaws.com")
    with world(tmp_path, topic_and_rule(), others, subscribed("sqs", att("Queue"))) as there:
        delivery = there.deliver(event())
        there.deliver(event("Stream Start"), bus="default")

        [lost] = delivery.lost
        assert lost.endswith("alerts does not admit sns.amazonaws.com")
        assert taken(there) == []


def test_a_subscriber_that_cannot_be_served_is_not_carried_out(tmp_path: Path) -> None:
    there = world(tmp_path, topic_and_rule(), subscribed("sms", "+15550100"))
    with pytest.raises(NotCarriedOut, match="a subscription by sms"):
        there.__enter__()


def test_a_sentence_that_is_no_json_goes_to_dead_letters(tmp_path: Path) -> None:
    dead = {
        "Dead": resource("SQS::Queue", QueueName="dead"),
        "DeadAdmits": resource(
            "SQS::QueuePolicy",
            Queues=[{"Ref": "Dead"}],
            PolicyDocument=admitting("events.amazonaws.com", att("Dead")),
        ),
    }
    with world(tmp_path, topic_and_rule(DeadLetterConfig={"Arn": att("Dead")}), dead) as there:
        delivery = there.deliver(event('a "Stream" End'))

        [letter] = there.dead_letters()
        assert (letter.queue, letter.event_id) == ("dead", "event-1")
        assert "not JSON" in letter.error
        assert delivery.messages == []
