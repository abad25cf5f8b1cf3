"""The calls that an event costs which changes nothing, as docs/quotas.md lists them."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ivskit_local.runtime.synth import synthesize
from tests.samples import sample
from tests.worlds import ROOT, opener

MANAGED = {"ivskit:managed": "true"}
EVENTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "Stream Start, nothing limits the stream": ("stream-state-change.stream-start", MANAGED),
    "Stream Start, the channel is not managed": ("stream-state-change.stream-start", {}),
    "Starvation Start, the channel is not managed": ("stream-health-change.starvation-start", {}),
    "Stream End, the policy never rotates": (
        "stream-state-change.stream-end",
        {**MANAGED, "ivskit:rotate": "never"},
    ),
    "Stream End, the channel is not managed": ("stream-state-change.stream-end", {}),
    "Stream End, the key changes after the grace period": (
        "stream-state-change.stream-end",
        MANAGED,
    ),
    "Stream End, no change of a restriction waits for it": (
        "stream-state-change.stream-end",
        MANAGED,
    ),
    "Limit Breach, nothing is shed": ("limit-breach.ingest-bitrate", {}),
}
ROWS = re.findall(
    r"^\| ([^|]+) \| `(\w+)` \| ([A-Za-z, ]+) \|$",
    (ROOT / "docs" / "quotas.md").read_text(),
    re.MULTILINE,
)


def test_the_page_lists_these_events() -> None:
    assert {event for event, _, _ in ROWS} == set(EVENTS)


@pytest.mark.parametrize(("event", "function", "calls"), ROWS)
def test_an_event_costs_the_calls_that_the_page_lists(
    event: str, function: str, calls: str
) -> None:
    name, tags = EVENTS[event]
    given: dict[str, Any] = sample(name)
    with opener(synthesize(ROOT), given)(tags=tags) as world:
        world.deliver(given)
        world.run_for(timedelta(seconds=5))

        made = [call.operation for call in world.calls if call.function == function]
        others = {call.function for call in world.calls} - {function}
        assert ", ".join(made) == calls
        assert others <= {"reconcile_streams", "restrict_playback", "rotate_stream_key"}
