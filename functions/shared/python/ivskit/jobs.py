"""The table of revocations: what was asked, what is planned, and what is done.

A job is some items under one partition key:

    job          its state, and its progress; which of its parts are done
    request      the command that it is for
    left#000000  up to a thousand channels whose viewers are left alone
    part#000007  up to a thousand pairs, written once, before any of them is sent
    done#000007  which chunks of that part are done, and how many pairs were revoked or failed

Every count is added in the one conditional write that notes its chunk as done, so a message that
comes twice, or to two at once, counts once. Which parts are done is a set: adding twice is adding
once. Besides, every job is listed under one partition key of all, to be found again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from ivskit.client.viewer_sessions import Viewer
from ivskit.commands import RevokeViewers
from ivskit.errands import Chunk, Failed
from ivskit.errors import Unavailable
from ivskit.job_items import ALL, JobItems, number, numbered, text, unzipped, zipped
from ivskit.outcomes import RevocationPlanned
from ivskit.progress import JOB, Progress, ProgressNotes, Stall
from ivskit.wishes import Mode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=30)
State = Literal["running", "cancelled", "done"]
_REQUEST, _LEFT, _PART, _DONE = "request", "left#", "part#", "done#"
_LEFT_PER_ITEM = 1_000


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


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


class Left(_Record):
    """Pairs of a channel that are left alone, and why."""

    channel_arn: str
    viewers: int
    reason: str


class Rejected(_Record):
    """A row of a manifest that names no viewer, and why; None: all rows from there on."""

    row: int | None
    reason: str


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


class Jobs:
    """The table of jobs."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._items = JobItems(client, table=table)
        self.notes = ProgressNotes(self._items)

    # What is asked.

    def begin(
        self,
        request: RevokeViewers,
        begun: Begun,
        planned: RevocationPlanned,
        left_alone: Sequence[Left],
    ) -> Job:
        """The job of this request, made unless somebody else has made it meanwhile."""
        job, expires = request.command_id, number(int((begun.at + KEPT).timestamp()))
        asked = zipped(request.model_dump(mode="json", exclude_defaults=True))
        self._items.put(job, _REQUEST, {"request": asked, "expires_at": expires})
        for begin in range(0, len(left_alone), _LEFT_PER_ITEM):
            some = left_alone[begin : begin + _LEFT_PER_ITEM]
            left = zipped([each.model_dump() for each in some])
            item = numbered(_LEFT, begin // _LEFT_PER_ITEM)
            self._items.put(job, item, {"left_alone": left, "expires_at": expires})
        listed = {"id": {"S": job}, "expires_at": expires}
        self._items.put(ALL, f"{begun.at.isoformat()} {job}", listed)
        kept = {
            "progress": {"S": "running"},
            "begun": {"S": begun.model_dump_json(exclude_none=True)},
            "planned": {"S": planned.model_dump_json(exclude_none=True)},
            "expires_at": expires,
        }
        self._items.put(job, JOB, kept, once=True)
        return self.get(job)

    def request(self, job: str) -> RevokeViewers:
        """The command that the job is for."""
        return RevokeViewers.model_validate(unzipped(self._items.get(job, _REQUEST)["request"]))

    def find(self, job: str) -> Job | None:
        """The job as it stands."""
        item = self._items.get(job, JOB)
        return _job(item) if item else None

    def get(self, job: str) -> Job:
        """The job as it stands; raises Unavailable when there is none (yet)."""
        found = self.find(job)
        if found is None:
            raise Unavailable(f"there is no job {job}")
        return found

    def newest(self, most: int) -> Iterator[str]:
        """The ids of the jobs that began last, newest first."""
        return (item["id"]["S"] for item in self._items.newest(most))

    # What is planned.

    def left_alone(self, job: str) -> list[Left]:
        """The channels that are left alone."""
        items = self._items.query(job, _LEFT)
        lists = (unzipped(item["left_alone"]) for item in items)
        return [Left.model_validate(line) for lines in lists for line in lines]

    def add_part(self, job: Job, part: Part) -> None:
        """Keep a part; raises Unavailable when somebody else has written it."""
        kept = {
            "pairs": zipped([[v.channel_arn, v.viewer_id, v.up_to_version] for v in part.pairs]),
            "rejected": zipped([line.model_dump() for line in part.rejected]),
            "progress": {"S": part.model_dump_json(exclude={"pairs", "rejected"})},
            "expires_at": number(int((job.begun.at + KEPT).timestamp())),
        }
        if not self._items.put(job.id, numbered(_PART, part.number), kept, once=True):
            raise Unavailable("somebody else plans this job at the same time")

    def last_part(self, job: str) -> Part | None:
        """The part that was written last."""
        return next(self._parts(job, ScanIndexForward=False, Limit=1), None)

    def parts(self, job: str, *, since: int = 0) -> Iterator[Part]:
        """The parts in order, from one on."""
        return self._parts(job, since=since)

    def rejected(self, job: str) -> Iterator[Rejected]:
        """Every row that names no viewer."""
        for item in self._items.query(job, _PART, ProjectionExpression="rejected"):
            yield from map(Rejected.model_validate, unzipped(item["rejected"]))

    def end_planning(self, job: str, parts: int) -> Job:
        """Note that there are no more parts than these with pairs in them."""
        item, _ = self._items.update(job, JOB, "SET parts = :n", n=number(parts))
        return _job(item)

    # What is done.

    def count(self, chunk: Chunk, failures: Sequence[Failed], *, now: datetime) -> Done:
        """Note a chunk as done with these failures, unless it is; answers how its part stands."""
        kept = zipped([failed.model_dump() for failed in failures])
        item, _ = self._items.update(
            chunk.job,
            numbered(_DONE, chunk.part),
            f"SET chunks = :of, failures{chunk.number} = :kept, expires_at = :expires"
            " ADD done :chunk, revoked :revoked, failed :failed",
            "NOT contains(done, :number)",
            of=number(chunk.of),
            kept=kept,
            expires=number(int((now + KEPT).timestamp())),
            chunk={"NS": [str(chunk.number)]},
            number=number(chunk.number),
            revoked=number(chunk.size - len(failures)),
            failed=number(len(failures)),
        )
        return _done(item)

    def done(self, job: str, part: int) -> Done | None:
        """How a part stands; None before anything of it is done."""
        item = self._items.get(job, numbered(_DONE, part))
        return _done(item) if item else None

    def all_done(self, job: str) -> Iterator[Done]:
        """How every part stands of which anything is done."""
        return (_done(item) for item in self._items.query(job, _DONE))

    def complete_part(self, job: str, part: int) -> Job:
        """Note a part as complete; answers how the job stands."""
        item, _ = self._items.update(job, JOB, "ADD complete :part", part={"NS": [str(part)]})
        return _job(item)

    def change_state(self, job: str, state: State, *, unless: State | None = None) -> Job:
        """Note the job as running, cancelled or done, unless it is one of these."""
        given = {"state": text(state), **({"unless": text(unless)} if unless else {})}
        condition = "progress <> :unless" if unless else "attribute_exists(progress)"
        item, _ = self._items.update(job, JOB, "SET progress = :state", condition, **given)
        return _job(item)

    def resume(self, job: str, *, now: datetime) -> Job:
        """Note the job as running again from now on, unless it is done; a stall is over."""
        item, _ = self._items.update(
            job,
            JOB,
            "SET progress = :running, resumed_at = :now REMOVE stall",
            "progress <> :done",
            running=text("running"),
            done=text("done"),
            now=text(now.isoformat()),
        )
        return _job(item)

    def _parts(self, job: str, *, since: int = 0, **how: Any) -> Iterator[Part]:
        return map(_part, self._items.query(job, _PART, since=since, **how))


def _job(item: Mapping[str, Any]) -> Job:
    return Job(
        id=item["job"]["S"].removeprefix("job "),
        state=item["progress"]["S"],
        begun=Begun.model_validate_json(item["begun"]["S"]),
        planned=RevocationPlanned.model_validate_json(item["planned"]["S"]),
        parts=int(item["parts"]["N"]) if "parts" in item else None,
        complete_parts=frozenset(map(int, item.get("complete", {"NS": []})["NS"])),
        progress=Progress.of(item),
    )


def _part(item: Mapping[str, Any]) -> Part:
    return Part(
        **json.loads(item["progress"]["S"]),
        pairs=tuple(Viewer(*pair) for pair in unzipped(item["pairs"])),
        rejected=tuple(Rejected.model_validate(line) for line in unzipped(item["rejected"])),
    )


def _done(item: Mapping[str, Any]) -> Done:
    lists = [unzipped(value) for name, value in item.items() if name.startswith("failures")]
    return Done(
        part=int(item["item"]["S"].removeprefix(_DONE)),
        chunks=frozenset(map(int, item["done"]["NS"])),
        of=int(item["chunks"]["N"]),
        revoked=int(item["revoked"]["N"]),
        failed=int(item["failed"]["N"]),
        failures=tuple(Failed.model_validate(line) for lines in lists for line in lines),
    )
