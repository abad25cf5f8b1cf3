"""rotate_stream_key from event to outcome, on the app's own template."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest

from ivs_emulator import backend, bring_to
from ivs_emulator.faults import Fault
from ivskit import quotas
from ivskit.automation.messages.look_again import LookAgain
from ivskit_local.invariants import broken_invariants
from ivskit_local.replay import MANAGED
from ivskit_local.runtime.world import World
from tests.pauses import WORDS, pause, resume
from tests.samples import CHANNEL, STREAM, sample
from tests.worlds import START, OpenWorld

END = sample("stream-state-change.stream-end")
SECRET = "ivskit/dev/channel/AbCdef1G2hij"


def command(**detail: Any) -> dict[str, Any]:
    """A command issued now."""
    return sample("command.rotate-stream-key", **{"issued_at": START.isoformat(), **detail})


def answers(world: World) -> list[tuple[str | None, str | None]]:
    """Outcome and reason of every reaction of rotate_stream_key, in order."""
    return [
        (reaction.outcome, reaction.reason)
        for delivery in world.deliveries
        for reaction in delivery.reactions
        if reaction.function == "rotate_stream_key"
    ]


def published(world: World, outcome: str) -> list[Any]:
    """The events of one outcome."""
    events = [put.event for put in world.published]
    return [event for event in events if event["detail-type"] == outcome]


def outcomes(world: World) -> list[str | None]:
    """The outcome of every reaction, in order."""
    return [outcome for outcome, _ in answers(world)]


def after(world: World, *events: dict[str, Any]) -> list[str | None]:
    """The outcomes of these events, one after the other."""
    for event in events:
        world.deliver(event)
        world.settle()
    return outcomes(world)


ROTATED = ["Will Look Again", "Stream Key Rotated", "Rotation Skipped"]


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


@pytest.mark.parametrize("operation", ["DeleteStreamKey", "CreateStreamKey", "ListStreamKeys"])
def test_an_answer_that_got_lost_costs_no_second_key(open_world: OpenWorld, operation: str) -> None:
    with open_world() as world:
        world.gate.fault("ivs", operation, "InternalServerException", when="after")

        after(world, command())

        assert world.ivs.keys_made[CHANNEL].count == 2
        assert broken_invariants(world) == []
        assert world.dead_letters() == []


def test_a_key_whose_making_was_never_answered_is_found_and_delivered(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.ivs.faults.add(Fault("500", "CreateStreamKey", count=1, after=True))

        assert after(world, command())[0] == "Stream Key Rotated"

        assert world.ivs.keys_made[CHANNEL].count == 2
        assert broken_invariants(world) == []


def test_reads_that_lag_behind_cost_time_but_no_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.ivs.faults.add(Fault("500", "CreateStreamKey", count=1, after=True))
        world.ivs.faults.add(Fault("stale", "ListStreamKeys", seconds=10))

        after(world, command())

        assert world.ivs.keys_made[CHANNEL].count == 2
        assert broken_invariants(world) == []
        assert world.dead_letters() == []


def test_a_throttled_create_leaves_no_channel_without_a_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "CreateStreamKey", "ThrottlingException", 429, times=4)

        after(world, command())

        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert broken_invariants(world) == []


@pytest.mark.parametrize("throttling", ["token-bucket", "sliding-window"])
def test_many_rotations_at_once_leave_no_channel_waiting_for_a_create(
    open_world: OpenWorld, throttling: str
) -> None:
    with open_world(throttling=throttling) as world:
        for number in range(20):
            arn = f"{CHANNEL}{number}"
            asked = command(channel_arn=arn, command_id=f"rotation {number}")
            bring_to(backend, asked, tags=dict(MANAGED))
            world.deliver(asked | {"id": f"event {number}"})
        world.settle()

        creates = [call for call in world.calls if call.operation == "CreateStreamKey"]
        assert [call.error for call in creates] == [None] * 20
        lasted = max(call.at for call in creates) - min(call.at for call in creates)
        share = quotas.SHARES["CreateStreamKey"]["rotate_stream_key"]
        assert lasted.total_seconds() > 19 / share - 0.01
        assert broken_invariants(world) == []


def test_on_a_channel_without_the_tag_only_a_command_acts(open_world: OpenWorld) -> None:
    with open_world(tags={}) as world:
        [key] = world.ivs.keys_of(CHANNEL)

        after(world, END)
        unmanaged = ("Rotation Skipped", "the channel is not managed by ivskit")
        assert answers(world) == [unmanaged]
        assert world.ivs.keys_of(CHANNEL) == [key]

        assert after(world, command())[1] == "Stream Key Rotated"
        assert world.ivs.keys_of(CHANNEL) != [key]


def test_where_only_managed_channels_take_commands_the_others_refuse_them(
    open_world: OpenWorld,
) -> None:
    with open_world(tags={}, command_channels="managed") as world:
        [key] = world.ivs.keys_of(CHANNEL)

        assert after(world, command()) == ["Command Refused"]

        [refused] = published(world, "Command Refused")
        assert refused["detail"]["channel_arn"] == CHANNEL
        assert refused["detail"]["reason"].startswith("the channel is not managed by ivskit")
        assert world.ivs.keys_of(CHANNEL) == [key]


def test_a_command_about_many_channels_is_answered_by_each(open_world: OpenWorld) -> None:
    with open_world() as world:
        other = world.client("ivs").create_channel()["channel"]["arn"]
        sent = command(channel_arn=None, channel_arns=[CHANNEL, other, CHANNEL])

        after(world, sent)

        rotated = published(world, "Stream Key Rotated")
        assert {each["detail"]["channel_arn"] for each in rotated} == {CHANNEL, other}
        assert len(rotated) == 2
        assert {each["detail"]["cause"] for each in rotated} == {sent["detail"]["command_id"]}
        assert broken_invariants(world) == []


def test_every_outcome_of_a_command_says_who_sent_it(open_world: OpenWorld) -> None:
    with open_world() as world:
        after(world, command(sender="jane"))

        [rotated] = published(world, "Stream Key Rotated")
        assert rotated["detail"]["sender"] == "jane"


def test_a_command_rotates_at_once_and_its_repeat_only_repeats_the_answer(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        assert after(world, command(), command()) == [
            "Stream Key Rotated",
            "Rotation Skipped",
            "Stream Key Rotated",
        ]
        assert world.ivs.keys_made[CHANNEL].count == 2


@pytest.mark.parametrize(
    ("if_live", "expected"), [("refuse", "Rotation Skipped"), ("proceed", "Stream Key Rotated")]
)
def test_a_command_for_a_live_channel_is_refused_unless_told_to_proceed(
    open_world: OpenWorld, if_live: str, expected: str
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.ivs.connect(key.value)
        world.run_for(timedelta(minutes=1))

        world.deliver(command(if_live=if_live, issued_at=world.now.isoformat()))
        world.run_for(timedelta(seconds=5))

        assert outcomes(world) == [expected]
        assert (world.ivs.keys_of(CHANNEL) == [key]) == (if_live == "refuse")


def test_a_person_who_was_refused_is_not_obeyed_later_by_a_repeat(open_world: OpenWorld) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.ivs.connect(key.value)
        world.run_for(timedelta(minutes=1))
        refused = command(issued_at=world.now.isoformat())
        world.deliver(refused)
        world.run_for(timedelta(seconds=5))
        world.ivs.disconnect(CHANNEL)
        world.run_for(timedelta(seconds=10))

        repeat = world.deliver(refused)
        world.run_for(timedelta(seconds=5))

        assert [reaction.reason for reaction in repeat.reactions] == [answers(world)[0][1]]
        assert world.ivs.keys_of(CHANNEL) == [key]


def test_a_channel_that_is_gone_needs_no_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.client("ivs").delete_channel(arn=CHANNEL)

        after(world, END)

        assert answers(world) == [("Rotation Skipped", "there is no such channel")]


@pytest.mark.parametrize("sent", ["command", "stream end"])
def test_a_secret_on_its_way_out_stops_a_rotation_before_the_key_is_deleted(
    open_world: OpenWorld, sent: str
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        secrets = world.client("secretsmanager")
        secrets.create_secret(Name=SECRET)
        secrets.delete_secret(SecretId=SECRET, RecoveryWindowInDays=7)

        after(world, command() if sent == "command" else END)

        outcome, reason = answers(world)[-1]
        assert outcome == ("Command Refused" if sent == "command" else "Rotation Skipped")
        assert reason is not None
        assert reason.endswith("is scheduled for deletion")
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert world.dead_letters() == []


def test_a_new_key_carries_the_old_ones_tags_but_not_those_of_the_system(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [old] = world.ivs.keys_of(CHANNEL)
        tags = {"team": "sports", "aws:cloudformation:stack-name": "channels"}
        world.ivs.stream_keys[old.arn] = replace(old, tags=tags)

        after(world, command())

        [new] = world.ivs.keys_of(CHANNEL)
        assert new.tags == {"team": "sports"}


def test_a_delivered_key_that_somebody_replaced_is_delivered_anew(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(command())
        world.run_for(timedelta(seconds=5))
        ivs = world.client("ivs")
        ivs.delete_stream_key(arn=world.ivs.keys_of(CHANNEL)[0].arn)
        theirs = ivs.create_stream_key(channelArn=CHANNEL)["streamKey"]

        world.settle()

        stored = world.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
        assert theirs["value"] in stored
        assert [key.arn for key in world.ivs.keys_of(CHANNEL)] == [theirs["arn"]]


def test_a_delivered_key_that_somebody_deleted_is_made_anew(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(command())
        world.run_for(timedelta(seconds=5))
        world.client("ivs").delete_stream_key(arn=world.ivs.keys_of(CHANNEL)[0].arn)

        world.settle()

        [key] = world.ivs.keys_of(CHANNEL)
        stored = world.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
        assert key.value in stored


def test_a_channel_that_has_no_key_gets_one(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.client("ivs").delete_stream_key(arn=world.ivs.keys_of(CHANNEL)[0].arn)

        assert after(world, command())[0] == "Stream Key Rotated"

        assert broken_invariants(world) == []
        assert len(world.ivs.keys_of(CHANNEL)) == 1


def remember(world: World, **attributes: Any) -> None:
    """Have the channel's item say this."""
    dynamodb = world.client("dynamodb")
    table = next(name for name in dynamodb.list_tables()["TableNames"] if "Memory" in name)
    item = {name: {"S": json.dumps(value)} for name, value in attributes.items()}
    dynamodb.put_item(TableName=table, Item={"channel_arn": {"S": CHANNEL}, **item})


BLOCKED = {"command_id": "c", "issued_at": START.isoformat()}
HALF_DONE = {
    "cause": "st-before",
    "reason": "the stream ended",
    "event_id": "e-0",
    "at": (START - timedelta(hours=1)).isoformat(),
}


@pytest.mark.parametrize("has_key", [True, False])
def test_a_channel_that_was_blocked_while_its_key_was_replaced_ends_without_one(
    open_world: OpenWorld, has_key: bool
) -> None:
    with open_world() as world:
        remember(world, blocked=BLOCKED, intent=HALF_DONE)
        if not has_key:
            world.client("ivs").delete_stream_key(arn=world.ivs.keys_of(CHANNEL)[0].arn)

        after(world, command())

        assert [
            event["detail"]["reason"]
            for name in ("Rotation Skipped", "Command Refused")
            for event in published(world, name)
        ] == [
            "the channel was blocked while its key was replaced",
            "the channel is blocked and gets no key until it is unblocked",
        ]
        assert world.ivs.keys_of(CHANNEL) == []
        assert broken_invariants(world) == []


def test_what_was_left_half_done_is_done_before_anything_else(open_world: OpenWorld) -> None:
    with open_world(policy={"rotate": "never"}) as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.client("ivs").delete_stream_key(arn=key.arn)
        remember(world, intent={**HALF_DONE, "old_key_arn": key.arn, "tags": {"a": "b"}})

        after(world, END)

        [rotated] = published(world, "Stream Key Rotated")
        assert rotated["detail"]["cause"] == "st-before"
        assert [key.tags for key in world.ivs.keys_of(CHANNEL)] == [{"a": "b"}]
        assert broken_invariants(world) == []


def test_a_rotation_that_did_nothing_yet_is_decided_anew(open_world: OpenWorld) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        world.gate.fault("ivs", "DeleteStreamKey", "ThrottlingException", 429, times=3)
        world.deliver(command(max_age="2h"))
        world.run_for(timedelta(seconds=2))
        world.ivs.connect(key.value)

        world.run_for(timedelta(minutes=10))

        assert world.ivs.keys_of(CHANNEL) == [key]
        assert outcomes(world)[-1] == "Rotation Skipped"
        assert broken_invariants(world) == []


def test_a_rotation_that_is_open_outlives_an_outage_and_says_so(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "CreateStreamKey", "ServiceUnavailable", 503, times=25)

        world.deliver(command())
        world.run_for(timedelta(hours=1))

        [outcome, *_] = published(world, "Stream Key Not Delivered")
        assert outcome["detail"]["reason"].startswith("no key could be made yet: CreateStreamKey")
        world.run_for(timedelta(hours=1))
        assert len(published(world, "Stream Key Rotated")) == 1
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert world.dead_letters() == []
        assert broken_invariants(world) == []


def test_a_redriven_command_is_too_late_but_finishes_what_it_began(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.kill(function="rotate_stream_key", call="CreateStreamKey", when="before")
        sent = command(max_age="1m")
        world.deliver(sent)
        world.run_for(timedelta(minutes=1))
        assert world.ivs.keys_of(CHANNEL) == []

        world.run_for(timedelta(minutes=1))
        again = world.deliver(sent)
        world.settle()

        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert again.reactions[0].outcome == "Stream Key Rotated"
        assert broken_invariants(world) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_store_that_fails_for_long_does_not_hold_a_new_key_up(
    open_world: OpenWorld, when: Literal["before", "after"]
) -> None:
    with open_world() as world:
        world.gate.fault("secretsmanager", "PutSecretValue", "InternalServiceError", 500, when, 12)

        world.deliver(command())
        world.run_for(timedelta(hours=3))

        # A sweep, which is not deployed here, offers it again.
        [outcome] = published(world, "Stream Key Not Delivered")
        assert "the store fails with InternalServiceError" in outcome["detail"]["reason"]
        assert outcome["detail"]["stream_key_arn"] == world.ivs.keys_of(CHANNEL)[0].arn
        assert world.dead_letters() == []


def test_a_store_that_has_refused_keeps_its_channel_on_the_old_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        after(world, command())
        world.gate.fault("secretsmanager", "PutSecretValue", "LimitExceededException", 400, times=3)
        after(world, command(command_id="refused", issued_at=world.now.isoformat()))
        [key] = world.ivs.keys_of(CHANNEL)
        [not_delivered] = published(world, "Stream Key Not Delivered")
        assert not_delivered["detail"]["cause"] == "refused"

        world.deliver(END | {"id": "later", "time": world.now.isoformat()})
        world.run_for(timedelta(hours=1))

        assert outcomes(world)[-1] == "Rotation Skipped"
        assert world.ivs.keys_of(CHANNEL) == [key]
        assert world.dead_letters() == []


def test_a_list_that_lags_behind_does_not_pass_an_old_key_off_as_new(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.ivs.faults.add(Fault("stale", "ListStreamKeys", seconds=10))
        world.deliver(command())
        world.run_for(timedelta(seconds=3))
        [first] = world.ivs.keys_of(CHANNEL)

        world.deliver(command(command_id="again"))
        world.settle()

        assert len(published(world, "Stream Key Rotated")) == 2
        [second] = world.ivs.keys_of(CHANNEL)
        assert second.arn != first.arn
        assert broken_invariants(world) == []


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


def test_a_command_for_another_region_is_refused_at_once(open_world: OpenWorld) -> None:
    with open_world() as world:
        elsewhere = CHANNEL.replace("us-west-2", "eu-west-1")

        assert after(world, command(channel_arn=elsewhere)) == ["Command Refused"]


def send(world: World, body: str) -> None:
    """Put a message straight into the function's queue."""
    sqs = world.client("sqs")
    url = sqs.get_queue_url(QueueName="ivskit-dev-rotate-stream-key")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body)


def test_an_event_that_no_rule_lets_through_ends_in_dead_letters(open_world: OpenWorld) -> None:
    with open_world() as world:
        send(world, json.dumps(sample("stream-state-change.stream-start")))
        world.settle()

        [letter] = world.dead_letters()
        assert "rotate_stream_key does not react to StreamStateChange" in letter.error


@pytest.mark.parametrize("has_key", [True, False])
def test_a_verification_that_finds_nothing_remembered_sees_to_it_that_there_is_a_key(
    open_world: OpenWorld, has_key: bool
) -> None:
    look = LookAgain(
        channel_arn=CHANNEL,
        purpose="verify key",
        cause=STREAM,
        since=START,
        due=START,
        event_id="e-0",
    )
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        if not has_key:
            world.client("ivs").delete_stream_key(arn=key.arn)
        send(world, look.message())
        world.settle()

        assert (world.ivs.keys_of(CHANNEL) == [key]) == has_key
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert broken_invariants(world) == []


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


def test_a_bad_tag_that_changes_is_told_again_and_a_cured_one_is_forgotten(
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


def test_a_bad_tag_whose_telling_was_lost_is_told_by_the_retry(open_world: OpenWorld) -> None:
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
            "the key is met for the first time: its age counts from now",
        )
        world.run_for(timedelta(days=1))
        next_end = {"time": world.now.isoformat(), "id": "next"}
        detail = END["detail"] | {"stream_id": STREAM[:-1] + "0"}

        assert after(world, END | next_end | {"detail": detail})[-2:] == ROTATED[1:]


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
