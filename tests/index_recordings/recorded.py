"""Streams that are recorded, and what the index has of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ivskit.recordings.records import Recording
from ivskit_local.scenarios.run import Handling, Run
from ivskit_local.scenarios.steps import EncoderAct, GoLive

FUNCTION = "index_recordings"
MINUTE = timedelta(minutes=1)


def stream(run: Run, *, lasts: timedelta = 5 * MINUTE) -> None:
    """An encoder goes live for so long."""
    GoLive.model_validate({"at": "0s", "do": "go live", "channel": "show"}).carry_out(run)
    run.world.run_for(lasts)
    EncoderAct.model_validate({"at": "0s", "do": "hang up", "channel": "show"}).carry_out(run)


def lose(run: Run, *events: str) -> None:
    """The next events of these names never arrive."""
    for name in events:
        run.handlings.append(Handling(run.arns["show"], name, times=1, arrivals=()))


def index(run: Run) -> Sequence[Recording]:
    """What the index has, the oldest first."""
    return list(run.recordings.of_channel(run.arns["show"]))[::-1]


def published_of(run: Run, name: str) -> list[dict[str, Any]]:
    """The outcomes of this name, each once."""
    found = (put.event["detail"] for put in run.world.published if put.event["detail-type"] == name)
    return list({detail["id"]: detail for detail in found}.values())
