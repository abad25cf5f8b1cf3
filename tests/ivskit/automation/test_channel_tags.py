"""Channel tags for functions that handle many records a second."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

import ivs_emulator
from ivs_emulator.faults import Fault
from ivskit.automation.channel_tags import ChannelTags
from ivskit.client import Ivs
from ivskit.errors import NotSent, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

MANAGED = {"ivskit:managed": "true"}
UNKNOWN = "arn:aws:ivs:us-west-2:123456789012:channel/nobodys"
ONE_TRY = Config(retries={"mode": "standard", "total_max_attempts": 1})


@dataclass
class Shop:
    """IVS, the table that all share, and how often each was asked."""

    ivs: "IVSClient" = field(default_factory=lambda: boto3.client("ivs", config=ONE_TRY))
    dynamodb: Any = field(default_factory=lambda: boto3.client("dynamodb", config=ONE_TRY))
    now: datetime = datetime(2026, 11, 20, 17, tzinfo=UTC)
    asked: int = 0

    def __post_init__(self) -> None:
        self.ivs.meta.events.register("before-call.ivs.BatchGetChannel", self._count)
        self.dynamodb.create_table(
            TableName="memory",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "channel_arn", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "channel_arn", "AttributeType": "S"}],
        )

    def _count(self, **_: Any) -> None:
        self.asked += 1

    def instance(self) -> ChannelTags:
        """One function instance."""
        return ChannelTags(Ivs(self.ivs), self.dynamodb, table="memory", clock=lambda: self.now)

    def channel(self, **tags: str) -> str:
        """A managed channel's ARN."""
        return self.ivs.create_channel(tags=MANAGED | tags)["channel"]["arn"]

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def fail(self) -> None:
        """IVS is away from now on."""
        backend = ivs_emulator.backend("123456789012", "us-west-2")
        backend.faults.add(Fault("503", "BatchGetChannel"))


@pytest.fixture
def shop() -> Iterator[Shop]:
    """An empty one."""
    ivs_emulator.install()
    with mock_aws():
        yield Shop()


def test_many_channels_are_one_question_and_tags_of_others_stay_out(shop: Shop) -> None:
    one, two = shop.channel(team="blue"), shop.channel()

    assert shop.instance().of([one, two]) == {one: MANAGED, two: MANAGED}
    assert shop.asked == 1


def test_nothing_is_asked_for_nothing(shop: Shop) -> None:
    assert shop.instance().of([]) == {}
    assert shop.asked == 0


def test_an_answer_holds_for_a_minute_whoever_asked(shop: Shop) -> None:
    arn, first = shop.channel(), shop.instance()
    first.of([arn])
    shop.ivs.tag_resource(resourceArn=arn, tags={"ivskit:mode": "observe"})

    shop.pass_time(59)
    assert first.of([arn]) == shop.instance().of([arn]) == {arn: MANAGED}
    assert shop.asked == 1

    shop.pass_time(1)
    assert first.of([arn]) == {arn: MANAGED | {"ivskit:mode": "observe"}}
    assert shop.asked == 2


def test_a_channel_that_does_not_exist_is_an_answer_too(shop: Shop) -> None:
    instance = shop.instance()

    assert instance.of([UNKNOWN]) == instance.of([UNKNOWN]) == {UNKNOWN: None}
    assert shop.asked == 1


def test_while_ivs_is_away_old_answers_hold_and_new_questions_fail(shop: Shop) -> None:
    known, new = shop.channel(), shop.channel()
    shop.instance().of([known])
    shop.pass_time(3600)
    shop.fail()

    answers = shop.instance().of([known, new])

    assert answers[known] == MANAGED
    assert isinstance(answers[new], Unavailable)


def test_what_cannot_be_asked_is_said_so(shop: Shop) -> None:
    answer = shop.instance().of(["arn:aws:ivs:eu-west-1:123456789012:channel/abc"])

    [error] = answer.values()
    assert isinstance(error, NotSent)


def test_without_the_table_ivs_is_asked(shop: Shop) -> None:
    arn = shop.channel()
    shop.dynamodb.delete_table(TableName="memory")
    instance = shop.instance()

    assert instance.of([arn]) == instance.of([arn]) == {arn: MANAGED}
    assert shop.asked == 1


def test_a_tag_whose_prefix_is_in_capitals_is_kept(shop: Shop) -> None:
    arn = shop.channel(**{"IVSkit:mode": "observe"})

    assert shop.instance().of([arn]) == {arn: {**MANAGED, "IVSkit:mode": "observe"}}
