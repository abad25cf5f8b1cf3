"""Each law, seen to be broken: what was deployed is judged by other settings than its own."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ivskit.policy import PolicySettings
from ivskit_local.laws.book import breaches
from ivskit_local.laws.story import Deployed
from ivskit_local.runtime.deliveries import Delivery
from ivskit_local.runtime.lambdas import Line
from ivskit_local.scenarios.applications import IssueToken, Pause
from ivskit_local.scenarios.mishaps import ComeLate, Kill
from ivskit_local.scenarios.run import Run, Worn
from ivskit_local.scenarios.steps import GoLive, Step, Tag
from tests.ivskit_local.laws.runs import (
    MANAGED,
    SETTINGS,
    a_run,
    act,
    add,
    broken,
    command,
    forget_calls,
    forget_outcomes,
    go_live,
    reword,
    say_again,
)
from tests.samples import sample

STOP = "Stop Stream"
UNTOUCHED = "without a command, only managed channels in enforce mode are changed"
HELD = "while a channel is held, or automation is paused, only commands change it"
PAST = "every session past its maximum is stopped"
NO_REASON = "every stop has a reason: a command, a limit or a block"


@pytest.mark.parametrize(
    ("steps", "policy"),
    [
        ([command("5m", STOP)], {}),
        ([command("5m", STOP, session=1)], {}),
        ([command("5m", "Block Channel")], {}),
        ([command("5m", STOP, detail={"then": "block"})], {}),
        ([], {"max_duration": "30m"}),
        ([], {"max_duration": "30m", "then": "block"}),
        ([act("5m", "starve")], {"max_starvation": "10s"}),
    ],
)
def test_a_stop_with_a_reason_breaks_no_law(steps: Sequence[Step], policy: dict[str, str]) -> None:
    settings = PolicySettings.model_validate(policy)
    with a_run(go_live(), *steps, **policy) as run:
        assert [each for each in run.world.calls if each.operation == "StopStream"]
        assert broken(run, settings) == []


@pytest.mark.parametrize(
    ("steps", "policy", "judged_by"),
    [
        ([], {"max_duration": "10m"}, {}),
        ([], {"max_duration": "10m"}, {"max_duration": "2h"}),
        ([act("5m", "starve")], {"max_starvation": "10s"}, {"max_starvation": "20s"}),
        (
            [act("5m", "starve"), act("5m5s", "recover")],
            {"max_duration": "10m"},
            {"max_starvation": "10s"},
        ),
        ([command("0s", STOP, issued="-1m")], {"max_duration": "10m"}, {}),
        (
            [command("0s", "Block Channel"), command("1m", "Unblock Channel"), go_live("2m")],
            {"max_duration": "30m"},
            {},
        ),
    ],
)
def test_a_stop_without_a_reason_breaks_the_law(
    steps: Sequence[Step], policy: dict[str, str], judged_by: dict[str, str]
) -> None:
    begins = [] if any(isinstance(step, GoLive) for step in steps) else [go_live()]
    with a_run(*begins, *steps, **policy) as run:
        assert NO_REASON in broken(run, PolicySettings.model_validate(judged_by))


def test_a_block_is_a_reason_though_another_command_under_its_id_was_refused() -> None:
    other = command("6m", "Rotate Stream Key", id="incident-1")
    with a_run(go_live(), command("5m", "Block Channel", id="incident-1"), other) as run:
        assert NO_REASON not in broken(run)
        # The outcome comes after the stop where a call failed meanwhile.
        run.world.published[:] = [  # type: ignore[index]
            put for put in run.world.published if put.event["detail-type"] != "Channel Blocked"
        ]
        assert NO_REASON not in broken(run)
        say_again(run, "Command Refused", command="Block Channel")
        assert NO_REASON in broken(run)


def test_a_stream_is_shed_right_after_the_account_said_that_it_is_at_its_limit() -> None:
    with a_run(go_live(), max_duration="10m") as run:
        shed = PolicySettings(shed="newest")

        assert broken(run, shed) == [NO_REASON]
        breach = {**sample("limit-breach.concurrent-broadcasts"), "resources": []}
        [stop] = [each for each in run.world.calls if each.operation == "StopStream"]
        add(run.world.deliveries, Delivery(breach, stop.at - timedelta(seconds=2)))
        assert broken(run, shed) == []
        assert broken(run) == [NO_REASON]


def test_a_lockout_of_a_policy_is_no_reason_while_automation_is_held_back() -> None:
    policy = {"max_duration": "10m", "rotate": "never"}
    settings = PolicySettings.model_validate(policy)
    with a_run(go_live(), go_live("12m"), **policy) as run:
        assert broken(run, settings) == []
        run.pauses.append(run.start)
        assert {*broken(run, settings)} == {NO_REASON, HELD}
        run.resumes.append(run.start)
        assert broken(run, settings) == []
        observed = Worn(run.start + timedelta(minutes=11), {**MANAGED, "ivskit:mode": "observe"})
        add(run.tags_worn["show"], observed)
        assert broken(run, settings) == [NO_REASON]


def test_a_lockout_is_a_reason_from_when_it_began_even_if_it_was_published_late() -> None:
    policy = {"max_duration": "10m", "rotate": "never"}
    settings = PolicySettings.model_validate(policy)
    with a_run(go_live(), go_live("12m"), **policy) as run:
        first = next(put for put in run.world.published if _locks_out(put.event))
        late = replace(first, at=first.at + timedelta(minutes=4))
        add(run.world.published, late)
        run.world.published.remove(first)  # type: ignore[attr-defined]
        assert broken(run, settings) == []
        late.event["detail"]["at"] = late.at.isoformat()
        assert NO_REASON in broken(run, settings)


def _locks_out(event: Mapping[str, Any]) -> bool:
    return bool(event["detail"].get("then") == "lockout")


def test_an_idle_stream_is_stopped_with_reason() -> None:
    policy = {"max_idle": "20m"}
    settings = PolicySettings.model_validate(policy)
    with a_run(go_live(), **policy) as run:
        [session] = run.world.ivs.sessions_of(run.arns["show"])
        assert session.over_at is not None
        assert broken(run, settings) == []
        assert broken(run) == [NO_REASON]
        session.viewer_count = 3
        assert broken(run, settings) == [NO_REASON]


def test_an_encoder_that_is_back_before_the_key_changes_is_stopped_with_reason() -> None:
    dies = {"at": "5m", "do": "kill", "function": "stop_stream", "when": "before"}
    kill = Kill.model_validate({**dies, "operation": "DeleteStreamKey"})
    back = [act("5m10s", "hang up"), go_live("5m20s")]
    with a_run(go_live(), kill, command("5m", STOP), *back) as run:
        [_, second] = run.world.ivs.sessions_of(run.arns["show"])
        assert second.over_at is not None
        assert broken(run) == []


def test_a_channel_that_is_not_ours_is_not_touched() -> None:
    with a_run(go_live(), act("5m", "hang up"), grace="1m") as run:
        minute = timedelta(minutes=1)
        observe = PolicySettings(mode="observe", grace=minute)
        assert broken(run, observe) == [UNTOUCHED] * 2
        assert broken(run, PolicySettings(channels="named", grace=minute)) == [UNTOUCHED] * 2


def test_a_command_is_enough_where_commands_are_not_held_back() -> None:
    with a_run(command("0s", "Rotate Stream Key"), tags={}) as run:
        managed = Deployed(policy=SETTINGS, command_channels="managed")

        assert broken(run) == []
        assert {law for law, _ in breaches(run, managed)} == {UNTOUCHED}


def test_a_channel_that_was_ours_for_a_while_may_have_been_touched() -> None:
    untag = {"at": "1m", "do": "tag", "channel": "show", "tags": {"ivskit:managed": None}}
    with a_run(command("0s", "Rotate Stream Key"), Tag.model_validate(untag)) as run:
        assert broken(run) == []


def test_a_session_that_lasts_longer_than_it_may_breaks_the_law() -> None:
    with a_run(go_live()) as run:
        limit = PolicySettings.model_validate({"max_duration": "30m"})
        held = {**MANAGED, "ivskit:hold-until": "2026-11-21T00:00:00Z"}

        assert broken(run, limit) == [PAST]
        run.tags_worn["show"].append(Worn(run.start, held))
        assert broken(run, limit) == []


@pytest.mark.parametrize(("minutes", "laws"), [(40, []), (50, [PAST])])
def test_a_session_lasts_on_while_aws_fails(minutes: int, laws: Sequence[str]) -> None:
    with a_run(go_live()) as run:
        limit = PolicySettings.model_validate({"max_duration": "10m"})
        at = run.world.now - timedelta(minutes=minutes)
        add(run.world.calls, replace(run.world.calls[-1], at=at, error="a fault"))

        assert broken(run, limit) == laws


# Each law about what people trust it with, and how it is seen to be broken: what happened is
# played, then the record of it is changed into what must not happen.

KEYLESS = "a rotation leaves a channel without a key for at most 10 s"
UNSTORED = "a new key is in the store within two minutes"
UNANSWERED = "every command has an outcome within two minutes"
STAYS = "a stopped encoder is off air within a minute and stays off"
TWO_CONTENTS = "an outcome id always has the same content"
KEY_OF_A_LIVE_SESSION = "no policy deletes the key of a live session"
NO_NEWER_KEY = (
    "within 15 minutes of a stream, or 45 of one whose events were both lost,"
    " its channel has a new key, or an outcome says why not"
)
COUNTED = "revoked plus failed viewers are all distinct viewers of a job"
IN_VAIN = "an event is retried at most 5 times where AWS does not fail"
HIGHEST = "no viewer is revoked beyond the highest version asked for"
IN_ORDER = "metadata is inserted in queue order, each piece once"
IN_NO_LOG = "no log contains a token, a passphrase or metadata"


def revoke_further(run: Run) -> None:
    """Somebody revokes a viewer up to a version that nobody asked for."""
    run.world.client("ivs").start_viewer_session_revocation(
        channelArn=run.arns["show"], viewerId="ann", viewerSessionVersionsLessThanOrEqualTo=8
    )


def lose_count(run: Run) -> None:
    """The job counts one viewer less."""
    client, table = run.world.client("dynamodb"), run.parameter("jobs").value
    for item in client.scan(TableName=table)["Items"]:
        if "revoked" in item:
            key = {name: item[name] for name in ("job", "item")}
            client.update_item(
                TableName=table,
                Key=key,
                UpdateExpression="SET revoked = :none",
                ExpressionAttributeValues={":none": {"N": "0"}},
            )


def fail_again(run: Run) -> None:
    """The function that took the command failed six times before."""
    [command] = [one for one in run.world.deliveries if one.event["source"] == "ivskit.command"]
    failed = replace(command.reactions[0], outcome=None, reason=None, error="LeaseHeld: busy")
    command.reactions[:0] = [failed] * 6


def swap_metadata(run: Run) -> None:
    """The second piece reached the viewers first."""
    metadata = run.world.ivs.metadata
    metadata.reverse()


def log(run: Run, text: str) -> None:
    """A function prints this."""
    add(run.world.logs, Line("push_metadata", text))


def test_retries_are_excused_where_aws_is_slow() -> None:
    with a_run(command("5m", ROTATE)) as run:
        fail_again(run)
        assert broken(run) == [IN_VAIN]
        add(run.world.calls, replace(run.world.calls[-1], at=run.start, ms=2_000.0))
        assert broken(run) == [IN_VAIN]
        add(run.world.calls, replace(run.world.calls[-1], at=run.start + timedelta(minutes=5)))
        assert broken(run) == []


LETTERS = "ivskit-dev-rotate-stream-key-dead-letters"


def test_a_dead_letter_that_met_no_trouble_breaks_the_law() -> None:
    with a_run(command("5m", ROTATE)) as run:
        sqs = run.world.client("sqs")
        [queue] = sqs.list_queues(QueueNamePrefix=LETTERS)["QueueUrls"]
        letter = {"v": 1, "source": "ivskit.look-again", "id": "x", "detail": {}}
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(letter))

        assert broken(run) == ["a dead letter met trouble in AWS at 5 of its tries, or more"]


def test_an_encoder_with_the_new_key_is_not_who_was_stopped() -> None:
    """It had dropped out for less than a minute, so the stop replaced its key."""
    dropped = [act("5m", "hang up"), command("5m30s", STOP), go_live("5m40s")]
    with a_run(go_live(), *dropped) as run:
        assert broken(run) == []


def test_a_key_that_is_asked_for_late_is_made_late() -> None:
    late = {"at": "4m", "do": "come late", "channel": "show", "purpose": "finish rotation"}
    steps = [ComeLate.model_validate({**late, "by": "5m"}), command("5m", STOP)]
    with a_run(go_live(), *steps) as run:
        assert broken(run) == []
        run.late_messages.clear()
        assert broken(run) == [KEYLESS]


ROTATE, PUSH, REVOKE = "Rotate Stream Key", "Push Metadata", "Revoke Viewers"
KICKED = [
    go_live(),
    command("5m", STOP, detail={"then": "kick"}),
    go_live("9m"),
]
PUSHED = [
    go_live(),
    *(
        command(
            "5m",
            PUSH,
            channel=None,
            to="metadata queue",
            detail={"channel_arns": ["show"], "metadata": f"question {number}"},
        )
        for number in (1, 2)
    ),
]
ANN = {"channel_arn": "show", "viewer_id": "ann", "up_to_version": 7}
REVOKED = [command("5m", REVOKE, channel=None, detail={"viewers": [ANN]})]
PAUSE = Pause.model_validate({"at": "4m", "do": "pause", "commands_too": True})
WATCHED = IssueToken.model_validate(
    {"at": "1m", "do": "issue token", "channel": "show", "viewer": "ann"}
)


@pytest.mark.parametrize(
    ("steps", "change", "law"),
    [
        (
            [command("5m", ROTATE)],
            forget_outcomes,
            UNANSWERED,
        ),
        (KICKED, lambda run: reword(run, STOP, then="rotate"), STAYS),
        (
            [go_live(), PAUSE, command("5m", STOP)],
            forget_outcomes,
            STAYS,
        ),
        (
            [go_live(), command("5m", ROTATE, detail={"if_live": "proceed"})],
            lambda run: reword(run, ROTATE, if_live="refuse"),
            KEY_OF_A_LIVE_SESSION,
        ),
        (
            [go_live(), act("5m", "hang up")],
            forget_outcomes,
            NO_NEWER_KEY,
        ),
        ([command("5m", ROTATE)], lambda run: forget_calls(run, "CreateStreamKey"), KEYLESS),
        ([command("5m", ROTATE)], lambda run: forget_calls(run, "PutSecretValue"), UNSTORED),
        (
            [command("5m", ROTATE)],
            lambda run: say_again(run, "Stream Key Rotated", reason="another"),
            TWO_CONTENTS,
        ),
        (
            [command("5m", ROTATE)],
            lambda run: say_again(run, "Stream Key Rotated", stream_key_arn="another"),
            "one cause leads to one new key",
        ),
        ([command("5m", ROTATE)], fail_again, IN_VAIN),
        (REVOKED, revoke_further, HIGHEST),
        (REVOKED, lose_count, COUNTED),
        (PUSHED, swap_metadata, IN_ORDER),
        (PUSHED, lambda run: log(run, "sent question 2"), IN_NO_LOG),
        (
            [],
            lambda run: log(run, run.world.ivs.channels[run.arns["show"]].srt.passphrase),
            IN_NO_LOG,
        ),
        ([WATCHED], lambda run: log(run, run.tokens_issued[0]), IN_NO_LOG),
    ],
)
def test_a_law_is_kept_until_the_record_is_changed(
    steps: Sequence[Step], change: Callable[[Run], None], law: str
) -> None:
    with a_run(*steps) as run:
        assert broken(run) == []
        change(run)
        assert law in broken(run)
