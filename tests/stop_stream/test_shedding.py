"""Which stream is shed at the account's limit: as a table, and on the app's own template."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit.policy import Policy, Shed
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from stop_stream.shedding.decide import Candidate, choose, objection_to_time
from tests.outcomes import outcomes_of
from tests.pauses import WORDS, pause
from tests.samples import sample
from tests.stop_stream.shows import MINUTES, SECONDS, assert_at_rest, reasons
from tests.worlds import NOT_CALLED, ROOT, OpenWorld, granted, opener

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)


def candidate(name: str, *, hours: int = 1, viewers: int | None = 10, **policy: Any) -> Candidate:
    """A stream that has been live for so long."""
    wanted = Policy.model_validate({"managed": True, "grace": HOUR, **policy})
    return Candidate(name, f"st-{name}", NOW - hours * HOUR, viewers, wanted)


OLD, NEW = candidate("old", hours=3, viewers=5), candidate("new", viewers=50)
UNCOUNTED = candidate("uncounted", hours=2, viewers=None)
EMPTY = candidate("empty", hours=2, viewers=0)


@pytest.mark.parametrize(
    ("rule", "candidates", "expected"),
    [
        ("newest", [OLD, NEW, EMPTY], NEW),
        ("fewest-viewers", [OLD, NEW, EMPTY], EMPTY),
        ("fewest-viewers", [OLD, NEW, UNCOUNTED], OLD),
        ("fewest-viewers", [UNCOUNTED], UNCOUNTED),
        ("fewest-viewers", [candidate("older", hours=2, viewers=50), NEW], NEW),
        ("newest", [OLD, candidate("theirs", managed=False)], OLD),
        ("newest", [OLD, candidate("rehearsal", hold_until=NOW + HOUR)], OLD),
        (
            "newest",
            [OLD, candidate("rehearsed", hold_until=NOW)],
            candidate("rehearsed", hold_until=NOW),
        ),
        ("newest", [OLD, candidate("observed", mode="observe")], OLD),
        (
            "newest",
            [candidate("observed", mode="observe"), candidate("theirs", managed=False)],
            candidate("observed", mode="observe"),
        ),
        ("newest", [candidate("theirs", managed=False)], None),
        ("newest", [], None),
    ],
)
def test_of_those_that_may_be_shed_the_rule_picks_one(
    rule: Shed, candidates: list[Candidate], expected: Candidate | None
) -> None:
    assert choose(rule, candidates, NOW) == expected


def test_a_breach_is_acted_on_for_less_than_a_minute() -> None:
    assert objection_to_time(NOW - timedelta(seconds=59), NOW) is None
    assert objection_to_time(NOW - timedelta(seconds=60), NOW) == (
        "the event is a minute old or more"
    )


@pytest.fixture(scope="session")
def shedding() -> Templates:
    """The app that sheds the newest stream."""
    return synthesize(ROOT, overrides={"policy": {"shed": "newest"}})


@pytest.fixture
def open_shedding(shedding: Templates) -> OpenWorld:
    """Opens worlds of that app."""
    return opener(shedding, sample("stream-state-change.stream-end"))


def breach(world: World, *, limit: int = 2, **envelope: Any) -> dict[str, Any]:
    """The limit breach, as IVS sends it now."""
    event = sample("limit-breach.concurrent-broadcasts", limit_value=limit)
    return event | {"time": world.now.isoformat(), "id": f"breach at {world.now}"} | envelope


@contextmanager
def two_live(open_world: OpenWorld, **options: Any) -> Iterator[tuple[World, str, str]]:
    """A world with two streams, of which the second is newer; the channels' ARNs."""
    with open_world(**options) as world:
        arns = [go_live(world) for _ in range(2)]
        yield world, arns[0], arns[1]


def go_live(world: World, **tags: str) -> str:
    """A new channel with an encoder that does not come back."""
    wanted = {"ivskit:managed": "true", **{f"ivskit:{name}": tags[name] for name in tags}}
    made = world.client("ivs").create_channel(tags=wanted)
    world.ivs.connect(made["streamKey"]["value"])
    world.run_for(10 * SECONDS)
    arn: str = made["channel"]["arn"]
    return arn


def is_live(world: World, *arns: str) -> list[bool]:
    """Which of these channels are."""
    return [world.ivs.live_session(arn) is not None for arn in arns]


def happens(world: World, event: dict[str, Any]) -> None:
    """Have it delivered, and half a minute pass."""
    world.deliver(event)
    world.run_for(30 * SECONDS)


def kept(world: World) -> list[str]:
    """Why nothing was shed, each time."""
    marked = "no stream is shed, since "
    every = reasons(world, "Stop Skipped")
    return [reason.partition(marked)[2] for reason in every if marked in reason]


EXCESS = "3 active streams exceed the limit of 2"


def test_at_the_limit_the_newest_stream_is_kicked_and_keeps_its_key(
    open_shedding: OpenWorld,
) -> None:
    with two_live(open_shedding) as (world, old, new):
        [key] = world.ivs.keys_of(new)
        happens(world, breach(world))

        assert is_live(world, old, new) == [True, False]
        assert world.ivs.keys_of(new) == [key]
        [stopped] = outcomes_of(world, "Stream Stopped")
        assert stopped["reason"] == f"{EXCESS}: shed as the newest stream"
        assert stopped["channel_arn"] == new
        assert outcomes_of(world, "Stop Skipped") != []
        world.run_for(5 * MINUTES)
        assert_at_rest(world)


def test_the_stream_with_the_fewest_viewers_is_shed_where_that_is_the_rule(
    open_shedding: OpenWorld,
) -> None:
    with two_live(open_shedding, policy={"shed": "fewest-viewers"}) as (world, old, new):
        world.ivs.watch(old, 3)
        world.ivs.watch(new, 30)
        happens(world, breach(world))

        assert is_live(world, old, new) == [False, True]


def test_a_channel_of_somebody_else_is_never_shed(open_shedding: OpenWorld) -> None:
    with two_live(open_shedding) as (world, old, new):
        theirs = go_live(world, managed="false")
        happens(world, breach(world, limit=3))

        assert is_live(world, old, new, theirs) == [True, False, True]


def test_one_stream_is_shed_a_minute(open_shedding: OpenWorld) -> None:
    with two_live(open_shedding) as (world, old, new):
        third = go_live(world)
        happens(world, breach(world))
        happens(world, breach(world))

        assert is_live(world, old, new, third) == [True, True, False]
        assert kept(world) == ["another stream was shed less than a minute ago"]

        world.run_for(SECONDS)
        happens(world, breach(world))
        assert is_live(world, old, new, third) == [True, False, False]


def test_the_same_breach_twice_sheds_once_and_is_answered_again(open_shedding: OpenWorld) -> None:
    with two_live(open_shedding) as (world, old, new):
        event = breach(world, limit=1)
        happens(world, event)
        happens(world, event)
        world.run_for(2 * MINUTES)
        happens(world, event)

        assert is_live(world, old, new) == [True, False]
        shed = [
            put.event["detail"]["id"]
            for put in world.published
            if put.event["detail-type"] == "Stream Stopped"
        ]
        assert (len(shed), len(set(shed))) == (3, 1)
        assert kept(world) == []


def test_a_reaction_that_died_before_it_chose_sheds_nothing_late(
    open_shedding: OpenWorld,
) -> None:
    with two_live(open_shedding) as (world, old, new):
        kill = world.gate.kill(function="stop_stream", call=2, when="after")
        happens(world, breach(world))
        world.run_for(6 * MINUTES)

        assert kill.struck
        assert is_live(world, old, new) == [True, True]
        assert kept(world) == ["the event is a minute old or more"]


@pytest.mark.parametrize("call", range(4, 14))
def test_a_shedding_that_died_half_way_has_an_outcome_and_sheds_no_other(
    open_shedding: OpenWorld, call: int
) -> None:
    with two_live(open_shedding) as (world, old, new):
        kill = world.gate.kill(function="stop_stream", call=call, when="after")
        happens(world, breach(world))
        world.run_for(6 * MINUTES)

        assert kill.struck
        assert is_live(world, old)
        stopped = [each["channel_arn"] for each in outcomes_of(world, "Stream Stopped")]
        was_shed = is_live(world, new) == [False]
        assert stopped == ([new] if was_shed else [])
        assert was_shed or kept(world) == ["the event came too late"]
        assert_at_rest(world)


def test_a_breach_of_yesterday_sheds_nothing(open_shedding: OpenWorld) -> None:
    with two_live(open_shedding) as (world, old, new):
        late = breach(world)
        world.run_for(MINUTES)
        happens(world, late)

        assert is_live(world, old, new) == [True, True]
        assert kept(world) == ["the event is a minute old or more"]


def test_an_account_that_is_below_its_limit_again_loses_nothing(open_shedding: OpenWorld) -> None:
    with two_live(open_shedding) as (world, old, new):
        happens(world, breach(world, limit=3))

        assert is_live(world, old, new) == [True, True]
        assert kept(world) == ["2 streams are live now"]


def test_where_no_stream_may_be_shed_none_is(open_shedding: OpenWorld) -> None:
    with open_shedding() as world:
        theirs = go_live(world, managed="false")
        happens(world, breach(world, limit=1))

        assert is_live(world, theirs) == [True]
        assert kept(world) == ["no live stream may be shed"]


def test_while_paused_an_outcome_says_what_would_be_shed(open_shedding: OpenWorld) -> None:
    with two_live(open_shedding) as (world, old, new):
        world.run_for(MINUTES)
        pause(world)
        happens(world, breach(world))

        assert is_live(world, old, new) == [True, True]
        assert reasons(world, "Stop Skipped")[-1] == (
            f"{WORDS}: the channel would be kicked, since {EXCESS}: shed as the newest stream"
        )


def test_other_limits_shed_nothing(open_shedding: OpenWorld) -> None:
    with two_live(open_shedding) as (world, old, new):
        event = sample("limit-breach.concurrent-viewers") | {"time": world.now.isoformat()}
        happens(world, event)

        assert is_live(world, old, new) == [True, True]
        assert kept(world) == []


def test_by_default_nothing_is_shed(open_world: OpenWorld) -> None:
    with two_live(open_world) as (world, old, new):
        happens(world, breach(world))

        assert is_live(world, old, new) == [True, True]
        assert EXCESS in reasons(world, "Stop Skipped")


def test_the_role_may_list_streams_where_they_are_shed(
    shedding: Templates, templates: Templates, open_shedding: OpenWorld
) -> None:
    with two_live(open_shedding) as (world, _, _):
        happens(world, breach(world))
        called = {f"{call.service}:{call.operation}" for call in world.calls}

    added = granted(shedding, "StopStream") - granted(templates, "StopStream")
    assert added == {"ivs:ListStreams", "ivs:BatchGetChannel"}
    assert added < called
    assert added.isdisjoint(NOT_CALLED)
