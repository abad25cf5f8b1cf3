"""Rotations after a stream: the grace period, late events and repeats."""

import json
from datetime import timedelta

import pytest

from ivskit_local.invariants import broken_invariants
from tests.rotate_stream_key.rotations import (
    END,
    ROTATED,
    after,
    answers,
    outcomes,
    published,
    send,
)
from tests.samples import CHANNEL, STREAM, sample
from tests.worlds import OpenWorld


def test_a_stream_that_ends_gets_its_channel_a_new_key_after_the_grace(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [old] = world.ivs.keys_of(CHANNEL)

        assert after(world, END) == ROTATED

        [new] = world.ivs.keys_of(CHANNEL)
        assert new.arn != old.arn
        [rotated] = published(world, "Stream Key Rotated")
        assert rotated["detail"]["cause"] == STREAM
        assert rotated["detail"]["stream_key_arn"] == new.arn
        assert rotated["resources"] == [CHANNEL]


def test_after_its_checks_a_rotation_makes_three_calls_to_ivs_and_the_store(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        after(world, END)

        _, rotation, _ = world.deliveries[0].reactions
        made = [
            call.operation for call in rotation.calls if call.service in ("ivs", "secretsmanager")
        ]
        assert made[-3:] == ["DeleteStreamKey", "CreateStreamKey", "PutSecretValue"]


def test_the_same_event_twice_rotates_once(open_world: OpenWorld) -> None:
    with open_world() as world:
        after(world, END, END)

        rotated = published(world, "Stream Key Rotated")
        assert len({event["detail"]["id"] for event in rotated}) == 1
        assert world.ivs.keys_made[CHANNEL].count == 2


def test_an_encoder_that_reconnects_within_the_grace_keeps_its_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.deliver(END)
        world.run_for(timedelta(seconds=20))
        world.ivs.connect(key.value)
        world.run_for(timedelta(minutes=11))

        kept = next(reason for outcome, reason in answers(world) if outcome == "Rotation Skipped")
        assert kept is not None
        assert kept.startswith("the channel is live again (st-")
        assert world.ivs.keys_of(CHANNEL) == [key]


def test_a_stream_end_that_arrives_hours_late_during_the_next_show_harms_nothing(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.run_for(timedelta(hours=3))
        world.ivs.connect(key.value)
        world.run_for(timedelta(minutes=1))

        world.deliver(END)
        world.run_for(timedelta(minutes=5))

        assert outcomes(world) == ["Will Look Again", "Rotation Skipped"]
        assert world.ivs.keys_of(CHANNEL) == [key]


def test_a_late_stream_end_does_not_take_away_a_key_that_is_newer(open_world: OpenWorld) -> None:
    with open_world() as world:
        later = END | {"id": "late", "detail": END["detail"] | {"stream_id": STREAM[:-1] + "0"}}

        assert after(world, END, later) == [*ROTATED, "Rotation Skipped"]
        assert answers(world)[-1][1] == "the key is newer than the end of this stream"


def test_a_grace_of_hours_waits_as_a_schedule(open_world: OpenWorld) -> None:
    with open_world(policy={"grace": "2h"}) as world:
        assert after(world, END) == ROTATED

        first, rotation, _ = world.deliveries[0].reactions
        assert "CreateSchedule" in [call.operation for call in first.calls]
        assert rotation.calls[0].at - first.calls[0].at == timedelta(hours=2)
        assert world.client("scheduler").list_schedules()["Schedules"] == []


def test_a_channel_that_is_gone_needs_no_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.client("ivs").delete_channel(arn=CHANNEL)

        after(world, END)

        assert answers(world) == [("Rotation Skipped", "there is no such channel")]


def test_without_a_grace_the_key_changes_once_ivs_has_closed_the_session(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"grace": "0s"}) as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.ivs.connect(key.value)
        world.run_for(timedelta(minutes=1))
        world.ivs.disconnect(CHANNEL)
        world.settle()

        assert "Stream Key Rotated" in outcomes(world)
        assert world.ivs.keys_of(CHANNEL) != [key]


def test_an_event_that_no_rule_lets_through_ends_in_dead_letters(open_world: OpenWorld) -> None:
    with open_world() as world:
        send(world, json.dumps(sample("stream-state-change.stream-start")))
        world.settle()

        [letter] = world.dead_letters()
        assert "rotate_stream_key does not react to StreamStateChange" in letter.error


@pytest.mark.parametrize(
    ("keys", "mode", "deliveries", "secrets"),
    [
        ({"adopt": "remember"}, "enforce", 0, 0),
        ({"adopt": "deliver"}, "enforce", 1, 1),
        ({"adopt": "deliver"}, "observe", 0, 0),
    ],
)
def test_a_key_that_is_met_goes_into_the_store_where_that_is_wanted(
    open_world: OpenWorld, keys: dict[str, str], mode: str, deliveries: int, secrets: int
) -> None:
    tags = {"ivskit:managed": "true", "ivskit:rotate": "1d", "ivskit:mode": mode}
    with open_world(tags=tags, keys=keys) as world:
        assert "Rotation Skipped" in after(world, END)

        delivered = published(world, "Stream Key Delivered")
        assert len(delivered) == deliveries
        assert len(world.client("secretsmanager").list_secrets()["SecretList"]) == secrets
        assert broken_invariants(world) == []


def test_a_key_is_left_until_it_is_as_old_as_the_policy_wants(open_world: OpenWorld) -> None:
    with open_world(tags={"ivskit:managed": "true", "ivskit:rotate": "1d"}) as world:
        after(world, END)
        assert answers(world)[-1] == (
            "Rotation Skipped",
            "ivskit sees the key for the first time: its age counts from now",
        )
        world.run_for(timedelta(days=1))
        next_end = {"time": world.now.isoformat(), "id": "next"}
        detail = END["detail"] | {"stream_id": STREAM[:-1] + "0"}

        assert after(world, END | next_end | {"detail": detail})[-2:] == ROTATED[1:]
