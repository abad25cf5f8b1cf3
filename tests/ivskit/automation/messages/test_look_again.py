"""Messages to oneself, due later."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ivskit.automation.environment import LookingEnvironment
from ivskit.automation.messages.delivery import LookAgains
from ivskit.automation.messages.look_again import LookAgain, parse_look_again
from tests.environments import every_function
from tests.samples import CHANNEL, STREAM

NOW = datetime.now(UTC).replace(microsecond=0)
QUEUE_ARN = "arn:aws:sqs:us-west-2:123456789012:work"


def look(**replaced: Any) -> LookAgain:
    """Something to look at again in a minute."""
    fields = {"channel_arn": CHANNEL, "stream_id": STREAM, "since": NOW, "event_id": "e-1"}
    asked = {"purpose": "grace over", "cause": STREAM, "due": NOW + timedelta(minutes=1)}
    return LookAgain.model_validate({**fields, **asked, **replaced})


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    """A queue and a schedule group."""
    with mock_aws():
        boto3.client("sqs").create_queue(QueueName="work")
        boto3.client("scheduler").create_schedule_group(Name="group")
        yield


@pytest.fixture
def look_agains() -> LookAgains:
    """Where the function asks."""
    sqs = boto3.client("sqs")
    queue_url = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    environment = LookingEnvironment.read(
        {
            **every_function("stop_stream", queue_url=queue_url),
            "IVSKIT_QUEUE_ARN": QUEUE_ARN,
            "IVSKIT_SCHEDULE_GROUP": "group",
            "IVSKIT_SCHEDULE_ROLE": "arn:aws:iam::123456789012:role/scheduler",
            "IVSKIT_SCHEDULE_DEAD_LETTERS": "arn:aws:sqs:us-west-2:123456789012:dead",
        }
    )
    return LookAgains(environment, sqs, boto3.client("scheduler"))


def waiting() -> tuple[int, int]:
    """How many messages are there now, and how many are due later."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="work")["QueueUrl"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    now = int(counts["ApproximateNumberOfMessages"])
    return now, int(counts["ApproximateNumberOfMessagesDelayed"])


def schedules() -> list[str]:
    """The names of all schedules."""
    return [found["Name"] for found in boto3.client("scheduler").list_schedules()["Schedules"]]


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (timedelta(hours=-3), (1, 0, 0)),
        (timedelta(), (1, 0, 0)),
        (timedelta(seconds=1), (0, 1, 0)),
        (timedelta(minutes=15), (0, 1, 0)),
        (timedelta(minutes=15, seconds=1), (0, 0, 1)),
        (timedelta(days=30), (0, 0, 1)),
    ],
)
def test_what_is_due_within_15_minutes_waits_in_the_queue_and_the_rest_as_a_schedule(
    look_agains: LookAgains, delay: timedelta, expected: tuple[int, int, int]
) -> None:
    look_agains.ask(look(due=NOW + delay), now=NOW)

    assert (*waiting(), len(schedules())) == expected


def test_a_schedule_fires_when_it_is_due_into_the_functions_own_queue(
    look_agains: LookAgains,
) -> None:
    asked = look(due=datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC))
    look_agains.ask(asked, now=NOW)

    made = boto3.client("scheduler").get_schedule(Name=asked.name, GroupName="group")

    assert made["ScheduleExpression"] == "at(2031-01-02T03:04:05)"
    assert made["Target"]["Arn"] == QUEUE_ARN
    assert made["ActionAfterCompletion"] == "DELETE"
    assert parse_look_again(json.loads(made["Target"]["Input"])) == asked


def test_asking_twice_for_the_same_makes_one_schedule(look_agains: LookAgains) -> None:
    for _ in range(2):
        look_agains.ask(look(due=NOW + timedelta(hours=4)), now=NOW)

    assert len(schedules()) == 1


def test_the_name_is_one_of_its_own_and_fits_a_schedule() -> None:
    others = [
        look(cause="st-2"),
        look(purpose="verify key"),
        look(due=NOW),
        look(channel_arn=f"{CHANNEL}2"),
    ]

    assert len({each.name for each in [look(), *others]}) == 5
    assert look(event_id="e-2", since=NOW - timedelta(hours=1)).name == look().name
    assert len(look().name) == 64


def test_a_delay_is_never_shorter_than_asked(look_agains: LookAgains) -> None:
    look_agains.ask(look(due=NOW + timedelta(milliseconds=1)), now=NOW)

    assert waiting() == (0, 1)
