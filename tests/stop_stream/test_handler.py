"""stop_stream from event to outcome, on the app's own template, with encoders that fight back."""

import json
from datetime import timedelta

import pytest

from ivs_emulator import EncoderRefused
from ivskit.automation.messages.look_again import LookAgain
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.pauses import WORDS, pause, resume
from tests.samples import CHANNEL, STREAM, sample
from tests.stop_stream.shows import (
    MINUTES,
    SECONDS,
    assert_at_rest,
    calls,
    command,
    delivered_key,
    go_live,
    live,
    reasons,
    stopped_sessions,
)
from tests.worlds import START, OpenWorld

MANAGED = {"ivskit:managed": "true"}


def obey(world: World, name: str, **detail: str) -> None:
    """Send a command, and let a minute pass."""
    world.deliver(command(world, name, **detail))
    world.run_for(MINUTES)


def test_a_stop_against_an_encoder_that_reconnects_ends_with_it_out_and_a_fresh_key_delivered(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [old] = world.ivs.keys_of(CHANNEL)
        session = go_live(world, reconnect_after=2)

        obey(world, "stop-stream", then="rotate")
        world.run_for(5 * MINUTES)

        [new] = world.ivs.keys_of(CHANNEL)
        assert live(world) is None
        assert new.arn != old.arn
        assert delivered_key(world) == new.value
        [stopped] = outcomes_of(world, "Stream Stopped")
        assert stopped["stream_id"] == session
        # The Stream End that the stop caused does not undo the key that the stop delivered.
        assert [rotated["cause"] for rotated in outcomes_of(world, "Stream Key Rotated")] == [
            session
        ]
        assert world.ivs.keys_made[CHANNEL].count == 2
        assert_at_rest(world)


def test_the_key_goes_before_the_stream(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)

        obey(world, "stop-stream", then="rotate")

        made = [call.operation for call in world.calls if call.service in ("ivs", "secretsmanager")]
        order = ["DeleteStreamKey", "StopStream", "CreateStreamKey", "DescribeSecret"]
        begin = made.index("DeleteStreamKey")
        assert made[begin : begin + len(order)] == order


@pytest.mark.parametrize(("then", "before"), [("rotate", 6), ("block", 6), ("kick", 4)])
def test_few_calls_come_before_the_cut(open_world: OpenWorld, then: str, before: int) -> None:
    with open_world() as world:
        go_live(world)
        world.deliver(command(world, "stop-stream", stream_id=STREAM))  # which reads the pause
        world.run_for(SECONDS)
        world.deliver(command(world, "stop-stream", then=then))
        world.run_for(SECONDS)

        [reaction] = world.deliveries[-1].reactions
        made = [call.operation for call in reaction.calls]
        assert made.index("StopStream") == before


def test_who_is_kicked_may_come_back_and_is_told_of(open_world: OpenWorld) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        first = go_live(world, reconnect_after=5)

        obey(world, "stop-stream", then="kick")

        second = live(world)
        assert second not in (None, first)
        assert reasons(world, "Stream Back") == [f"a new session is live ({second})"]
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert calls(world, "StopStream") == 1
        assert_at_rest(world)


def test_who_is_kicked_keeps_the_key_until_the_next_session_ends(open_world: OpenWorld) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        go_live(world)

        obey(world, "stop-stream", then="kick")
        world.run_for(timedelta(hours=1))

        assert "the channel stayed down" in reasons(world, "Stop Skipped")
        assert world.ivs.keys_of(CHANNEL) == [key]

        go_live(world)
        world.ivs.disconnect(CHANNEL)
        world.run_for(11 * MINUTES)

        assert len(outcomes_of(world, "Stream Key Rotated")) == 1
        assert_at_rest(world)


def test_an_encoder_that_was_back_before_the_key_changed_is_stopped_too(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        go_live(world)
        world.gate.kill(function="stop_stream", call="DeleteStreamKey", when="before")
        world.deliver(command(world, "stop-stream", then="rotate"))
        [key] = world.ivs.keys_of(CHANNEL)
        world.run_for(timedelta(milliseconds=1))
        world.ivs.disconnect(CHANNEL)
        second = world.ivs.connect(key.value).stream_id

        world.run_for(3 * MINUTES)

        assert live(world) is None
        assert second in stopped_sessions(world)
        assert_at_rest(world)


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


def test_a_blocked_channel_stays_down_through_stream_end_rotation_and_new_keys_until_unblocked(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        go_live(world, reconnect_after=2)

        obey(world, "stop-stream", then="block")
        obey(world, "rotate-stream-key")
        world.run_for(5 * MINUTES)

        assert live(world) is None
        assert world.ivs.keys_of(CHANNEL) == []
        assert world.ivs.channels[CHANNEL].tags["ivskit:blocked"] == "true"
        assert len(outcomes_of(world, "Channel Blocked")) == 1
        assert_at_rest(world)

        obey(world, "unblock-channel")
        world.run_for(MINUTES)

        [key] = world.ivs.keys_of(CHANNEL)
        assert delivered_key(world) == key.value
        assert "ivskit:blocked" not in world.ivs.channels[CHANNEL].tags
        assert len(outcomes_of(world, "Channel Unblocked")) == 1
        assert_at_rest(world)


def test_a_stream_that_starts_on_a_blocked_channel_is_cut_and_its_key_deleted(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        obey(world, "block-channel")
        theirs = world.client("ivs").create_stream_key(channelArn=CHANNEL)["streamKey"]["value"]
        world.ivs.connect(theirs, 2)
        world.run_for(5 * MINUTES)

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == ["the channel is blocked"]
        assert len(outcomes_of(world, "Channel Blocked")) == 1
        assert_at_rest(world)


def test_a_block_of_a_channel_that_is_not_live_deletes_its_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        obey(world, "block-channel")

        assert world.ivs.keys_of(CHANNEL) == []
        assert outcomes_of(world, "Stream Stopped") == []
        assert_at_rest(world)


def test_an_unblock_older_than_the_block_does_nothing(open_world: OpenWorld) -> None:
    with open_world() as world:
        unblock = command(world, "unblock-channel")
        world.run_for(MINUTES)
        obey(world, "block-channel")

        world.deliver(unblock)
        world.run_for(MINUTES)

        assert world.ivs.keys_of(CHANNEL) == []
        assert reasons(world, "Command Refused") == ["a newer command blocked the channel"]


def test_a_stop_on_a_blocked_channel_leaves_the_block_as_it_was(open_world: OpenWorld) -> None:
    with open_world() as world:
        early = world.now.isoformat()
        world.run_for(MINUTES)
        unblock = command(world, "unblock-channel")
        world.run_for(MINUTES)
        obey(world, "block-channel")
        theirs = world.client("ivs").create_stream_key(channelArn=CHANNEL)["streamKey"]["value"]
        session = world.ivs.connect(theirs).stream_id
        world.run_for(SECONDS)

        obey(world, "stop-stream", stream_id=session, issued_at=early)
        world.deliver(unblock)
        world.run_for(MINUTES)

        assert world.ivs.keys_of(CHANNEL) == []
        assert len(outcomes_of(world, "Channel Blocked")) == 1
        assert_at_rest(world)


def test_a_block_that_arrives_after_the_unblock_that_followed_it_does_nothing(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        block = command(world, "block-channel")
        world.run_for(MINUTES)
        obey(world, "unblock-channel")

        world.deliver(block)
        world.run_for(MINUTES)

        assert world.ivs.keys_of(CHANNEL) == [key]
        assert reasons(world, "Command Refused") == ["a newer command unblocked the channel"]


def test_a_stream_is_stopped_when_it_has_lasted_as_long_as_it_may(open_world: OpenWorld) -> None:
    with open_world(tags={**MANAGED, "ivskit:max-duration": "1h"}) as world:
        session = go_live(world, reconnect_after=2)
        world.run_for(timedelta(minutes=59))
        assert live(world) == session

        world.run_for(5 * MINUTES)

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == [
            "the stream has lasted 1h, as long as it may",
        ]
        assert len(outcomes_of(world, "Stream Key Rotated")) == 1
        assert_at_rest(world)


def test_a_show_whose_maximum_is_extended_while_it_runs_goes_on(open_world: OpenWorld) -> None:
    with open_world(tags={**MANAGED, "ivskit:max-duration": "1h"}) as world:
        session = go_live(world)
        ivs = world.client("ivs")
        ivs.tag_resource(resourceArn=CHANNEL, tags={"ivskit:max-duration": "2h"})
        world.run_for(timedelta(minutes=110))
        assert live(world) == session

        world.run_for(timedelta(minutes=20))

        assert live(world) is None


def test_a_show_that_is_over_leaves_the_next_one_its_own_time(open_world: OpenWorld) -> None:
    with open_world(policy={"max_duration": "1h", "rotate": "never"}) as world:
        go_live(world)
        world.run_for(timedelta(minutes=40))
        world.ivs.disconnect(CHANNEL)
        world.run_for(5 * MINUTES)
        second = go_live(world)

        world.run_for(timedelta(minutes=50))

        assert live(world) == second
        assert "that session is over" in reasons(world, "Stop Skipped")


def test_a_rehearsal_is_not_stopped_before_its_hold_is_over(open_world: OpenWorld) -> None:
    hold = {"ivskit:max-duration": "10m", "ivskit:hold-until": "2026-11-20T18:00:00Z"}
    with open_world(tags=MANAGED | hold) as world:
        session = go_live(world)
        world.run_for(timedelta(hours=1))
        assert live(world) == session

        world.run_for(timedelta(minutes=15))

        assert live(world) is None


def test_starvation_that_recovers_in_time_is_left_alone(open_world: OpenWorld) -> None:
    with open_world(policy={"max_starvation": "20s"}) as world:
        session = go_live(world)
        world.ivs.starve(CHANNEL)
        world.run_for(10 * SECONDS)
        world.ivs.recover(CHANNEL)
        world.run_for(MINUTES)

        assert live(world) == session
        assert "the stream has recovered" in reasons(world, "Stop Skipped")


def test_a_stream_that_recovers_before_it_could_be_kicked_is_left_alone(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"max_starvation": "20s"}) as world:
        session = go_live(world)
        world.gate.kill(function="stop_stream", call="StopStream", when="before")
        world.ivs.starve(CHANNEL)
        world.run_for(timedelta(seconds=21))
        world.ivs.recover(CHANNEL)

        world.deliver(sample("stream-health-change.starvation-start", time=world.now.isoformat()))
        world.run_for(5 * MINUTES)

        assert live(world) == session
        assert outcomes_of(world, "Stream Stopped") == []
        assert_at_rest(world)


def test_two_starvation_episodes_are_judged_apart(open_world: OpenWorld) -> None:
    with open_world(policy={"max_starvation": "20s"}) as world:
        session = go_live(world)
        world.ivs.starve(CHANNEL)
        world.run_for(10 * SECONDS)
        world.ivs.recover(CHANNEL)
        world.run_for(5 * SECONDS)
        world.ivs.starve(CHANNEL)

        world.run_for(10 * SECONDS)
        assert live(world) == session
        world.run_for(15 * SECONDS)

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == [
            "the stream has starved for 20s, as long as it may"
        ]


def test_in_observe_mode_everything_is_decided_and_nothing_is_done(open_world: OpenWorld) -> None:
    with open_world(policy={"mode": "observe", "max_duration": "1h"}) as world:
        [key] = world.ivs.keys_of(CHANNEL)
        session = go_live(world)
        obey(world, "stop-stream")
        obey(world, "block-channel")
        obey(world, "unblock-channel")
        world.run_for(timedelta(hours=2))

        assert live(world) == session
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert "ivskit:blocked" not in world.ivs.channels[CHANNEL].tags
        would = [reason for reason in reasons(world, "Stop Skipped") if "observing" in reason]
        assert would == [
            "observing only: the channel would be stopped and re-keyed, since the stream has "
            "lasted 1h, as long as it may",
        ]
        to_force = "observing only: send the command with force to act anyway; the channel would be"
        assert reasons(world, "Command Refused") == [
            f"{to_force} stopped and re-keyed",
            f"{to_force} blocked",
            f"{to_force} unblocked",
        ]


def test_a_block_with_force_holds_in_observe_mode(open_world: OpenWorld) -> None:
    with open_world(policy={"mode": "observe"}) as world:
        go_live(world, reconnect_after=2)
        world.deliver(command(world, "block-channel", force=True))
        world.run_for(MINUTES)
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])

        theirs = world.client("ivs").create_stream_key(channelArn=CHANNEL)["streamKey"]["value"]
        world.ivs.connect(theirs)
        world.run_for(MINUTES)

        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert_at_rest(world)


def test_on_a_channel_without_the_tag_only_commands_act(open_world: OpenWorld) -> None:
    with open_world(tags={}, policy={"max_duration": "1m"}) as world:
        session = go_live(world, reconnect_after=2)
        world.run_for(5 * MINUTES)
        assert live(world) == session
        assert set(reasons(world, "Stop Skipped")) == {"the channel is not managed by ivskit"}

        obey(world, "block-channel")
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert world.ivs.channels[CHANNEL].tags == {"ivskit:blocked": "true"}

        obey(world, "unblock-channel")
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert world.ivs.channels[CHANNEL].tags == {}
        assert_at_rest(world)


def test_a_command_to_a_channel_that_is_gone_is_refused(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.client("ivs").delete_channel(arn=CHANNEL)

        obey(world, "stop-stream")

        assert reasons(world, "Command Refused") == ["there is no such channel"]


def test_one_wrong_answer_about_a_channel_forgets_nothing(open_world: OpenWorld) -> None:
    with open_world() as world:
        obey(world, "block-channel")
        theirs = world.client("ivs").create_stream_key(channelArn=CHANNEL)["streamKey"]["value"]
        world.gate.fault("ivs", "GetChannel", "ResourceNotFoundException", 404)

        world.ivs.connect(theirs, 2)
        world.run_for(2 * MINUTES)
        world.gate.fault("ivs", "GetChannel", "ResourceNotFoundException", 404)
        obey(world, "stop-stream")

        assert "there is no such channel" in reasons(world, "Stop Skipped")
        assert reasons(world, "Command Refused") == []
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert_at_rest(world)


def test_an_unblock_ends_the_block_though_ivs_refuses_to_take_the_tag_away(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        obey(world, "block-channel")
        world.gate.fault("ivs", "UntagResource", "AccessDeniedException", 403)

        obey(world, "unblock-channel")

        [unblocked] = outcomes_of(world, "Channel Unblocked")
        assert "still tagged, since UntagResource: AccessDeniedException" in unblocked["reason"]
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert_at_rest(world)


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


def test_a_block_under_the_id_of_a_stop_that_did_nothing_blocks(open_world: OpenWorld) -> None:
    with open_world() as world:
        obey(world, "stop-stream", command_id="incident-1", then="kick")
        go_live(world)

        obey(world, "block-channel", command_id="incident-1")

        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert_at_rest(world)


def test_an_unblock_that_is_older_than_a_stop_does_not_undo_it(open_world: OpenWorld) -> None:
    with open_world(policy={"rotate": "never"}) as world:
        go_live(world)
        unblock = command(world, "unblock-channel")
        world.run_for(MINUTES)
        obey(world, "stop-stream", then="auto")

        world.deliver(unblock)
        world.run_for(MINUTES)
        go_live(world)
        world.run_for(MINUTES)
        assert live(world) is None

        obey(world, "unblock-channel")
        session = go_live(world)
        world.run_for(MINUTES)
        assert live(world) == session


def test_a_command_that_fails_for_good_is_answered(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)
        world.gate.fault("ivs", "GetChannel", "AccessDeniedException", 403, times=20)

        obey(world, "stop-stream", then="kick")
        world.run_for(timedelta(hours=1))

        [reason] = reasons(world, "Command Refused")
        assert "the dead letters of stop_stream" in reason


def test_a_block_that_only_the_tag_said_ends_with_the_tag(open_world: OpenWorld) -> None:
    tag = {"ivskit:blocked": "true"}
    with open_world() as world:
        ivs = world.client("ivs")
        ivs.tag_resource(resourceArn=CHANNEL, tags=tag)
        go_live(world)
        world.run_for(MINUTES)
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])

        ivs.untag_resource(resourceArn=CHANNEL, tagKeys=[*tag])
        ivs.create_stream_key(channelArn=CHANNEL)
        session = go_live(world)
        world.run_for(MINUTES)
        assert live(world) == session

        ivs.tag_resource(resourceArn=CHANNEL, tags=tag)
        obey(world, "stop-stream", then="kick")
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        ivs.untag_resource(resourceArn=CHANNEL, tagKeys=[*tag])
        obey(world, "unblock-channel")
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert_at_rest(world)


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


@pytest.mark.parametrize(
    ("name", "age", "answer"),
    [
        ("stop-stream", 2, "Command Refused"),
        ("block-channel", 48, "Channel Blocked"),
        ("unblock-channel", 48, "Stop Skipped"),
    ],
)
def test_a_block_or_an_unblock_is_never_too_old(
    open_world: OpenWorld, name: str, age: int, answer: str
) -> None:
    with open_world() as world:
        sent = command(world, name)
        world.run_for(timedelta(hours=age))

        world.deliver(sent)
        world.run_for(MINUTES)

        assert len(outcomes_of(world, answer)) == 1


def test_a_stop_that_keeps_the_key_cuts_what_comes_back_for_a_quarter_of_an_hour(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"rotate": "never"}) as world:
        [key] = world.ivs.keys_of(CHANNEL)
        go_live(world)

        obey(world, "stop-stream", then="auto")

        assert live(world) is None
        for minutes in (1, 11):
            world.run_for(minutes * MINUTES)
            go_live(world)
            world.run_for(MINUTES)
            assert live(world) is None
        stops = outcomes_of(world, "Stream Stopped")
        assert stops[0]["then"] == "lockout"
        assert [stop["again"] for stop in stops] == [False, True, True]

        world.run_for(2 * MINUTES)
        session = go_live(world)
        world.run_for(10 * MINUTES)
        assert live(world) == session
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert_at_rest(world)


@pytest.mark.parametrize("shape", ["", ".registry-shape"])
def test_a_limit_breach_is_told_in_both_of_its_shapes(open_world: OpenWorld, shape: str) -> None:
    with open_world() as world:
        world.deliver(sample(f"limit-breach.concurrent-broadcasts{shape}"))
        world.run_for(SECONDS)

        [kept] = outcomes_of(world, "Stop Skipped")
        assert kept["reason"].startswith("Concurrent Broadcasts is ")
        assert "channel_arn" not in kept


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


def test_a_stop_that_is_redriven_late_is_told_again_and_not_obeyed(open_world: OpenWorld) -> None:
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


def test_a_late_stop_makes_good_what_was_begun_for_it(open_world: OpenWorld) -> None:
    with open_world() as world:
        session = go_live(world, reconnect_after=2)
        world.gate.kill(function="stop_stream", call=12, when="after")

        world.deliver(command(world, "stop-stream", max_age="1s"))
        world.run_for(6 * MINUTES)

        assert live(world) is None
        assert stopped_sessions(world) == [session]
        assert outcomes_of(world, "Command Refused") == []
        assert_at_rest(world)


LOOK = LookAgain(
    channel_arn=CHANNEL, purpose="verify key", cause="c", since=START, due=START, event_id="e"
)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(sample("stream-state-change.stream-end")),
        json.dumps(sample("recording-state-change.recording-end")),
        LOOK.message(),
    ],
)
def test_what_no_rule_lets_through_ends_in_dead_letters(open_world: OpenWorld, body: str) -> None:
    with open_world() as world:
        sqs = world.client("sqs")
        url = sqs.get_queue_url(QueueName="ivskit-dev-stop-stream")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=body)
        world.settle()

        [letter] = world.dead_letters()
        assert "stop_stream does not" in letter.error


def test_a_store_that_refuses_holds_no_stop_up(open_world: OpenWorld) -> None:
    with open_world() as world:
        session = go_live(world, reconnect_after=20)
        secrets = world.client("secretsmanager")
        secrets.create_secret(Name="ivskit/dev/channel/AbCdef1G2hij")
        secrets.delete_secret(SecretId="ivskit/dev/channel/AbCdef1G2hij", RecoveryWindowInDays=7)

        obey(world, "stop-stream")
        world.run_for(5 * MINUTES)

        assert live(world) is None
        assert stopped_sessions(world) == [session]
        [undelivered] = outcomes_of(world, "Stream Key Not Delivered")
        assert (undelivered["cause"], undelivered["reason"]) == (
            session,
            "the secret ivskit/dev/channel/AbCdef1G2hij is scheduled for deletion",
        )
        assert [key.arn for key in world.ivs.keys_of(CHANNEL)] == [undelivered["stream_key_arn"]]
        assert world.dead_letters() == []


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ivs", "CreateStreamKey"),
        ("secretsmanager", "DescribeSecret"),
        ("ivs", "TagResource"),
        ("ivs", "ListStreamKeys"),
        ("ivs", "DeleteStreamKey"),
    ],
)
@pytest.mark.parametrize("then", ["rotate", "kick", "block"])
def test_whatever_fails_elsewhere_the_stream_ends_at_once(
    open_world: OpenWorld, then: str, service: str, operation: str
) -> None:
    with open_world() as world:
        session = go_live(world)
        world.gate.fault(service, operation, "InternalServerException", 500, times=200)

        world.deliver(command(world, "stop-stream", then=then))
        world.run_for(5 * SECONDS)

        assert live(world) is None
        assert world.ivs.sessions_of(CHANNEL)[-1].stream_id == session


@pytest.mark.parametrize(("code", "status"), [("ServiceUnavailable", 503), ("AccessDenied", 403)])
def test_a_named_session_is_cut_and_re_keyed_though_its_keys_cannot_be_listed_at_first(
    open_world: OpenWorld, code: str, status: int
) -> None:
    with open_world() as world:
        session = go_live(world, reconnect_after=30)
        world.gate.fault("ivs", "ListStreamKeys", code, status, times=3)

        world.deliver(command(world, "stop-stream", then="rotate", stream_id=session))
        world.run_for(5 * SECONDS)
        assert live(world) is None

        world.run_for(10 * MINUTES)
        assert live(world) is None
        assert stopped_sessions(world) == [session]
        assert [rotated["cause"] for rotated in outcomes_of(world, "Stream Key Rotated")] == [
            session
        ]
        assert_at_rest(world)


@pytest.mark.parametrize("then", ["kick", "rotate", "block"])
def test_a_rotation_that_cannot_make_its_key_holds_no_stop_up(
    open_world: OpenWorld, then: str
) -> None:
    with open_world() as world:
        session = go_live(world)
        world.gate.fault("ivs", "CreateStreamKey", "InternalServerException", times=10)
        event = sample(
            "command.rotate-stream-key", issued_at=world.now.isoformat(), if_live="proceed"
        )
        world.deliver(event)
        world.run_for(20 * SECONDS)

        world.deliver(command(world, "stop-stream", then=then))
        world.run_for(5 * SECONDS)

        assert live(world) is None
        assert stopped_sessions(world) == [session]
        world.run_for(timedelta(hours=1))
        assert len(world.ivs.keys_of(CHANNEL)) == (0 if then == "block" else 1)
        answered = outcomes_of(
            world, "Command Refused" if then == "block" else "Stream Key Rotated"
        )
        assert event["detail"]["command_id"] in {each["cause"] for each in answered}
        assert_at_rest(world)


def test_a_block_overtakes_a_stop_whose_key_cannot_be_made(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world, reconnect_after=2)
        world.gate.fault("ivs", "CreateStreamKey", "InternalServerException", times=10)
        world.deliver(command(world, "stop-stream", then="rotate"))
        world.run_for(30 * SECONDS)

        world.deliver(command(world, "block-channel"))
        world.run_for(timedelta(hours=1))

        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert len(outcomes_of(world, "Channel Blocked")) == 1
        assert_at_rest(world)


@pytest.mark.parametrize("then", ["rotate", "block"])
def test_a_function_that_holds_the_channel_holds_a_stop_up_for_a_second_or_two(
    open_world: OpenWorld, then: str
) -> None:
    with open_world() as world:
        session = go_live(world, reconnect_after=2)
        # What dies keeps its lease for 40 seconds.
        world.gate.kill(function="rotate_stream_key", call="GetChannel", when="before")
        event = sample(
            "command.rotate-stream-key", issued_at=world.now.isoformat(), if_live="proceed"
        )
        world.deliver(event)
        world.run_for(timedelta(milliseconds=1))

        world.deliver(command(world, "stop-stream", then=then))
        world.run_for(6 * SECONDS)

        assert live(world) is None
        assert world.ivs.sessions_of(CHANNEL)[-1].stream_id == session


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


def test_a_stop_that_blocks_blocks_whichever_session_it_names(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world, reconnect_after=2)

        obey(world, "stop-stream", then="block", stream_id=STREAM)

        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert_at_rest(world)


def test_where_memory_is_lost_the_tag_of_a_block_counts(open_world: OpenWorld) -> None:
    tags = {**MANAGED, "ivskit:blocked": "true"}
    with open_world(tags=tags) as world:
        session = go_live(world)
        world.run_for(MINUTES)
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert stopped_sessions(world) == [session]

        obey(world, "unblock-channel")

        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert world.ivs.channels[CHANNEL].tags == MANAGED
        assert_at_rest(world)


def test_a_pause_holds_automation_and_no_moderator(open_world: OpenWorld) -> None:
    with open_world(policy={"max_duration": "1h"}) as world:
        session = go_live(world)
        pause(world)
        world.run_for(timedelta(minutes=90))
        assert live(world) == session

        obey(world, "stop-stream", then="kick")

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == ["moderator"]
        assert_at_rest(world)


def test_while_paused_no_stream_is_stopped_by_itself_and_what_came_due_is_done_afterwards(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"max_duration": "1h"}) as world:
        session = go_live(world)
        world.run_for(30 * MINUTES)
        pause(world, commands_too=True)
        obey(world, "stop-stream", then="kick")
        world.run_for(timedelta(hours=1))

        assert live(world) == session
        assert reasons(world, "Command Refused") == [
            f"{WORDS}: send the command with force to act anyway; the channel would be kicked"
        ]

        resume(world)
        world.run_for(17 * MINUTES)

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == ["the stream has lasted 1h, as long as it may"]
        assert_at_rest(world)


@pytest.mark.parametrize("commands_too", [False, True])
def test_a_block_holds_while_paused_unless_the_pause_holds_commands_too(
    open_world: OpenWorld, commands_too: bool
) -> None:
    with open_world() as world:
        obey(world, "block-channel")
        pause(world, commands_too=commands_too)
        theirs = world.client("ivs").create_stream_key(channelArn=CHANNEL)["streamKey"]["value"]
        world.ivs.connect(theirs)
        world.run_for(20 * MINUTES)
        assert (live(world) is not None) is commands_too

        resume(world)
        world.run_for(17 * MINUTES)

        assert live(world) is None
        assert_at_rest(world)


def test_a_channel_that_can_carry_no_more_tags_is_blocked_all_the_same(
    open_world: OpenWorld,
) -> None:
    many = {f"team:{number}": "sports" for number in range(49)} | dict(MANAGED)
    with open_world(tags=many) as world:
        go_live(world, reconnect_after=2)

        obey(world, "block-channel")

        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        [reason] = reasons(world, "Channel Blocked")
        assert "not tagged, since" in reason
        assert outcomes_of(world, "Command Refused") == []
        assert_at_rest(world)


@pytest.mark.parametrize("name", ["stop-stream", "block-channel"])
def test_a_key_that_cannot_be_delivered_keeps_nobody_from_stopping(
    open_world: OpenWorld, name: str
) -> None:
    with open_world() as world:
        obey(world, "stop-stream", then="block")
        obey(world, "unblock-channel")
        obey(world, "block-channel")
        world.client("secretsmanager").delete_secret(
            SecretId="ivskit/dev/channel/AbCdef1G2hij", RecoveryWindowInDays=7
        )
        world.deliver(command(world, "unblock-channel"))
        world.run_for(2 * MINUTES)
        session = go_live(world)

        world.deliver(command(world, name))
        world.run_for(2 * MINUTES)

        assert live(world) is None
        assert stopped_sessions(world)[-1] == session


def test_a_kick_waits_for_no_rotation_that_died_before_it_deleted_anything(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        session = go_live(world)
        world.gate.kill(function="rotate_stream_key", call="DeleteStreamKey", when="before")
        event = sample(
            "command.rotate-stream-key", issued_at=world.now.isoformat(), if_live="proceed"
        )
        world.deliver(event)
        world.run_for(1 * SECONDS)

        world.deliver(command(world, "stop-stream", then="kick"))
        world.run_for(50 * SECONDS)

        assert stopped_sessions(world) == [session]
