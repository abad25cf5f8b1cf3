"""Laws about the index of recordings."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ivskit import names
from ivskit.arns import resource_id
from ivskit_local.laws.story import Breach, answers, in_trouble
from ivskit_local.scenarios.run import NotThere, Run

_OVER = (names.RECORDING_END, names.RECORDING_END_FAILURE, names.RECORDING_START_FAILURE)


def indexed_and_published(run: Run) -> Iterator[Breach]:
    """What IVS says is over is in the index, and what the index says is over was published."""
    law = "a recording that is over is in the index, and was published"
    try:
        recordings = [each for arn in run.arns.values() for each in run.recordings.of_channel(arn)]
    except NotThere:
        return
    indexed = {each.recording_session_id for each in recordings if each.is_over}
    for at, session in _ends(run):
        if session not in indexed and not in_trouble(run, at, run.world.now):
            yield law, f"{session}: not in the index"
    published = {_identity(each.detail) for each in answers(run) if "recording" in each.detail}
    for each in recordings:
        is_told = not each.is_over or (each.recording, each.status) in published
        if not is_told and not in_trouble(run, each.noted_at, run.world.now):
            yield law, f"{resource_id(each.channel_arn)} {each.recording}: never published"


def _ends(run: Run) -> Iterator[tuple[datetime, str]]:
    """When each end arrived, and of which recording."""
    for delivery in run.world.deliveries:
        detail = delivery.event["detail"]
        if detail.get("recording_status") in _OVER and "recording_session_id" in detail:
            yield delivery.at, detail["recording_session_id"]


def _identity(detail: Mapping[str, Any]) -> tuple[str, str]:
    return str(detail["recording"]), str(detail["status"])
