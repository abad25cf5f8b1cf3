"""Faults of IVS, stores and other functions: a stop ends the stream at once all the same."""

import json
from datetime import timedelta

import pytest

from ivskit.automation.messages.look_again import LookAgain
from tests.outcomes import outcomes_of
from tests.samples import CHANNEL, sample
from tests.stop_stream.shows import (
    MINUTES,
    SECONDS,
    assert_at_rest,
    command,
    go_live,
    live,
    obey,
    stopped_sessions,
)
from tests.worlds import START, OpenWorld


def test_a_late_stop_completes_what_was_begun_for_it(open_world: OpenWorld) -> None:
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
