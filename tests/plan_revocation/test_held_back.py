"""What holds a revocation back: observe mode, tags, commands.channels, and a pause."""

from datetime import timedelta
from typing import Any

import pytest

from tests.outcomes import outcomes_of
from tests.pauses import WORDS, pause
from tests.pauses import resume as unpause
from tests.plan_revocation.jobs import OBSERVED, TO_FORCE, asked, channel, numbers, planned, refused
from tests.revocations import (
    MINUTES,
    OTHER,
    SECONDS,
    report,
    revoke,
    revoked,
    table_csv,
    upload,
    viewers,
)
from tests.samples import CHANNEL
from tests.worlds import OpenWorld


def test_channels_that_are_not_ours_to_touch_are_left_alone_and_reported(
    open_world: OpenWorld,
) -> None:
    foreign = CHANNEL.replace("123456789012", "210987654321")
    with open_world() as world:
        observed, unmanaged = channel(world, **OBSERVED), channel(world)
        arns = (CHANNEL, OTHER, foreign, observed, unmanaged)
        named = [each for arn in arns for each in viewers(2, channel_arn=arn)]
        outcome = asked(world, viewers=named)

        assert numbers(outcome) == (4, 0, 0, 6)
        reasons = {line["channel_arn"]: line["reason"] for line in report(world, outcome)}
        assert reasons == {
            foreign: "the channel is of another account or region",
            OTHER: "there is no such channel",
            observed: f"observing only: {TO_FORCE}",
        }
        assert (len(revoked(world, unmanaged)), revoked(world, observed)) == (2, {})
        first_advice = planned(world)["advice"][0]
        assert first_advice.startswith("6 viewer(s) are skipped: ")
        assert f"observing only: {TO_FORCE} ({observed})" in first_advice


@pytest.mark.parametrize("count", [3, 60])
def test_a_command_acts_on_a_channel_that_ivskit_does_not_manage(
    open_world: OpenWorld, count: int
) -> None:
    with open_world(tags={}) as world:
        outcome = asked(world, viewers=viewers(count))

        assert (numbers(outcome), outcome["mode"]) == ((count, 0, 0, 0), "enforce")


@pytest.mark.parametrize(
    ("options", "commands_too", "reason"),
    [
        ({"policy": {"mode": "observe"}}, False, f"observing only: {TO_FORCE}"),
        ({"tags": OBSERVED}, False, f"observing only: {TO_FORCE}"),
        ({}, True, f"{WORDS}: {TO_FORCE}"),
        (
            {"tags": {}, "command_channels": "managed"},
            False,
            "the channel is not managed by ivskit, and commands.channels says managed; its viewers"
            " would be revoked",
        ),
    ],
)
@pytest.mark.parametrize("count", [3, 60])
def test_a_command_whose_only_channel_is_held_back_is_refused_with_the_reason(
    open_world: OpenWorld, options: Any, commands_too: bool, reason: str, count: int
) -> None:
    with open_world(**options) as world:
        if commands_too:
            pause(world, commands_too=True)
        outcome = refused(world, viewers=viewers(count), sender="mod@stage")

        assert outcome["errors"] == [reason]
        assert (outcome["cause"], outcome["channel_arn"]) == ("job-1", CHANNEL)
        assert (outcome["sender"], outcome["command"]) == ("mod@stage", "Revoke Viewers")
        assert revoked(world) == {}


def test_a_command_all_of_whose_channels_are_held_back_or_unknown_is_refused(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"mode": "observe"}) as world:
        other, gone = channel(world, **OBSERVED), OTHER
        ids = {"channel_arns": [CHANNEL, other, gone], "viewer_ids": ["one"]}
        outcome = refused(world, **ids)

        assert sorted(outcome["errors"]) == [
            f"observing only: {TO_FORCE} ({CHANNEL}, {other})",
            f"there is no such channel ({gone})",
        ]
        assert "channel_arn" not in outcome


def test_a_command_that_was_refused_may_be_sent_again_under_its_id(open_world: OpenWorld) -> None:
    with open_world() as world:
        pause(world, commands_too=True)
        command = revoke(world, viewers=viewers(3))
        world.deliver(command)
        world.settle()
        unpause(world)
        world.run_for(MINUTES)
        world.deliver(command)
        world.settle()

        assert len(outcomes_of(world, "Command Refused")) == 1
        assert numbers(outcomes_of(world, "Viewers Revoked")[0]) == (3, 0, 0, 0)


@pytest.mark.parametrize("count", [3, 60])
@pytest.mark.parametrize("options", [{"policy": {"mode": "observe"}}, {"tags": OBSERVED}, {}])
def test_a_command_with_force_acts_where_commands_are_held_back(
    open_world: OpenWorld, options: Any, count: int
) -> None:
    with open_world(**options) as world:
        pause(world, commands_too=True)
        outcome = asked(world, viewers=viewers(count), force=True)

        assert (numbers(outcome), outcome["mode"]) == ((count, 0, 0, 0), "enforce")


def test_a_channel_that_acts_in_a_deployment_that_observes_is_not_held_up(
    open_world: OpenWorld,
) -> None:
    tags = {"ivskit:managed": "true", "ivskit:mode": "enforce"}
    with open_world(policy={"mode": "observe"}, tags=tags) as world:
        assert numbers(asked(world, viewers=viewers(60))) == (60, 0, 0, 0)


def test_a_plain_pause_holds_up_no_command(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(1_500)))
        world.run_for(5 * SECONDS)
        pause(world)
        world.run_for(SECONDS)
        world.deliver(revoke(world, command_id="new", viewers=viewers(3)))
        world.run_for(5 * MINUTES)

        counts = {each["cause"]: numbers(each) for each in outcomes_of(world, "Viewers Revoked")}
        assert counts == {"job-1": (1_500, 0, 0, 0), "new": (3, 0, 0, 0)}


def test_a_pause_of_commands_holds_up_what_runs_and_refuses_what_is_new(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.deliver(revoke(world, manifest=upload(world, table_csv(viewers(2_000)))))
        world.deliver(revoke(world, command_id="forced", viewers=viewers(1_500), force=True))
        world.run_for(5 * SECONDS)
        pause(world, commands_too=True)
        world.run_for(40 * SECONDS)
        world.deliver(revoke(world, command_id="new", viewers=viewers(3)))
        world.run_for(20 * MINUTES)
        [refused] = outcomes_of(world, "Command Refused")
        assert (refused["cause"], refused["errors"]) == ("new", [f"{WORDS}: {TO_FORCE}"])
        [forced] = outcomes_of(world, "Viewers Revoked")
        assert (forced["cause"], numbers(forced)) == ("forced", (1_500, 0, 0, 0))
        assert world.dead_letters() == []

        unpause(world)
        world.settle()

        assert numbers(outcomes_of(world, "Viewers Revoked")[1]) == (2_000, 0, 0, 0)


def test_however_long_a_pause_lasts_a_job_goes_on_afterwards(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(1_500)))
        world.run_for(SECONDS)
        pause(world, commands_too=True)
        world.run_for(timedelta(hours=2))
        assert len(revoked(world)) < 1_500
        assert world.dead_letters() == []

        unpause(world)
        world.settle()

        [outcome] = outcomes_of(world, "Viewers Revoked")
        assert numbers(outcome) == (1_500, 0, 0, 0)
