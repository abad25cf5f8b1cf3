"""Invalid tags, observe mode, a pause, and channels that are not managed."""

from datetime import timedelta
from typing import Any

import pytest

from ivskit_local.invariants import broken_invariants
from tests.pauses import WORDS, pause, resume
from tests.rotate_stream_key.rotations import (
    END,
    HALF_DONE,
    after,
    answers,
    command,
    published,
    remember,
)
from tests.samples import CHANNEL, STREAM
from tests.worlds import OpenWorld


def test_in_observe_mode_everything_is_decided_and_nothing_is_done(open_world: OpenWorld) -> None:
    with open_world(policy={"mode": "observe"}) as world:
        [key] = world.ivs.keys_of(CHANNEL)

        assert after(world, END) == ["Will Look Again", "Rotation Skipped"]

        assert answers(world)[-1][1] == (
            "observing only: the key would be replaced, since the stream ended and did not come"
            " back"
        )
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert world.client("secretsmanager").list_secrets()["SecretList"] == []


def test_on_a_channel_without_the_tag_only_a_command_acts(open_world: OpenWorld) -> None:
    with open_world(tags={}) as world:
        [key] = world.ivs.keys_of(CHANNEL)

        after(world, END)
        unmanaged = ("Rotation Skipped", "the channel is not managed by ivskit")
        assert answers(world) == [unmanaged]
        assert world.ivs.keys_of(CHANNEL) == [key]

        assert after(world, command())[1] == "Stream Key Rotated"
        assert world.ivs.keys_of(CHANNEL) != [key]


def test_an_invalid_protective_tag_is_reported_once_and_protects(open_world: OpenWorld) -> None:
    tags = {"ivskit:managed": "true", "ivskit:rotate": "daily"}
    with open_world(tags=tags) as world:
        after(world, END)

        [outcome] = published(world, "Tag Refused")
        assert outcome["detail"]["errors"][0].startswith("ivskit:rotate = 'daily': should be")
        assert published(world, "Stream Key Rotated") == []

        after(world, command())
        assert len(published(world, "Tag Refused")) == 1
        assert len(published(world, "Stream Key Rotated")) == 1


def test_an_invalid_tag_that_changes_is_reported_again_and_a_corrected_one_is_forgotten(
    open_world: OpenWorld,
) -> None:
    with open_world(tags={"ivskit:managed": "true", "ivskit:rotate": "daily"}) as world:
        ivs = world.client("ivs")
        after(world, command(command_id="1"))
        for number, rotate in enumerate(["weekly", "never", "weekly"]):
            ivs.tag_resource(resourceArn=CHANNEL, tags={"ivskit:rotate": rotate})
            after(world, command(command_id=f"{number + 2}", issued_at=world.now.isoformat()))

        causes = [event["detail"]["cause"] for event in published(world, "Tag Refused")]
        assert causes == ["1", "2", "4"]


def test_an_invalid_tag_whose_outcome_was_lost_is_reported_by_the_retry(
    open_world: OpenWorld,
) -> None:
    with open_world(tags={"ivskit:managed": "true", "ivskit:rotate": "daily"}) as world:
        world.gate.fault("events", "PutEvents", "InternalFailure")

        after(world, command())

        assert len(published(world, "Tag Refused")) == 1


def test_a_tag_has_one_channel_observed_only(open_world: OpenWorld) -> None:
    with open_world(tags={"ivskit:managed": "true", "ivskit:mode": "observe"}) as world:
        [key] = world.ivs.keys_of(CHANNEL)

        after(world, END, command())

        assert world.ivs.keys_of(CHANNEL) == [key]
        assert {event.event["detail"]["mode"] for event in world.published} == {"observe"}


def test_while_paused_no_key_changes_by_itself_and_what_came_due_is_done_afterwards(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        pause(world)
        world.deliver(END)
        world.run_for(timedelta(minutes=45))

        would = f"{WORDS}: the key would be replaced, since "
        held_up = ("Will Look Again", f"{would}the stream ended and did not come back")
        assert answers(world).count(held_up) == 3
        assert world.ivs.keys_of(CHANNEL) == [key]

        resume(world)
        world.run_for(timedelta(minutes=16))

        assert [
            rotated["detail"]["cause"] for rotated in published(world, "Stream Key Rotated")
        ] == [STREAM]
        assert broken_invariants(world) == []


@pytest.mark.parametrize(
    ("commands_too", "said", "outcome"),
    [
        (False, {}, "Stream Key Rotated"),
        (True, {}, "Command Refused"),
        (True, {"force": True}, "Stream Key Rotated"),
    ],
)
def test_a_pause_refuses_commands_only_where_it_says_so_and_they_do_not_say_force(
    open_world: OpenWorld, commands_too: bool, said: dict[str, Any], outcome: str
) -> None:
    with open_world() as world:
        pause(world, commands_too=commands_too)

        assert after(world, command(**said))[0] == outcome

        [answer] = published(world, outcome)
        assert answer["detail"]["cause"] == command()["detail"]["command_id"]
        assert broken_invariants(world) == []


def test_a_pause_leaves_no_channel_without_a_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.client("ivs").delete_stream_key(arn=key.arn)
        remember(world, intent={**HALF_DONE, "old_key_arn": key.arn})
        pause(world)

        world.deliver(END)
        world.run_for(timedelta(minutes=5))

        [rotated] = published(world, "Stream Key Rotated")
        assert rotated["detail"]["cause"] == HALF_DONE["cause"]
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert broken_invariants(world) == []


def test_a_parameter_that_cannot_be_read_stops_no_reaction(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ssm", "GetParameter", "InternalServerError")

        assert after(world, command())[0] == "Stream Key Rotated"

        assert any("Pause not read" in line.line for line in world.logs)
