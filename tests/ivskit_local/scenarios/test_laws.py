"""Each law, seen to be broken: what was deployed is judged by other settings than its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ivskit.policy import PolicySettings
from ivskit_local.runtime.put_events import Published
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.laws import breaches
from ivskit_local.scenarios.mishaps import Kill
from ivskit_local.scenarios.stage import ChannelSpec, Stage
from ivskit_local.scenarios.steps import Command, EncoderAct, GoLive, Step, Tag
from tests.worlds import ROOT, with_settings

MANAGED = {"ivskit:managed": "true"}
SETTINGS = PolicySettings()


@contextmanager
def a_stage(*steps: Step, tags: Any = MANAGED, **policy: str) -> Iterator[Stage]:
    """These steps carried out on the channel `show`, under this policy, and two hours passed."""
    with World(with_settings(synthesize(ROOT), IVSKIT_POLICY=policy), project_root=ROOT) as world:
        stage = Stage(world, {"show": ChannelSpec(tags=tags)}, folder=Path())
        for step in steps:
            world.run_for(stage.start + step.at - world.now)
            step.carry_out(stage)
        world.run_for(timedelta(hours=2))
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
    return [law for law, _ in breaches(stage, settings)]


STOP = "Stop Stream"
NO_REASON = "no session is stopped but for a command, a limit or a block"


@pytest.mark.parametrize(
    ("steps", "policy"),
    [
        ([command("5m", STOP)], {}),
        ([command("5m", STOP, session=1)], {}),
        ([command("5m", "Block Channel")], {}),
        ([command("5m", STOP, detail={"then": "block"})], {}),
        ([], {"max_duration": "1h"}),
        ([], {"max_duration": "1h", "then": "block"}),
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
            {"max_starvation": "6s"},
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


def test_who_wants_streams_shed_has_a_reason() -> None:
    with a_stage(go_live(), max_duration="10m") as stage:
        assert broken(stage, PolicySettings(shed="newest")) == []


def test_an_encoder_that_is_back_before_the_key_changes_is_stopped_with_reason() -> None:
    dies = {"at": "5m", "do": "kill", "function": "stop_stream", "when": "before"}
    kill = Kill.model_validate({**dies, "operation": "DeleteStreamKey"})
    back = [act("5m10s", "hang up"), go_live("5m20s")]
    with a_stage(go_live(), kill, command("5m", STOP), *back) as stage:
        [_, second] = stage.world.ivs.sessions_of(stage.arns["show"])
        assert second.over_at is not None
        assert broken(stage) == []


def test_a_channel_that_is_not_ours_is_not_touched() -> None:
    with a_stage(command("0s", "Rotate Stream Key"), command("1h", "Block Channel")) as stage:
        laws = broken(stage, PolicySettings(mode="observe"))

        law = "only a managed channel is touched, and none that is observed"
        assert laws == [law] * 4


def test_the_viewers_of_a_channel_that_is_not_ours_are_left_alone() -> None:
    push = {"channel_arns": ["show"], "metadata": "x"}
    revoke = {"channel_arns": ["show"], "viewer_ids": ["ann"]}
    steps = [
        command("5m", "Push Metadata", channel=None, detail=push),
        command("6m", "Revoke Viewers", channel=None, detail=revoke),
    ]
    with a_stage(go_live(), *steps) as stage:
        laws = broken(stage, PolicySettings(mode="observe"))

        assert laws == ["only a managed channel is touched, and none that is observed"] * 2


def test_a_channel_that_was_ours_for_a_while_may_have_been_touched() -> None:
    untag = {"at": "1m", "do": "tag", "channel": "show", "tags": {"ivskit:managed": None}}
    with a_stage(command("0s", "Rotate Stream Key"), Tag.model_validate(untag)) as stage:
        assert broken(stage) == []


def test_a_session_that_lasts_longer_than_it_may_breaks_the_law() -> None:
    with a_stage(go_live()) as stage:
        limit = PolicySettings.model_validate({"max_duration": "30m"})
        held = {**MANAGED, "ivskit:hold-until": "2026-11-21T00:00:00Z"}

        assert broken(stage, limit) == ["every session past its maximum is stopped"]
        stage.tags_worn["show"].append(held)
        assert broken(stage, limit) == []


def test_a_cause_with_two_keys_breaks_the_law() -> None:
    with a_stage(command("0s", "Rotate Stream Key")) as stage:
        published: list[Published] = list(stage.world.published)
        [rotated] = [put for put in published if put.event["detail-type"] == "Stream Key Rotated"]
        detail = {**rotated.event["detail"], "stream_key_arn": "another"}
        again = replace(rotated, event={**rotated.event, "detail": detail})
        assert isinstance(stage.world.published, list)
        stage.world.published.append(again)

        assert broken(stage) == ["no cause is acted on twice"]
