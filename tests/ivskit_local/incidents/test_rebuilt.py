"""From the audit log alone comes a scenario in which the same is done."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ivskit import names
from ivskit_local.errors import WrongUsage
from ivskit_local.incidents.rebuilt import scenario_of
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import START
from ivskit_local.scenarios.format import parse_scenario
from tests.incidents import Happened, happened, rebuilt, script_of
from tests.ordinary_days import ordinary_day
from tests.worlds import ROOT

Step = dict[str, Any]
LIVE: Step = {"at": "0s", "do": "go live", "channel": "show"}
STOP: Step = {"at": "10m", "do": "command", "command": "Stop Stream", "channel": "show"}
HUNG_UP: Step = {"at": "10m", "do": "hang up", "channel": "show"}
REVOKE: Step = {
    "at": "5m",
    "do": "command",
    "command": "Revoke Viewers",
    "detail": {"viewers": [{"channel_arn": "show", "viewer_id": "viewer-1"}]},
}
# A channel whose key is stored, and whose secret is then deleted for a while.
GONE: list[Step] = [
    LIVE,
    {**HUNG_UP, "at": "1m"},
    {"at": "31m", "do": "delete secret", "channel": "show"},
]
RESTORED: Step = {"at": "52m", "do": "restore secret", "channel": "show"}
DIES: Step = {"at": "34m", "do": "kill", "function": "reconcile_streams"}
REST: Step = {"at": "2h", "do": "check", "expect": {}}


def log_of(*steps: Step, tags: Mapping[str, str] | None = None) -> Happened:
    """What the audit log has of a scenario on one channel."""
    scenario = {
        "tells": "Something.",
        "channels": {
            "show": {"tags": {"ivskit:managed": "true", **(tags or {})}},
            "other": {"tags": {"ivskit:managed": "true"}},
        },
        "steps": [*steps, REST],
        "expect": {},
    }
    return happened(parse_scenario("x.json", scenario), synthesize(ROOT))


def fate(do: str, name: str, **more: Any) -> Step:
    """A mishap of an event on its way."""
    return {"at": "0s", "do": do, "channel": "show", "event_name": name, **more}


@pytest.mark.parametrize(
    ("steps", "tags", "found"),
    [
        ([LIVE, HUNG_UP], {}, {"do": "hang up", "at": "10m"}),
        (
            [LIVE, {**LIVE, "at": "0s", "may_fail": True}, {**HUNG_UP, "do": "fail"}],
            {},
            {"do": "fail"},
        ),
        ([fate("lose", "Stream Start"), LIVE, HUNG_UP], {}, {"event_name": "Stream Start"}),
        (
            [fate("lose", "Stream End"), LIVE, HUNG_UP],
            {},
            {"do": "lose", "event_name": "Stream End"},
        ),
        ([fate("delay", "Stream End", by="40s"), LIVE, HUNG_UP], {}, {"do": "delay", "by": "40s"}),
        (
            [fate("repeat", "Stream End", after="1h"), LIVE, HUNG_UP],
            {},
            {"do": "repeat", "after": "1h"},
        ),
        (
            [LIVE, {**STOP, "detail": {"then": "block", "reason": "spam"}}],
            {},
            {"command": "Stop Stream", "channel": "show"},
        ),
        (
            [LIVE, {**STOP, "session": 1}],
            {},
            {"command": "Stop Stream", "session": 1},
        ),
        (
            [{**LIVE, "reconnect_after": "30s"}, {**STOP, "detail": {"then": "kick"}}],
            {},
            {"do": "go live", "reconnect_after": "30s"},
        ),
        (
            [
                LIVE,
                {"at": "5m", "do": "tag", "channel": "show", "tags": {"ivskit:rotate": "never"}},
                HUNG_UP,
            ],
            {},
            {"do": "tag", "tags": {"ivskit:rotate": "never"}},
        ),
        (
            [
                {"at": "0s", "do": "pause", "reason": "a drill"},
                LIVE,
                HUNG_UP,
                {"at": "1h", "do": "resume"},
            ],
            {},
            {"do": "pause", "reason": "a drill"},
        ),
        (
            [
                LIVE,
                HUNG_UP,
                {"at": "11m", "do": "go live", "channel": "show"},
                {"at": "12m", "do": "delete secret", "channel": "show"},
                {**HUNG_UP, "at": "13m"},
                {"at": "1h", "do": "restore secret", "channel": "show"},
            ],
            {},
            {"do": "go live"},
        ),
        (
            [
                LIVE,
                {**HUNG_UP, "at": "5m", "do": "starve"},
                {**HUNG_UP, "at": "5m5s", "do": "recover"},
                HUNG_UP,
            ],
            {"ivskit:max-starvation": "15s"},
            {"do": "recover"},
        ),
        (
            [LIVE, {"at": "1m", "do": "watch", "channel": "show", "viewers": 0}],
            {"ivskit:max-idle": "15m"},
            {"do": "watch", "viewers": 0},
        ),
        (
            [
                LIVE,
                {
                    **STOP,
                    "at": "1m",
                    "command": "Push Metadata",
                    "channel": None,
                    "detail": {"channel_arns": ["show"], "metadata": "secret"},
                    "to": "metadata queue",
                },
            ],
            {},
            {"command": "Push Metadata", "to": "metadata queue"},
        ),
        (
            [
                LIVE,
                {
                    "at": "1m",
                    "do": "come late",
                    "channel": "show",
                    "purpose": "max duration",
                    "by": "45s",
                },
            ],
            {"ivskit:max-duration": "20m"},
            {"do": "come late", "purpose": "max duration", "by": "45s"},
        ),
        (
            [*GONE, {**DIES, "operation": "ListStreams", "when": "before"}, RESTORED],
            {},
            {"do": "come late", "at": "34m59s", "by": "12m0.001s"},
        ),
        (
            [*GONE, {**DIES, "operation": "SendMessage", "when": "after"}, RESTORED],
            {},
            {"do": "kill", "at": "34m59s", "operation": "SendMessage", "when": "after"},
        ),
        (
            [
                LIVE,
                {
                    **DIES,
                    "at": "9m",
                    "function": "stop_stream",
                    "operation": "DeleteStreamKey",
                    "when": "after",
                },
                {**STOP, "command": "Block Channel"},
                {**STOP, "at": "11m", "command": "Unblock Channel"},
            ],
            {},
            {"do": "kill", "at": "10m", "operation": "DeleteStreamKey"},
        ),
        (
            [
                LIVE,
                {
                    **DIES,
                    "at": "9m",
                    "function": "stop_stream",
                    "operation": "StopStream",
                    "when": "after",
                },
                {**STOP, "command": "Block Channel"},
                {**STOP, "at": "11m", "command": "Unblock Channel"},
            ],
            {},
            {"do": "kill", "at": "10m", "operation": "StopStream"},
        ),
        (
            [
                LIVE,
                {"at": "4m", "do": "tag", "channel": "show", "tags": {"ivskit:mode": "observe"}},
                REVOKE,
                STOP,
            ],
            {},
            {"do": "tag", "at": "3m30s", "tags": {"ivskit:mode": "observe"}},
        ),
        (
            [{**LIVE, "reconnect_after": "30s"}, STOP, {**HUNG_UP, "at": "12m"}],
            {"ivskit:rotate": "never"},
            {"do": "come late", "purpose": "verify stop", "session": 1, "by": "1s"},
        ),
        (
            [LIVE, {**HUNG_UP, "at": "5m"}, {**LIVE, "at": "10m"}, {**STOP, "session": 2}],
            {},
            {"command": "Stop Stream", "session": 2},
        ),
        (
            [
                LIVE,
                {"at": "1m", "do": "watch", "channel": "show", "viewers": 0},
                {**DIES, "at": "19m", "operation": "SendMessage", "when": "after"},
            ],
            {"ivskit:max-idle": "15m"},
            {"do": "kill", "at": "19m59s", "operation": "SendMessage", "when": "after"},
        ),
        (
            [
                {**LIVE, "reconnect_after": "10s"},
                {**DIES, "function": "stop_stream", "operation": "StopStream", "when": "after"},
                {**STOP, "at": "35m", "detail": {"then": "kick"}},
            ],
            {},
            {"do": "kill", "at": "34m59s", "operation": "StopStream"},
        ),
        (
            [
                LIVE,
                {"at": "1m", "do": "watch", "channel": "show", "viewers": 0},
                {**fate("lose", "Stream Start"), "channel": "other", "at": "16m"},
                {**LIVE, "channel": "other", "at": "16m"},
                {**DIES, "at": "19m", "operation": "SendMessage", "when": "after"},
            ],
            {"ivskit:max-idle": "15m"},
            {"do": "kill", "at": "19m59s", "operation": "SendMessage"},
        ),
        ([fate("delay", "Stream End", by="2s"), LIVE, HUNG_UP], {}, {"do": "delay", "by": "2s"}),
        (
            [{"at": "0s", "do": "shift clock", "function": "stop_stream", "by": "-1s"}, LIVE, STOP],
            {},
            {"do": "shift clock", "function": "stop_stream", "by": "-1s"},
        ),
    ],
    ids=lambda value: (
        " ".join(map(str, value.values()))
        if isinstance(value, dict) and "do" in value | {"do": ""}
        else ""
    ),
)
def test_what_was_done_is_done_again(
    steps: list[Step], tags: Mapping[str, str], found: Step
) -> None:
    first = log_of(*steps, tags=tags)

    again = rebuilt(first)

    made = [step.model_dump(mode="json", exclude_defaults=True) for step in again.scenario.steps]
    assert any(found.items() <= step.items() for step in made), made
    assert happened(again, synthesize(ROOT)).outcomes == first.outcomes
    assert first.outcomes


def test_an_encoder_that_is_cut_again_and_again_comes_back_as_often() -> None:
    first = log_of(
        {**LIVE, "reconnect_after": "2s"},
        STOP,
        {**HUNG_UP, "at": "11m"},
        tags={"ivskit:rotate": "never"},
    )

    again = rebuilt(first)

    made = [step.model_dump(mode="json", exclude_defaults=True) for step in again.scenario.steps]
    assert sum(step.get("patience") == "20s" for step in made) > 3
    assert happened(again, synthesize(ROOT)).acts == first.acts


def test_in_a_part_of_a_log_the_same_sweeps_verify_all_channels() -> None:
    first = log_of({**LIVE, "at": "50m"}, {**HUNG_UP, "at": "52m"})
    part = [line for line in first.lines if line.at - START > timedelta(minutes=48)]

    again = rebuilt(Happened(part, first.names))

    # Of this world the first sweep verifies all, five minutes after its start.
    assert again.scenario.starts == START + timedelta(minutes=30)


def test_a_saved_incident_expects_what_was_done() -> None:
    again = rebuilt(log_of(LIVE, {**STOP, "detail": {"then": "block"}}))

    assert again.scenario.expect.told == {names.CHANNEL_BLOCKED: 1, names.STREAM_STOPPED: 1}


def test_no_text_of_metadata_is_in_a_saved_incident() -> None:
    push = {"channel_arns": ["show"], "metadata": "for viewers alone"}
    first = log_of(LIVE, {**STOP, "command": "Push Metadata", "channel": None, "detail": push})

    assert "for viewers alone" not in rebuilt(first).scenario.model_dump_json()


def test_a_log_without_a_channel_is_refused() -> None:
    with pytest.raises(WrongUsage, match="no line of the audit log names a channel"):
        scenario_of([], tells="Nothing.")


def test_a_random_day_is_done_again() -> None:
    """`python -m tests.incidents 50` measures how many are."""
    templates = synthesize(ROOT)
    first = happened(script_of(ordinary_day(7)), templates)

    second = happened(rebuilt(first), templates)

    assert len(first.acts) > 20
    assert second.acts == first.acts
