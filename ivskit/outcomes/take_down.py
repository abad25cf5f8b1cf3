"""The reports on a channel that was taken down, or restored."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ivskit import names
from ivskit.outcomes.outcome import Outcome, Plain

StepName = Literal["block", "stream", "key", "audience", "restriction", "recording"]
# pending: it goes on, and its own outcome says when it is over; left out: nothing was to be done.
StepState = Literal["done", "failed", "pending", "left out"]


class Step(BaseModel):
    """One part of a take-down, and what is known of it."""

    model_config = ConfigDict(frozen=True)
    step: StepName
    state: StepState
    why: Plain


class RecordingPlace(BaseModel):
    """Where a recording is; prefix: what the keys of its objects begin with, as far as known."""

    model_config = ConfigDict(frozen=True)
    bucket: str
    prefix: str


class _Report(Outcome):
    """steps: each part; failed: the names of those that failed."""

    steps: tuple[Step, ...]
    failed: tuple[StepName, ...] = ()
    recording_place: RecordingPlace | None = None


class ChannelTakenDown(_Report):
    """What a take-down did, step by step; recording_place: where its recording is.

    IVS checks tokens only when playback begins: what ends playback is the end of the stream.
    """

    name = names.CHANNEL_TAKEN_DOWN


class ChannelRestored(_Report):
    """What undoing a take-down did, step by step."""

    name = names.CHANNEL_RESTORED
