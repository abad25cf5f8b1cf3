"""A command that arrives again repeats its report, whatever came in between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ivskit.formats import NewerRelease
from ivskit.outcomes import ChannelTakenDown
from ivskit.outcomes.take_down import Step
from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.world import World
from take_down.reports import Reports
from tests.samples import CHANNEL
from tests.take_down.take_downs import FUNCTION, MINUTE, SECOND, restore, take_down
from tests.worlds import OpenWorld

TAKEN_DOWN, RESTORED = "Channel Taken Down", "Channel Restored"
# When the other command comes, and the repeat, in seconds; a report comes after 20.
ORDERS = {
    "the other, the repeat, both reports": (5, 10),
    "the other, the report, the repeat": (5, 35),
    "the repeat, the report, the other": (25, 15),
    "the report, the other, the repeat": (30, 35),
    "both reports, the repeat": (30, 60),
    "both reports, the repeat within the hour": (30, 3570),
}


def reports(world: World, name: str, cause: str) -> list[Any]:
    """Every report of this command, as it was published."""
    found = (put.event for put in world.published if put.event["detail-type"] == name)
    return [event["detail"] for event in found if event["detail"]["cause"] == cause]


def check_equal(found: list[Any], *, at_least: int) -> None:
    assert len(found) >= at_least
    assert all(each == found[0] for each in found)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", [TAKEN_DOWN, RESTORED])
def test_a_repeat_reports_the_same(open_world: OpenWorld, name: str, order: str) -> None:
    first, other = (take_down, restore) if name == TAKEN_DOWN else (restore, take_down)
    other_at, repeat_at = ORDERS[order]
    with open_world() as world:
        begun = world.now
        twice = partial(first, world, "twice", issued_at=begun.isoformat())
        moments = {0: twice, other_at: partial(other, world, "other"), repeat_at: twice}
        for second in sorted(moments):
            world.run_for(begun + second * SECOND - world.now)
            moments[second]()
        world.run_for(20 * MINUTE)

        check_equal(reports(world, name, "twice"), at_least=2)
        assert broken_invariants(world) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_report_that_was_kept_is_published_after_a_death(
    open_world: OpenWorld, when: Any
) -> None:
    with open_world() as world:
        kill = world.gate.kill(function=FUNCTION, call="PutEvents", when=when)
        take_down(world)
        world.run_for(30 * SECOND)
        assert kill.struck
        restore(world)
        world.run_for(5 * MINUTE)

        found = reports(world, TAKEN_DOWN, "down")
        check_equal(found, at_least=1)
        assert found[0]["failed"] == []


def test_a_report_that_was_kept_is_published_even_of_a_channel_that_is_gone(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.gate.kill(function=FUNCTION, call="PutEvents", when="before")
        take_down(world)
        world.run_for(30 * SECOND)
        world.client("ivs").delete_channel(arn=CHANNEL)
        world.run_for(5 * MINUTE)

        assert len(reports(world, TAKEN_DOWN, "down")) == 1


# The table.

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    """An empty memory table."""
    with mock_aws():
        client: Any = boto3.client("dynamodb")
        client.create_table(
            TableName="memory",
            KeySchema=[{"AttributeName": "channel_arn", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "channel_arn", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def any_report(cause: str, at: datetime = NOW, why: str = "a reason") -> ChannelTakenDown:
    return ChannelTakenDown(
        cause=cause,
        channel_arn=CHANNEL,
        reason="a court order",
        mode="enforce",
        at=at,
        event_id="event",
        steps=(Step(step="block", state="done", why=why),),
    )


def test_of_two_reports_at_once_the_first_counts_for_both(dynamodb: Any) -> None:
    table = Reports(dynamodb, table="memory")
    first, second = any_report("down"), any_report("down", NOW + SECOND, "another reason")

    assert table.keep(CHANNEL, first, kept={}) == first
    assert table.keep(CHANNEL, second, kept={}) == first
    assert table.keep(CHANNEL, any_report("other"), kept={}) == any_report("other")
    assert [each.cause for each in table.of(CHANNEL).values()] == ["down", "other"]


def test_reports_are_kept_for_a_day_and_not_too_many(dynamodb: Any) -> None:
    table = Reports(dynamodb, table="memory")
    table.keep(CHANNEL, any_report("yesterday", NOW - timedelta(days=1, seconds=1)), kept={})
    table.keep(CHANNEL, any_report("today", NOW), kept=table.of(CHANNEL))
    assert [each.cause for each in table.of(CHANNEL).values()] == ["today"]

    for number in range(20):
        at = NOW + (number + 1) * SECOND
        table.keep(CHANNEL, any_report(f"{number}", at), kept=table.of(CHANNEL))
    assert {each.cause for each in table.of(CHANNEL).values()} == {f"{n}" for n in range(20)}


def test_reports_of_a_newer_format_are_refused(dynamodb: Any) -> None:
    table = Reports(dynamodb, table="memory")
    table.keep(CHANNEL, any_report("down"), kept={})
    (item,) = dynamodb.scan(TableName="memory")["Items"]
    dynamodb.put_item(TableName="memory", Item={**item, "v": {"N": "2"}})

    with pytest.raises(NewerRelease):
        table.of(CHANNEL)
