"""Each law, seen to be broken: what was deployed is judged by other settings than its own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ivskit.policy import PolicySettings
from ivskit_local.laws.book import breaches
from ivskit_local.laws.story import Deployed
from ivskit_local.runtime.deliveries import Delivery
from ivskit_local.runtime.lambdas import Line
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.mishaps import Kill
from ivskit_local.scenarios.requests import IssueToken, Pause
from ivskit_local.scenarios.stage import ChannelSpec, Stage, Worn
from ivskit_local.scenarios.steps import Command, EncoderAct, GoLive, Step, Tag
from tests.samples import sample
from tests.worlds import ROOT, with_settings

MANAGED = {"ivskit:managed": "true"}
SETTINGS = PolicySettings()


@contextmanager
def a_stage(*steps: Step, tags: Any = MANAGED, **policy: str) -> Iterator[Stage]:
    """These steps carried out on the channel `show`, under this policy, and an hour has passed."""
    with World(with_settings(synthesize(ROOT), IVSKIT_POLICY=policy), project_root=ROOT) as world:
        stage = Stage(world, {"show": ChannelSpec(tags=tags)}, folder=Path())
        for step in steps:
            world.run_for(stage.start + step.at - world.now)
            step.carry_out(stage)
        world.run_for(timedelta(hours=1))
        yield stage


def go_live(at: str = "0s", **more: Any) -> Step:
    """A show begins."""
    return GoLive.model_validate({"at": at, "do": "go live", "channel": "show", **more})


def act(at: str, do: str) -> Step:
    """The encoder does something."""
    return EncoderAct.model_validate({"at": at, "do": do, "channel": "show"})


def command(at: str, name: str, **more: Any) -> Step:
    """Somebody asks for something."""
    asked = {"at": at, "do": "command", "command": name, "channel": "show", **more}
    return Command.model_validate(asked)


def broken(stage: Stage, settings: PolicySettings = SETTINGS) -> Sequence[str]:
    """The laws that are broken."""
    return [law for law, _ in breaches(stage, Deployed(policy=settings))]


STOP = "Stop Stream"
UNTOUCHED = "only a managed channel is touched, and none that is observed, but for a command"
NO_REASON = "no session is stopped but for a command, a limit or a block"


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
    with a_stage(go_live(), *steps, **policy) as stage:
        assert [each for each in stage.world.calls if each.operation == "StopStream"]
        assert broken(stage, settings) == []


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
    with a_stage(*begins, *steps, **policy) as stage:
        assert NO_REASON in broken(stage, PolicySettings.model_validate(judged_by))


def test_a_stream_is_shed_right_after_the_account_said_that_it_is_at_its_limit() -> None:
    with a_stage(go_live(), max_duration="10m") as stage:
        shed = PolicySettings(shed="newest")

        assert broken(stage, shed) == [NO_REASON]
        breach = {**sample("limit-breach.concurrent-broadcasts"), "resources": []}
        [stop] = [each for each in stage.world.calls if each.operation == "StopStream"]
        add(stage.world.deliveries, Delivery(breach, stop.at - timedelta(seconds=2)))
        assert broken(stage, shed) == []
        assert broken(stage) == [NO_REASON]


def test_a_lockout_of_a_policy_is_no_reason_while_automation_is_held_back() -> None:
    policy = {"max_duration": "10m", "rotate": "never"}
    settings = PolicySettings.model_validate(policy)
    with a_stage(go_live(), go_live("12m"), **policy) as stage:
        assert broken(stage, settings) == []
        stage.pauses.append(stage.start)
        assert broken(stage, settings) == [NO_REASON]
        stage.resumes.append(stage.start)
        assert broken(stage, settings) == []
        observed = Worn(stage.start + timedelta(minutes=11), {**MANAGED, "ivskit:mode": "observe"})
        add(stage.tags_worn["show"], observed)
        assert broken(stage, settings) == [NO_REASON]


def test_an_idle_stream_is_stopped_with_reason() -> None:
    policy = {"max_idle": "20m"}
    settings = PolicySettings.model_validate(policy)
    with a_stage(go_live(), **policy) as stage:
        [session] = stage.world.ivs.sessions_of(stage.arns["show"])
        assert session.over_at is not None
        assert broken(stage, settings) == []
        assert broken(stage) == [NO_REASON]
        session.viewer_count = 3
        assert broken(stage, settings) == [NO_REASON]


def test_an_encoder_that_is_back_before_the_key_changes_is_stopped_with_reason() -> None:
    dies = {"at": "5m", "do": "kill", "function": "stop_stream", "when": "before"}
    kill = Kill.model_validate({**dies, "operation": "DeleteStreamKey"})
    back = [act("5m10s", "hang up"), go_live("5m20s")]
    with a_stage(go_live(), kill, command("5m", STOP), *back) as stage:
        [_, second] = stage.world.ivs.sessions_of(stage.arns["show"])
        assert second.over_at is not None
        assert broken(stage) == []


def test_a_channel_that_is_not_ours_is_not_touched() -> None:
    with a_stage(go_live(), act("5m", "hang up"), grace="1m") as stage:
        assert broken(stage, PolicySettings(mode="observe")) == [UNTOUCHED] * 2
        assert broken(stage, PolicySettings(channels="named")) == [UNTOUCHED] * 2


def test_a_command_is_enough_where_commands_are_not_held_back() -> None:
    with a_stage(command("0s", "Rotate Stream Key"), tags={}) as stage:
        managed = Deployed(policy=SETTINGS, command_channels="managed")

        assert broken(stage) == []
        assert {law for law, _ in breaches(stage, managed)} == {UNTOUCHED}


def test_a_channel_that_was_ours_for_a_while_may_have_been_touched() -> None:
    untag = {"at": "1m", "do": "tag", "channel": "show", "tags": {"ivskit:managed": None}}
    with a_stage(command("0s", "Rotate Stream Key"), Tag.model_validate(untag)) as stage:
        assert broken(stage) == []


def test_a_session_that_lasts_longer_than_it_may_breaks_the_law() -> None:
    with a_stage(go_live()) as stage:
        limit = PolicySettings.model_validate({"max_duration": "30m"})
        held = {**MANAGED, "ivskit:hold-until": "2026-11-21T00:00:00Z"}

        assert broken(stage, limit) == ["every session past its maximum is stopped"]
        stage.tags_worn["show"].append(Worn(stage.start, held))
        assert broken(stage, limit) == []


# Each law about what people trust it with, and how it is seen to be broken: what happened is
# played, then the record of it is changed into what must not happen.

KEYLESS = "a channel that is not blocked is without a key for at most 10 s"
UNSTORED = "the store holds a channel's key two minutes after it was made"
UNANSWERED = "every command has an outcome within two minutes"
STAYS = "whoever a stop means is off air within a minute, and stays off"
TWO_CONTENTS = "no outcome id has two contents"
KEY_OF_A_LIVE_SESSION = "a policy never deletes the key of a live session"
NO_NEWER_KEY = "a quarter of an hour after a stream its channel has a newer key, or a reason"
COUNTED = "revoked and failed viewers are the distinct ones that a job names"
HIGHEST = "a viewer is revoked up to the highest version asked for"
IN_ORDER = "metadata is inserted in the order of its queue, each piece once"
IN_NO_LOG = "no token, passphrase or text of metadata is in a log"


def forget_outcomes(stage: Stage) -> None:
    """As if none had been published."""
    assert isinstance(stage.world.published, list)
    stage.world.published.clear()


def forget_calls(stage: Stage, *operations: str) -> None:
    """As if these had never been made."""
    assert isinstance(stage.world.calls, list)
    stage.world.calls[:] = [each for each in stage.world.calls if each.operation not in operations]


def add(records: Sequence[Any], record: Any) -> None:
    """One more of them happened."""
    assert isinstance(records, list)
    records.append(record)


def say_again(stage: Stage, outcome: str, **other: Any) -> None:
    """An outcome is published again, with this in it."""
    put = next(put for put in stage.world.published if put.event["detail-type"] == outcome)
    detail = {**put.event["detail"], **other}
    add(stage.world.published, replace(put, event={**put.event, "detail": detail}))


def reword(stage: Stage, name: str, **other: Any) -> None:
    """A command said this."""
    for delivery in stage.world.deliveries:
        if delivery.event["detail-type"] == name:
            delivery.event["detail"].update(other)


def revoke_further(stage: Stage) -> None:
    """Somebody revokes a viewer up to a version that nobody asked for."""
    stage.world.client("ivs").start_viewer_session_revocation(
        channelArn=stage.arns["show"], viewerId="ann", viewerSessionVersionsLessThanOrEqualTo=8
    )


def lose_count(stage: Stage) -> None:
    """The job counts one viewer less."""
    client, table = stage.world.client("dynamodb"), stage.parameter("jobs").value
    for item in client.scan(TableName=table)["Items"]:
        if "revoked" in item:
            key = {name: item[name] for name in ("job", "item")}
            client.update_item(
                TableName=table,
                Key=key,
                UpdateExpression="SET revoked = :none",
                ExpressionAttributeValues={":none": {"N": "0"}},
            )


def swap_metadata(stage: Stage) -> None:
    """The second piece reached the viewers first."""
    metadata = stage.world.ivs.metadata
    metadata.reverse()


def log(stage: Stage, text: str) -> None:
    """A function prints this."""
    add(stage.world.logs, Line("push_metadata", text))


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
        (KICKED, lambda stage: reword(stage, STOP, then="rotate"), STAYS),
        (
            [go_live(), PAUSE, command("5m", STOP)],
            forget_outcomes,
            STAYS,
        ),
        (
            [go_live(), command("5m", ROTATE, detail={"if_live": "proceed"})],
            lambda stage: reword(stage, ROTATE, if_live="refuse"),
            KEY_OF_A_LIVE_SESSION,
        ),
        (
            [go_live(), act("5m", "hang up")],
            forget_outcomes,
            NO_NEWER_KEY,
        ),
        ([command("5m", ROTATE)], lambda stage: forget_calls(stage, "CreateStreamKey"), KEYLESS),
        ([command("5m", ROTATE)], lambda stage: forget_calls(stage, "PutSecretValue"), UNSTORED),
        (
            [command("5m", ROTATE)],
            lambda stage: say_again(stage, "Stream Key Rotated", reason="another"),
            TWO_CONTENTS,
        ),
        (
            [command("5m", ROTATE)],
            lambda stage: say_again(stage, "Stream Key Rotated", stream_key_arn="another"),
            "no cause is acted on twice",
        ),
        (REVOKED, revoke_further, HIGHEST),
        (REVOKED, lose_count, COUNTED),
        (PUSHED, swap_metadata, IN_ORDER),
        (PUSHED, lambda stage: log(stage, "sent question 2"), IN_NO_LOG),
        (
            [],
            lambda stage: log(stage, stage.world.ivs.channels[stage.arns["show"]].srt.passphrase),
            IN_NO_LOG,
        ),
        ([WATCHED], lambda stage: log(stage, stage.tokens_issued[0]), IN_NO_LOG),
    ],
)
def test_a_law_is_kept_until_the_record_is_changed(
    steps: Sequence[Step], change: Callable[[Stage], None], law: str
) -> None:
    with a_stage(*steps) as stage:
        assert broken(stage) == []
        change(stage)
        assert law in broken(stage)
