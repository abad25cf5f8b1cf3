"""Commands to stop: which session they mean, how often they act, and whom they answer."""

from datetime import timedelta

import pytest

from ivs_emulator import EncoderRefused
from tests.outcomes import outcomes_of
from tests.samples import CHANNEL, STREAM
from tests.stop_stream.shows import (
    MINUTES,
    SECONDS,
    assert_at_rest,
    calls,
    command,
    delivered_key,
    go_live,
    live,
    obey,
    reasons,
    stopped_sessions,
)
from tests.worlds import OpenWorld

KICK = {"then": "kick"}


def test_a_session_that_is_no_longer_the_one_named_is_left_alone(open_world: OpenWorld) -> None:
    with open_world() as world:
        session = go_live(world)

        obey(world, "stop-stream", stream_id=STREAM)

        assert live(world) == session
        assert reasons(world, "Stop Skipped")[-1] == (
            f"{STREAM} is over, and {session} is another session"
        )
        assert calls(world, "StopStream") == 0


def test_a_stop_without_a_session_means_the_one_that_was_live_when_it_was_issued(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        early = command(world, "stop-stream")
        world.run_for(5 * MINUTES)
        session = go_live(world)

        world.deliver(early)
        world.run_for(MINUTES)

        assert live(world) == session
        assert "was not live yet" in reasons(world, "Stop Skipped")[-1]


def test_a_redriven_stop_from_yesterday_does_not_cut_tonights_show(open_world: OpenWorld) -> None:
    with open_world() as world:
        yesterday = command(world, "stop-stream")
        world.run_for(timedelta(days=1))
        session = go_live(world)

        world.deliver(yesterday)
        world.run_for(MINUTES)

        assert live(world) == session
        assert len(outcomes_of(world, "Command Refused")) == 1


def test_a_stream_that_is_just_starting_is_stopped_as_soon_as_it_can_be(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        session = world.ivs.connect(key.value, 2).stream_id
        world.run_for(SECONDS)

        obey(world, "stop-stream", stream_id=session)

        assert live(world) is None
        assert stopped_sessions(world) == [session]
        assert_at_rest(world)


def test_two_stops_at_once_stop_once(open_world: OpenWorld) -> None:
    with open_world() as world:
        session = go_live(world)

        world.deliver(command(world, "stop-stream", command_id="one"))
        world.deliver(command(world, "stop-stream", command_id="two"))
        world.run_for(3 * MINUTES)

        assert calls(world, "StopStream") == 1
        assert world.ivs.keys_made[CHANNEL].count == 2
        assert f"{session} was stopped already" in reasons(world, "Stop Skipped")
        assert_at_rest(world)


def test_a_command_to_a_channel_that_is_gone_is_refused(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.client("ivs").delete_channel(arn=CHANNEL)

        obey(world, "stop-stream")

        assert reasons(world, "Command Refused") == ["there is no such channel"]


def test_a_command_under_the_id_of_another_is_refused(open_world: OpenWorld) -> None:
    with open_world() as world:
        session = go_live(world)
        obey(world, "stop-stream", command_id="incident-1", then="kick")
        for name in ("block-channel", "unblock-channel"):
            obey(world, name, command_id="incident-1")
        assert [each["command"] for each in outcomes_of(world, "Command Refused")] == [
            "Block Channel",
            "Unblock Channel",
        ]
        assert "command_id" in reasons(world, "Command Refused")[0]
        # The answer of the first is still the first's, and repeated.
        obey(world, "stop-stream", command_id="incident-1", then="kick")
        assert {each["stream_id"] for each in outcomes_of(world, "Stream Stopped")} == {session}
        assert calls(world, "StopStream") == 1


@pytest.mark.parametrize(
    ("first", "its", "second"),
    [
        ("unblock-channel", {}, "stop-stream"),
        ("unblock-channel", {}, "block-channel"),
        ("stop-stream", KICK, "unblock-channel"),
    ],
)
def test_a_command_under_the_id_of_one_that_changed_nothing_is_refused(
    open_world: OpenWorld, first: str, its: dict[str, str], second: str
) -> None:
    with open_world() as world:
        obey(world, first, command_id="incident-1", **its)
        obey(world, second, command_id="incident-1")
        assert ["command_id" in each for each in reasons(world, "Command Refused")] == [True]

        # The first one still has its answer.
        obey(world, first, command_id="incident-1", **its)
        assert len(reasons(world, "Command Refused")) == 1
        assert len(reasons(world, "Stop Skipped")) == 1


def test_a_block_acts_under_the_id_of_a_stop_that_changed_nothing(open_world: OpenWorld) -> None:
    with open_world() as world:
        obey(world, "stop-stream", command_id="incident-1", **KICK)
        go_live(world)

        obey(world, "block-channel", command_id="incident-1")
        assert live(world) is None
        assert reasons(world, "Command Refused") == []


def test_a_command_that_fails_for_good_is_answered(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)
        world.gate.fault("ivs", "GetChannel", "AccessDeniedException", 403, times=20)

        obey(world, "stop-stream", then="kick")
        world.run_for(timedelta(hours=1))

        [reason] = reasons(world, "Command Refused")
        assert "the dead letters of stop_stream" in reason


def test_a_command_about_many_channels_is_answered_by_each(open_world: OpenWorld) -> None:
    with open_world() as world:
        session = go_live(world)
        ivs = world.client("ivs")
        made = [ivs.create_channel(name=f"other-{n}") for n in range(12)]
        others = [each["channel"]["arn"] for each in made]
        sent = command(world, "stop-stream", then="block", sender="jane")
        del sent["detail"]["channel_arn"]
        sent["detail"]["channel_arns"] = [CHANNEL, *others, CHANNEL]

        world.deliver(sent)
        world.run_for(MINUTES)

        blocked = outcomes_of(world, "Channel Blocked")
        assert sorted(each["channel_arn"] for each in blocked) == sorted([CHANNEL, *others])
        assert {each["sender"] for each in blocked} == {"jane"}
        assert stopped_sessions(world) == [session]
        assert not any(world.ivs.keys_of(arn) for arn in [CHANNEL, *others])
        assert_at_rest(world)


def test_a_stop_is_answered_again_with_all_that_it_did(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)
        stop = command(world, "stop-stream")
        world.deliver(stop)
        world.run_for(MINUTES)
        before = len(world.published)

        world.deliver(stop)
        world.run_for(SECONDS)

        again = [put.event["detail-type"] for put in world.published[before:]]
        assert again == ["Stream Key Rotated", "Stream Stopped"]
        assert calls(world, "StopStream") == 1


def test_a_stop_that_is_redriven_late_is_answered_again_and_not_obeyed(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        go_live(world)
        stop = command(world, "stop-stream", then="kick")
        world.deliver(stop)
        world.run_for(timedelta(hours=2))
        second = go_live(world)

        world.deliver(stop)
        world.run_for(MINUTES)

        assert live(world) == second
        assert outcomes_of(world, "Command Refused") == []
        assert [put.event["detail-type"] for put in world.published][-1] == "Stream Stopped"


def test_a_stop_issued_while_an_encoder_is_connecting_stops_it(open_world: OpenWorld) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        session = world.ivs.connect(key.value).stream_id
        world.run_for(2 * SECONDS)

        obey(world, "stop-stream")

        assert live(world) is None
        assert stopped_sessions(world) == [session]
        assert_at_rest(world)


@pytest.mark.parametrize("gap", [-5, 5])
def test_a_stop_issued_while_an_encoder_drops_out_means_the_session_that_it_comes_back_with(
    open_world: OpenWorld, gap: int
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        go_live(world)
        world.ivs.disconnect(CHANNEL)
        sent = command(world, "stop-stream", issued_at=(world.now + gap * SECONDS).isoformat())
        world.run_for(10 * SECONDS)
        world.ivs.connect(key.value)
        world.run_for(10 * SECONDS)
        assert live(world) is not None

        world.deliver(sent)
        world.run_for(MINUTES)

        assert live(world) is None
        assert_at_rest(world)


def test_a_stop_of_an_encoder_that_has_just_dropped_out_takes_its_key(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        go_live(world)
        world.ivs.disconnect(CHANNEL)
        world.run_for(20 * SECONDS)

        obey(world, "stop-stream")

        with pytest.raises(EncoderRefused):
            world.ivs.connect(key.value)
        assert delivered_key(world) == world.ivs.keys_of(CHANNEL)[0].value
        assert_at_rest(world)


def test_a_stop_that_comes_late_means_no_newer_show(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)
        sent = command(world, "stop-stream")
        world.run_for(SECONDS)
        world.ivs.disconnect(CHANNEL)
        world.run_for(5 * MINUTES)
        session = go_live(world)

        world.deliver(sent)
        world.run_for(MINUTES)

        assert live(world) == session
        assert reasons(world, "Stop Skipped")[-1] == (
            f"{session} was not live yet when the command was issued"
        )


def test_a_show_is_known_again_however_many_sessions_the_channel_has_had(
    open_world: OpenWorld,
) -> None:
    """IVS lists sessions in no order that it documents."""
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        for _ in range(25):
            world.ivs.connect(key.value)
            world.run_for(20 * SECONDS)
            world.ivs.disconnect(CHANNEL)
            world.run_for(2 * MINUTES)
        world.ivs.connect(key.value)
        world.run_for(MINUTES)
        stop = command(world, "stop-stream", then="kick")
        world.ivs.disconnect(CHANNEL)
        world.run_for(10 * SECONDS)
        world.ivs.connect(key.value)
        world.run_for(20 * SECONDS)

        world.deliver(stop)
        world.run_for(10 * SECONDS)

        assert live(world) is None
