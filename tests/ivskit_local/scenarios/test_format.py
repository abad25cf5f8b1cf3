"""What is not a scenario is refused in one line that names file, step and field."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from ivskit_local.scenarios.format import NotAScenario, is_scenario, parse_scenario
from ivskit_local.scenarios.words import format_span, parse_span

GOOD: dict[str, Any] = {
    "tells": "A show is a show.",
    "channels": {"show": {}},
    "steps": [
        {"at": "0s", "do": "go live", "channel": "show"},
        {"at": "1h", "do": "hang up", "channel": "show"},
    ],
    "expect": {"channels": {"show": {"live": False}}},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good scenario with something else at this path, as in `steps.0.at`."""
    scenario: Any = deepcopy(GOOD)
    *parents, name = [int(part) if part.isdigit() else part for part in path.split(".")]
    inner = scenario
    for parent in parents:
        inner = inner[parent]
    inner[name] = value
    return dict(scenario)


def test_a_good_one_is_read() -> None:
    assert parse_scenario("x.json", GOOD).scenario.steps[1].at == timedelta(hours=1)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("stpes", [], "stpes: Extra inputs are not permitted"),
        ("steps", [], "steps: Tuple should have at least 1 item after validation, not 0"),
        ("tells", "", "tells: String should have at least 1 character"),
        ("channels", {}, "channels: Dictionary should have at least 1 item"),
        ("channels", {"a b": {}}, "channels: a b: [key]: String should match pattern"),
        ("channels", {"other": {}}, "step 1 (go live): there is no channel 'show'; there are o"),
        ("steps.0.do", "fly", "step 1: Input tag 'fly' found using 'do' does not match any of"),
        ("steps.0", 3, "step 1: "),
        ("steps.0.chanel", "show", "step 1 (go live): chanel: Extra inputs are not permitted"),
        ("steps.0.at", "soon", "step 1 (go live): at: a span of time reads like 45s, 10m20s"),
        ("steps.0.at", "-1s", "step 1 (go live): at: must not be negative"),
        ("steps.0.at", "2h", "step 2 (hang up) is before the step above it"),
        (
            "steps.0",
            {"at": "0s", "do": "command", "command": "Stop"},
            "step 1 (command): command: there is no command 'Stop'; there are Block Channel, ",
        ),
        (
            "steps.0",
            {"at": "0s", "do": "command", "command": "Stop Stream", "channel": "x"},
            "step 1 (command): there is no channel 'x'",
        ),
        (
            "steps.0",
            {"at": "0s", "do": "check", "expect": {"channels": {"x": {}}}},
            "step 1 (check): there is no channel 'x'",
        ),
        (
            "steps.0",
            {"at": "0s", "do": "command", "command": "Stop Stream", "to": "metadata queue"},
            "step 1 (command): only Push Metadata goes to the metadata queue, not Stop Stream",
        ),
        (
            "steps.0",
            {"at": "0s", "do": "put manifest", "name": "a b", "rows": ["x"]},
            "step 1 (put manifest): name: String should match pattern",
        ),
        (
            "steps.0",
            {"at": "0s", "do": "put manifest", "name": "x", "rows": [{"chanel": "show"}]},
            "step 1 (put manifest): rows: 0: Row: channel: Field required",
        ),
        (
            "steps.0",
            {
                "at": "0s",
                "do": "put manifest",
                "name": "x",
                "rows": [{"channel": "x", "viewer": "ann"}],
            },
            "step 1 (put manifest): there is no channel 'x'; there are show",
        ),
        (
            "steps.0",
            {"at": "0s", "do": "issue token", "channel": "show", "viewer": "x" * 41},
            "step 1 (issue token): viewer: String should have at most 40 characters",
        ),
        ("steps.0", {"at": "0s", "do": "pause", "why": "x"}, "step 1 (pause): why: Extra inputs"),
        (
            "expect.channels.show.viewers",
            {"ann": ["watches"]},
            "expect: channels: show: viewers: ann: 0: Input should be 'plays' or 'refused'",
        ),
        (
            "expect.jobs",
            {"mass": {"state": "over"}},
            "expect: jobs: mass: state: Input should be 'running', 'stalled', ",
        ),
        ("expect.channels.show.live", "yes", "expect: channels: show: live: "),
        ("expect.channels.show.live", 0, "expect: channels: show: live: "),
        ("expect.told", {"Stopped": 1}, "expect: told: Stopped: [key]: there is no outcome 'Sto"),
        ("expect.called", {"Stop": 1}, "expect: called: Stop: [key]: IVS has no operation 'Stop'"),
        ("expect.outcomes", [{"name": "Stop Skipped", "channel": "x"}], "expect: there is no chan"),
    ],
)
def test_what_is_wrong_is_named(path: str, value: Any, said: str) -> None:
    with pytest.raises(NotAScenario) as caught:
        parse_scenario("x.json", changed(path, value))

    assert str(caught.value).startswith(f"x.json: {said}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(GOOD, True), ({"tells": "x"}, True), ({"detail-type": "x"}, False), ([GOOD], False)],
)
def test_a_scenario_is_known_by_its_fields(value: object, expected: bool) -> None:
    assert is_scenario(value) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("45s", 45), ("10m20s", 620), ("1d3h", 97_200), ("-24h", -86_400)],
)
def test_a_span_is_read_as_it_is_written(text: str, seconds: int) -> None:
    span = parse_span(text)

    assert span == timedelta(seconds=seconds)
    assert parse_span(format_span(span)) == span


@pytest.mark.parametrize("text", ["", "-", "s", "10", "5m5h", "1.5h", 7])
def test_what_is_no_span_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="a span of time reads like"):
        parse_span(text)
