"""Metadata outlives an outage of IVS in order, until it is too old."""

from datetime import datetime, timedelta

import pytest

from ivskit import names
from ivskit.commands import PushMetadata
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.metadata_reader import delivered
from push_metadata.shift import patience
from tests.push_metadata.streams import OTHER, details, outcomes_and_reasons, push, seen, send
from tests.worlds import OpenWorld

MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)


def out_of_order(
    world: World,
    until: datetime,
    *,
    operation: str = "PutMetadata",
    code: str = "ServiceUnavailable",
    status: int = 429,
    channel_arn: str | None = None,
) -> None:
    """Until then IVS does not take these calls, of all channels or of one."""

    def failing(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        about = channel_arn in (None, request.parameters.get("channelArn"))
        if world.now >= until or not about:
            return proceed(request.parameters)
        raise request.refused(code, "out of order", status=status)

    world.gate.own["ivs", operation] = failing


@pytest.mark.parametrize(
    ("operation", "code", "status", "lasts"),
    [
        ("PutMetadata", "ServiceUnavailable", 429, 25 * MINUTES),
        ("PutMetadata", "ThrottlingException", 429, 5 * MINUTES),
        ("PutMetadata", "ThrottlingException", 503, 5 * MINUTES),
        ("BatchGetChannel", "InternalServerException", 500, 25 * MINUTES),
        ("BatchGetChannel", "ThrottlingException", 429, 5 * MINUTES),
    ],
)
@pytest.mark.parametrize("coalesce", [False, True])
def test_metadata_is_inserted_in_order_once_ivs_takes_it_again(
    open_world: OpenWorld,
    operation: str,
    code: str,
    status: int,
    lasts: timedelta,
    coalesce: bool,
) -> None:
    with open_world() as world:
        out_of_order(world, world.now + lasts, operation=operation, code=code, status=status)
        for begin in range(0, 30, 10):
            texts = (f"{n:02}" for n in range(begin, begin + 10))
            send(world, *(push(world, text, coalesce=coalesce) for text in texts))
            world.run_for(MINUTES)
        world.settle()

        assert list(delivered(seen(world))) == [f"{n:02}" for n in range(30)]
        assert [name for name, _ in outcomes_and_reasons(world)] == ["Metadata Pushed"] * 30
        assert world.dead_letters() == []


def test_metadata_expires_by_its_age_and_what_is_of_use_still_is_inserted(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        began = world.now
        out_of_order(world, began + 2 * HOURS)
        send(world, push(world, "an hour"), push(world, "a day", max_age="24h"))
        world.run_for(50 * MINUTES)
        send(world, push(world, "soon over", expires_at=world.now + MINUTES))
        world.run_for(65 * MINUTES)
        send(world, push(world, "new"))
        world.settle()

        assert seen(world) == ["a day", "new"]
        expired = [one["cause"] for one in details(world, "Metadata Expired")]
        assert expired == ["push an hour", "push soon over"]
        assert world.dead_letters() == []
        assert world.now - began < 2 * HOURS + 10 * MINUTES


def test_an_outage_of_one_channel_holds_up_no_other(open_world: OpenWorld) -> None:
    with open_world() as world:
        out_of_order(world, world.now + 20 * MINUTES, channel_arn=OTHER)
        send(world, push(world, "a", OTHER), push(world, "b"))
        world.run_for(MINUTES)
        assert (seen(world), seen(world, OTHER)) == (["b"], [])
        world.settle()

        assert seen(world, OTHER) == ["a"]


def test_a_surprise_is_given_up_after_few_tries_whatever_may_come_back_for_hours(
    open_world: OpenWorld,
) -> None:
    tries = []

    def surprise(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        tries.append(world.now)
        raise KeyError("a bug")

    with open_world() as world:
        began = world.now
        world.gate.own["ivs", "PutMetadata"] = surprise
        send(world, push(world, "a"), push(world, "b"))
        world.settle()

        assert [letter.event_id for letter in world.dead_letters()] == ["push a", "push b"]
        assert len(tries) <= 6
        assert world.now - began < MINUTES


def waited(tries: int) -> timedelta:
    """How long it takes until so many tries are over."""
    return timedelta(seconds=sum(patience(number) for number in range(1, tries)))


def test_the_tries_of_the_queue_last_longer_than_metadata_is_of_use() -> None:
    default = PushMetadata.model_fields["max_age"].default

    assert waited(names.METADATA_TRIES) >= timedelta(days=2)
    assert names.METADATA_TRIES <= 1_000  # SQS takes no more
    # Within its age the metadata comes back soon after an outage.
    within = next(n for n in range(1, names.METADATA_TRIES) if waited(n) >= default)
    assert max(patience(number) for number in range(1, within)) <= 10
