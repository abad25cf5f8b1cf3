"""Scenarios made of steps on one channel, and what their reports say."""

from collections.abc import Sequence
from typing import Any

from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.scenarios.play import Played, play
from ivskit_local.scenarios.report import as_document, summary
from tests.worlds import ROOT

MANAGED = {"ivskit:managed": "true"}


Step = dict[str, Any]


LIVE: Step = {"at": "0s", "do": "go live", "channel": "show"}


def played(
    *steps: Step, expect: Any = None, name: str = "x.json", show: Any = None, **more: Any
) -> Played:
    """Play these steps on the channel `show`, which is managed by default."""
    scenario = {
        "tells": "Something.",
        "channels": {"show": {"tags": MANAGED} if show is None else show},
        "steps": steps,
        "expect": expect or {},
        **more,
    }
    return play(parse_scenario(name, scenario), synthesize(ROOT), project_root=ROOT)


def command(name: str, at: str, **more: Any) -> Step:
    """A command about the channel."""
    return {"at": at, "do": "command", "command": name, "channel": "show", **more}


def broken(came_of_it: Played) -> Sequence[str]:
    """The findings that do not hold, as the summary lists them."""
    return list(summary([came_of_it]))[1:]


def done(came_of_it: Played) -> Sequence[str]:
    """What the timeline says was done."""
    timeline = as_document(came_of_it)["timeline"]
    return [moment["done"] for moment in timeline if "done" in moment]
