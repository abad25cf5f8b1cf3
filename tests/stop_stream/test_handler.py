"""stop_stream from event to outcome, on the app's own template, with encoders that fight back."""

import json
from datetime import timedelta

import pytest

from ivskit.look_again import LookAgain
from ivskit_local.runtime.world import World
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
    told,
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
        [stopped] = told(world, "Stream Stopped")
        assert stopped["stream_id"] == session
        # The Stream End that the stop caused does not undo the key that the stop delivered.
        assert [rotated["cause"] for rotated in told(world, "Stream Key Rotated")] == [session]
        assert world.ivs.keys_made[CHANNEL].count == 2
        assert_at_rest(world)


def test_the_key_goes_before_the_stream(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)

        obey(world, "stop-stream", then="rotate")

        made = [call.operation for call in world.calls if call.service in ("ivs", "secretsmanager")]
        order = ["DeleteStreamKey", "GetStream", "StopStream", "CreateStreamKey", "PutSecretValue"]
        begin = made.index("DeleteStreamKey")
        assert made[begin : begin + len(order)] == order


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


def test_a_kicked_stream_that_stays_away_gets_its_channel_a_new_key_after_the_grace(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        go_live(world)

        obey(world, "stop-stream", then="kick")
        world.run_for(5 * MINUTES)

        assert "the channel stayed down" in reasons(world, "Stream Kept")
        assert len(told(world, "Stream Key Rotated")) == 1
        assert_at_rest(world)


def test_an_encoder_that_was_back_before_the_key_changed_is_stopped_too(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        go_live(world)
        world.gate.kill(function="stop_stream", call=11, when="after")
        world.deliver(command(world, "stop-stream", then="rotate"))
        [key] = world.ivs.keys_of(CHANNEL)
        world.run_for(timedelta(milliseconds=1))
        world.ivs.disconnect(CHANNEL)
        second = world.ivs.connect(key.value).stream_id

        world.run_for(3 * MINUTES)

        assert live(world) is None
        assert [each["stream_id"] for each in told(world, "Stream Stopped")][-1] == second
        assert_at_rest(world)


def test_a_session_that_is_no_longer_the_one_named_is_left_alone(open_world: OpenWorld) -> None:
    with open_world() as world:
        session = go_live(world)

        obey(world, "stop-stream", stream_id=STREAM)

        assert live(world) == session
        assert reasons(world, "Stream Kept")[-1] == (
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
        assert "was not live yet" in reasons(world, "Stream Kept")[-1]


def test_a_redriven_stop_from_yesterday_does_not_cut_tonights_show(open_world: OpenWorld) -> None:
    with open_world() as world:
        yesterday = command(world, "stop-stream")
        world.run_for(timedelta(days=1))
        session = go_live(world)

        world.deliver(yesterday)
        world.run_for(MINUTES)

        assert live(world) == session
        assert len(told(world, "Command Refused")) == 1


def test_a_stream_that_is_just_starting_is_stopped_as_soon_as_it_can_be(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        session = world.ivs.connect(key.value, 2).stream_id
        world.run_for(SECONDS)

        obey(world, "stop-stream", stream_id=session)

        assert live(world) is None
        assert [each["stream_id"] for each in told(world, "Stream Stopped")] == [session]
        assert_at_rest(world)


def test_two_stops_at_once_stop_once(open_world: OpenWorld) -> None:
    with open_world() as world:
        session = go_live(world)

        world.deliver(command(world, "stop-stream", command_id="one"))
        world.deliver(command(world, "stop-stream", command_id="two"))
        world.run_for(3 * MINUTES)

        assert calls(world, "StopStream") == 1
        assert world.ivs.keys_made[CHANNEL].count == 2
        assert f"{session} was stopped already" in reasons(world, "Stream Kept")
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
        assert len(told(world, "Channel Blocked")) == 1
        assert_at_rest(world)

        obey(world, "unblock-channel")
        world.run_for(MINUTES)

        [key] = world.ivs.keys_of(CHANNEL)
        assert delivered_key(world) == key.value
        assert "ivskit:blocked" not in world.ivs.channels[CHANNEL].tags
        assert len(told(world, "Channel Unblocked")) == 1
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
        assert len(told(world, "Channel Blocked")) == 1
        assert_at_rest(world)


def test_a_block_of_a_channel_that_is_not_live_deletes_its_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        obey(world, "block-channel")

        assert world.ivs.keys_of(CHANNEL) == []
        assert told(world, "Stream Stopped") == []
        assert_at_rest(world)


def test_an_unblock_older_than_the_block_does_nothing(open_world: OpenWorld) -> None:
    with open_world() as world:
        unblock = command(world, "unblock-channel")
        world.run_for(MINUTES)
        obey(world, "block-channel")

        world.deliver(unblock)
        world.run_for(MINUTES)

        assert world.ivs.keys_of(CHANNEL) == []
        assert reasons(world, "Stream Kept")[-1] == "a newer command blocked the channel"


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
        assert len(told(world, "Channel Blocked")) == 1
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
        assert reasons(world, "Stream Kept")[-1] == "a newer command unblocked the channel"


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
        assert len(told(world, "Stream Key Rotated")) == 1
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
        assert "that session is over" in reasons(world, "Stream Kept")


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
        assert "the stream has recovered" in reasons(world, "Stream Kept")


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
        assert told(world, "Stream Stopped") == []
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
        would = [reason for reason in reasons(world, "Stream Kept") if "observing" in reason]
        assert would == [
            "observing only: the channel would be stopped and re-keyed, since moderator",
            "observing only: the channel would be blocked, since under investigation",
            "observing only: the channel would be stopped and re-keyed, since the stream has "
            "lasted 1h, as long as it may",
        ]


def test_a_channel_without_the_tag_is_left_alone(open_world: OpenWorld) -> None:
    with open_world(tags={}, policy={"max_duration": "1m"}) as world:
        session = go_live(world)
        for name in ("stop-stream", "block-channel", "unblock-channel"):
            obey(world, name)
        world.run_for(5 * MINUTES)

        assert live(world) == session
        assert set(reasons(world, "Stream Kept")) == {"the channel is not managed by ivskit"}


def test_a_channel_that_is_gone_has_no_stream(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.client("ivs").delete_channel(arn=CHANNEL)

        obey(world, "stop-stream")

        assert reasons(world, "Stream Kept") == ["there is no such channel"]


@pytest.mark.parametrize("shape", ["", ".registry-shape"])
def test_a_limit_breach_is_told_in_both_of_its_shapes(open_world: OpenWorld, shape: str) -> None:
    with open_world() as world:
        world.deliver(sample(f"limit-breach.concurrent-broadcasts{shape}"))
        world.run_for(SECONDS)

        [kept] = told(world, "Stream Kept")
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
        assert told(world, "Command Refused") == []
        assert [put.event["detail-type"] for put in world.published][-1] == "Stream Stopped"


def test_a_late_stop_makes_good_what_was_begun_for_it(open_world: OpenWorld) -> None:
    with open_world() as world:
        session = go_live(world, reconnect_after=2)
        world.gate.kill(function="stop_stream", call=12, when="after")

        world.deliver(command(world, "stop-stream", max_age="1s"))
        world.run_for(6 * MINUTES)

        assert live(world) is None
        assert [each["stream_id"] for each in told(world, "Stream Stopped")] == [session]
        assert told(world, "Command Refused") == []
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


def test_a_stream_whose_new_key_could_not_be_stored_is_kicked_all_the_same(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"rotate": "never"}) as world:
        [key] = world.ivs.keys_of(CHANNEL)
        session = go_live(world, reconnect_after=20)
        secrets = world.client("secretsmanager")
        secrets.create_secret(Name="ivskit/dev/channel/AbCdef1G2hij")
        secrets.delete_secret(SecretId="ivskit/dev/channel/AbCdef1G2hij", RecoveryWindowInDays=7)

        obey(world, "stop-stream")
        world.run_for(5 * MINUTES)

        assert [each["stream_id"] for each in told(world, "Stream Stopped")] == [session]
        assert reasons(world, "Stream Stopped") == [
            "moderator; only kicked, with its key as it was, since the secret"
            " ivskit/dev/channel/AbCdef1G2hij is scheduled for deletion"
        ]
        assert reasons(world, "Stream Back") == [f"a new session is live ({live(world)})"]
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert_at_rest(world)


def test_while_paused_no_stream_is_stopped_and_what_came_due_is_made_good_afterwards(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"max_duration": "1h"}) as world:
        session = go_live(world)
        world.run_for(30 * MINUTES)
        pause(world)
        obey(world, "stop-stream", then="kick")
        world.run_for(timedelta(hours=1))

        assert live(world) == session
        assert reasons(world, "Stream Kept") == [
            f"{WORDS}: the channel would be kicked, since moderator"
        ]

        resume(world)
        world.run_for(17 * MINUTES)

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == ["the stream has lasted 1h, as long as it may"]
        assert_at_rest(world)


def test_a_stream_that_starts_on_a_blocked_channel_while_paused_is_cut_afterwards(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        obey(world, "block-channel")
        pause(world)
        theirs = world.client("ivs").create_stream_key(channelArn=CHANNEL)["streamKey"]["value"]
        world.ivs.connect(theirs, 2)
        world.run_for(20 * MINUTES)
        assert live(world) is not None

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
        assert told(world, "Command Refused") == []
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
        assert [each["stream_id"] for each in told(world, "Stream Stopped")][-1] == session


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

        assert [each["stream_id"] for each in told(world, "Stream Stopped")] == [session]
