"""Viewers are welcomed, on the app's own template."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response, When
from ivskit_local.runtime.world import World
from tests.crashes import kill_points, longest_invocation
from tests.push_metadata.streams import command, details, seen, start_of
from tests.samples import CHANNEL, sample
from tests.worlds import OpenWorld

MINUTE = timedelta(minutes=1)
MANAGED = {"ivskit:managed": "true"}
WELCOMED = MANAGED | {"ivskit:welcome": "show"}
WELCOMES = {"show": {"metadata": {"poll": "open"}, "every": "1m"}}
ONCE = {"show": {"metadata": "hello"}}


def skipped(world: World) -> list[str]:
    """Why nobody was welcomed, each time."""
    return [detail["reason"] for detail in details(world, "Welcome Skipped")]


def test_a_stream_that_starts_is_welcomed_once(open_world: OpenWorld) -> None:
    with open_world(tags=WELCOMED, welcomes=ONCE) as world:
        world.deliver(start_of(world))
        world.deliver(start_of(world, id="again"))
        world.settle()

        assert seen(world) == ["hello"]
        [pushed] = details(world, "Metadata Pushed")
        assert pushed["reason"] == "welcome show"


def test_a_welcome_is_repeated_while_the_session_lives_and_no_longer(
    open_world: OpenWorld,
) -> None:
    with open_world(tags=WELCOMED, welcomes=WELCOMES) as world:
        world.deliver(start_of(world))
        # Lambda would stop a function that sends itself 16 messages, if it were not allowed to.
        world.run_for(20 * MINUTE)
        assert len(seen(world)) in (20, 21)

        world.ivs.disconnect(CHANNEL)
        world.run_for(3 * MINUTE)
        count = len(seen(world))
        world.run_for(5 * MINUTE)

        assert set(seen(world)) == {'{"poll":"open"}'}
        assert len(seen(world)) == count <= 22
        assert skipped(world)[-1] == "that session is over"
        world.settle()
        assert world.dead_letters() == []


def test_the_next_session_is_welcomed_by_its_own_start_only(open_world: OpenWorld) -> None:
    with open_world(tags=WELCOMED, welcomes=WELCOMES) as world:
        world.deliver(start_of(world))
        world.run_for(MINUTE / 2)
        [key] = world.ivs.keys_of(CHANNEL)
        world.ivs.disconnect(CHANNEL)
        world.run_for(MINUTE / 6)
        world.ivs.connect(key.value)
        world.run_for(3 * MINUTE)

        causes = [detail["cause"] for detail in details(world, "Metadata Pushed")]
        sessions = {cause.partition(":")[0] for cause in causes}
        assert len(sessions) == 2
        assert len(set(causes)) == len(causes)
        assert "that session is over" in skipped(world)


def looks(world: World) -> int:
    """How often the function asked itself to look again."""
    own = [call for call in world.calls if call.function == "queue_metadata"]
    return sum(call.operation == "SendMessage" for call in own)


@pytest.mark.parametrize("late", [timedelta(seconds=2), 1.5 * MINUTE, 6.5 * MINUTE])
def test_a_start_that_arrives_twice_is_welcomed_once_at_a_time(
    open_world: OpenWorld, late: timedelta
) -> None:
    with open_world(tags=WELCOMED, welcomes=WELCOMES) as world:
        start = start_of(world)
        world.deliver(start)
        world.run_for(late)
        moved = datetime.fromisoformat(start["time"]) + timedelta(seconds=1)
        world.deliver(start | {"id": "again", "time": moved.isoformat()})
        world.run_for(10 * MINUTE - late)

        assert len(seen(world)) in (10, 11)
        assert looks(world) in (10, 11)
        assert any("another message handled welcome" in reason for reason in skipped(world))


def test_a_welcome_that_is_not_repeated_is_given_once_however_late_its_start_is_repeated(
    open_world: OpenWorld,
) -> None:
    with open_world(tags=WELCOMED, welcomes=ONCE) as world:
        world.deliver(start_of(world))
        world.run_for(6 * MINUTE)
        world.deliver(start_of(world, id="again"))
        world.settle()

        assert seen(world) == ["hello"]
        assert skipped(world) == ["another message handled welcome 0"]


CALLS = {"welcome": 7}


@pytest.mark.parametrize(("_", "call", "when"), kill_points(CALLS))
def test_after_a_crash_the_next_welcomes_come_one_at_a_time(
    open_world: OpenWorld, _: str, call: int, when: When
) -> None:
    with open_world(tags=WELCOMED, welcomes=WELCOMES) as world:
        kill = world.gate.kill(function="queue_metadata", call=call, when=when)
        world.deliver(start_of(world))
        world.run_for(10 * MINUTE)
        count = len(seen(world))
        asked = looks(world)
        world.run_for(10 * MINUTE)

        assert kill.struck
        assert count >= 7
        assert len(seen(world)) - count == 10
        assert looks(world) - asked == 10


def test_calls_is_how_many_a_welcome_makes(open_world: OpenWorld) -> None:
    with open_world(tags=WELCOMED, welcomes=WELCOMES) as world:
        world.deliver(start_of(world))
        world.run_for(3 * MINUTE)

        assert longest_invocation(world.calls, "queue_metadata") == CALLS["welcome"]


@pytest.mark.parametrize(
    ("tags", "welcomes", "reason"),
    [
        (WELCOMED, {}, "the settings have no welcome show"),
        (MANAGED, ONCE, "the channel has no welcome"),
        ({"ivskit:welcome": "show"}, ONCE, "the channel is not managed by ivskit"),
        (WELCOMED | {"ivskit:mode": "observe"}, ONCE, "observing only: viewers would be welcomed"),
    ],
)
def test_who_wants_none_gets_none(
    open_world: OpenWorld, tags: dict[str, str], welcomes: dict[str, Any], reason: str
) -> None:
    with open_world(tags=tags, welcomes=welcomes) as world:
        world.deliver(start_of(world))
        world.settle()

        assert seen(world) == []
        assert skipped(world) == [reason]


def test_a_channel_that_is_gone_is_not_welcomed(open_world: OpenWorld) -> None:
    with open_world(welcomes=ONCE) as world:
        start = start_of(world)
        world.deliver(start | {"resources": [f"{CHANNEL}x"]})
        world.settle()

        assert skipped(world) == ["there is no such channel"]


def test_viewers_are_welcomed_when_the_rehearsal_is_over(open_world: OpenWorld) -> None:
    hold = {"ivskit:hold-until": "2026-11-20T16:50:00Z"}
    with open_world(tags=WELCOMED | hold, welcomes=WELCOMES) as world:
        world.deliver(start_of(world))
        world.run_for(2 * MINUTE)
        assert seen(world) == []
        world.deliver(command(world, channel_arns=[CHANNEL], metadata="test"))
        world.run_for(2 * MINUTE)

        assert seen(world)[0] == "test"
        assert '{"poll":"open"}' in seen(world)


@pytest.mark.parametrize("operation", ["GetChannel", "GetStream"])
def test_a_welcome_is_repeated_again_after_an_outage_of_hours(
    open_world: OpenWorld, operation: str
) -> None:
    with open_world(tags=WELCOMED, welcomes=WELCOMES) as world:
        world.deliver(start_of(world))
        world.run_for(2 * MINUTE)
        before, until = len(seen(world)), world.now + 120 * MINUTE

        def failing(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
            if world.now >= until:
                return proceed(request.parameters)
            raise request.refused("InternalServerException", "out of order", status=500)

        world.gate.own["ivs", operation] = failing
        world.run_for(120 * MINUTE)
        assert len(seen(world)) == before

        world.run_for(60 * MINUTE)

        assert len(seen(world)) > before + 20
        assert world.dead_letters() == []
        assert "out of order" in details(world, "Will Look Again")[0]["reason"]


def test_other_changes_are_none_of_its_business(open_world: OpenWorld) -> None:
    with open_world() as world:
        url = world.client("sqs").get_queue_url(QueueName="ivskit-dev-queue-metadata")["QueueUrl"]
        body = '{"id": "e", "source": "aws.ivs"}'
        world.client("sqs").send_message(QueueUrl=url, MessageBody=body)
        end = sample("stream-state-change.stream-end")
        world.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(end))
        world.settle()

        assert len(world.dead_letters()) == 2
