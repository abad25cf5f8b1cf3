"""The records of a job, as frozen models."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ivskit.jobs.progress import Progress, Stall
from ivskit.outcomes import RevocationPlanned
from ivskit.policy.values import Mode
from ivskit.viewers import Viewer

State = Literal["running", "cancelled", "done"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class Begun(_Record):
    """What began a job: a command or the end of a stream, and its event.

    version: that of the manifest, so that a job never mixes two versions; sender, forced: who sent
    the command, and whether it acts even where commands are held back; mode: the deployment's.
    """

    event_id: str
    at: AwareDatetime
    reason: str
    channel_arn: str | None = None
    stream_id: str | None = None
    version: str | None = None
    sender: str | None = None
    forced: bool = False
    mode: Mode = "enforce"

    @property
    def follows_stream(self) -> bool:
        """Whether automation began it after a stream, and not a command."""
        return self.stream_id is not None

    def why(self) -> dict[str, Any]:
        """The fields that its outcomes carry."""
        return self.model_dump(include={"event_id", "channel_arn", "stream_id", "sender"})


class SkippedChannel(_Record):
    """A channel whose viewers the job skips, and why."""

    channel_arn: str
    viewers: int
    reason: str


class Rejected(_Record):
    """A row of a manifest that names no viewer, and why; row None: all rows from there on."""

    row: int | None
    reason: str


class Failed(_Record):
    """A pair that was not revoked, and the error of IVS."""

    channel_arn: str
    viewer_id: str
    code: str
    message: str


class Part(_Record):
    """Some pairs of a job, and the position that the source was read up to.

    number: counts from 0; the last two fields are sums over all parts up to this one.
    """

    number: int
    pairs: tuple[Viewer, ...]
    rejected: tuple[Rejected, ...]
    position: tuple[int | str, ...]
    parts_with_pairs: int
    pairs_so_far: int


class Done(_Record):
    """The chunks of a part that are done, and their counts."""

    part: int
    chunks: frozenset[int]
    of: int
    revoked: int
    failed: int
    failures: tuple[Failed, ...]

    @property
    def is_complete(self) -> bool:
        """Whether all chunks of the part are done."""
        return len(self.chunks) == self.of


class Job(_Record):
    """The state of a job; parts: how many have pairs, known once planning is over."""

    id: str
    state: State
    begun: Begun
    planned: RevocationPlanned
    parts: int | None = None
    complete_parts: frozenset[int] = frozenset()
    progress: Progress = Field(default_factory=Progress)

    @property
    def is_complete(self) -> bool:
        """Whether planning is over and all parts are done."""
        return self.parts is not None and len(self.complete_parts) == self.parts

    def stall(self, now: datetime) -> Stall | None:
        """Since when a running job makes no progress, and why; None for all others."""
        if self.state != "running":
            return None
        due = self.begun.at + timedelta(seconds=self.planned.eta_seconds)
        noted = self.progress.stall
        return noted or self.progress.silence(self.begun.at, due=due, now=now)
