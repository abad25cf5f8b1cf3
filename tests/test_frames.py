"""From a handler to any call of AWS it is 12 frames of our own code at the most."""

import json
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ivskit_local.runtime.gate import Gate
from ivskit_local.runtime.synth import overrides_of, synthesize
from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.scenarios.play import play
from tests.samples import EVENTS
from tests.worlds import ROOT

MOST = 12
OURS = (str(ROOT / "functions"), str(ROOT / "ivskit") + "/")
# They reach every function, the longest roads among them.
PLAYED = (
    "a-block-behind-a-stop-that-cannot-make-its-key",
    "a-channel-is-deleted-and-its-key-outlives-it-for-a-day",
    "a-death-between-delete-and-create-ends-with-a-key",
    "a-welcome-for-those-who-join-later",
    "an-audience-leaves-after-its-stream",
    "nobody-watches",
)


def frames_of_ours() -> list[str]:
    """Our own frames from here back to the handler, the handler last."""
    frame: FrameType | None = sys._getframe()
    found = []
    while frame is not None:
        if frame.f_code.co_filename.startswith(OURS):
            found.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_name}")
        frame = None if found and found[-1].endswith(":handler") else frame.f_back
    return found


@pytest.fixture
def roads(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The longest road of each function."""
    longest: dict[str, list[str]] = {}
    passes = Gate._pass_for

    def measured(gate: Gate, caller: Any, request: Any) -> Any:
        road = frames_of_ours()
        if road and road[-1].endswith(":handler"):
            longest[caller.function] = max(longest.get(caller.function, []), road, key=len)
        return passes(gate, caller, request)

    monkeypatch.setattr(Gate, "_pass_for", measured)
    return longest


def test_no_call_is_far_from_its_handler(roads: dict[str, list[str]]) -> None:
    for name in PLAYED:
        script = parse_scenario(
            name, json.loads((EVENTS / "scenarios" / f"{name}.json").read_text())
        )
        settings = overrides_of(script.scenario.settings.items())
        play(script, synthesize(ROOT, overrides=settings), project_root=ROOT)

    assert len(roads) == 8, roads.keys()
    too_long = {name: road for name, road in roads.items() if len(road) - 1 > MOST}
    assert too_long == {}, "\n".join(map(str, too_long.values()))
