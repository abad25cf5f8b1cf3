"""What a job is made of, as frozen models."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from ivskit.jobs.progress import Progress, Stall
from ivskit.outcomes import RevocationPlanned
from ivskit.policy.values import Mode
from ivskit.viewers import Viewer

State = Literal["running", "cancelled", "done"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class Begun(_Record):
    """What a job began with: a command or a stream's end, and the event that brought it.

    version: of the manifest, so that one that changes while it is read is not mixed with another;
    sender, forced: who sent the command, and whether it acts also where commands are held back;
    mode: the deployment's.
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
        """Whether automation began it, after a stream, and no command."""
        return self.stream_id is not None

    def why(self) -> dict[str, Any]:
        """What an outcome says of it."""
        return self.model_dump(include={"event_id", "channel_arn", "stream_id", "sender"})


class SkippedChannel(_Record):
    """A channel whose viewers the job skips, and why."""

    channel_arn: str
    viewers: int
    reason: str


class Rejected(_Record):
    """A row of a manifest that names no viewer, and why; None: all rows from there on."""

    row: int | None
    reason: str


class Failed(_Record):
    """A pair that was not revoked, and what IVS said of it."""

    channel_arn: str
    viewer_id: str
    code: str
    message: str


class Part(_Record):
    """Some pairs of a job, and the position that the source was read up to.

    number: counts from 0; the last two: how much is in all parts up to this one.
    """

    number: int
    pairs: tuple[Viewer, ...]
    rejected: tuple[Rejected, ...]
    position: tuple[int | str, ...]
    parts_with_pairs: int
    pairs_so_far: int


class Done(_Record):
    """What is done of a part."""

    part: int
    chunks: frozenset[int]
    of: int
    revoked: int
    failed: int
    failures: tuple[Failed, ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing of the part is left to be done."""
        return len(self.chunks) == self.of


class Job(_Record):
    """A job as it stands; parts: how many have pairs, known once planning is over."""

    id: str
    state: State
    begun: Begun
    planned: RevocationPlanned
    parts: int | None = None
    complete_parts: frozenset[int] = frozenset()
    progress: Progress = Progress()

    @property
    def is_complete(self) -> bool:
        """Whether all is planned and done."""
        return self.parts is not None and len(self.complete_parts) == self.parts

    def stall(self, now: datetime) -> Stall | None:
        """Since when a running job makes no progress, and why; None for all others."""
        if self.state != "running":
            return None
        due = self.begun.at + timedelta(seconds=self.planned.eta_seconds)
        noted = self.progress.stall
        return noted or self.progress.silence(self.begun.at, due=due, now=now)
