"""The table of jobs, written by the two functions of a revocation."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ivskit.automation.messages.revocation import Chunk
from ivskit.commands import RevokeViewers
from ivskit.errors import Unavailable
from ivskit.jobs.items import ALL, FORMAT, JobItems, number, numbered, text, zipped
from ivskit.jobs.progress import JOB, Progress, Stall
from ivskit.jobs.records import Begun, Done, Failed, Job, Part, SkippedChannel, State
from ivskit.jobs.table import DONE, PART, REQUEST, SKIPPED, Jobs, done_of, job_of
from ivskit.outcomes import RevocationPlanned

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=30)
_SKIPPED_PER_ITEM = 1_000


class JobTable(Jobs):
    """The table of jobs, read and write. Methods raise botocore's ClientError."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        super().__init__(client, table=table)
        self.notes = ProgressNotes(self._items)

    def begin(
        self,
        command: RevokeViewers,
        begun: Begun,
        planned: RevocationPlanned,
        skipped: Sequence[SkippedChannel],
    ) -> Job:
        """The job of this command, created unless it exists."""
        job, expires = command.command_id, number(int((begun.at + KEPT).timestamp()))
        asked = zipped(command.model_dump(mode="json", exclude_defaults=True))
        self._items.put(job, REQUEST, {"request": asked, "expires_at": expires})
        for begin in range(0, len(skipped), _SKIPPED_PER_ITEM):
            some = skipped[begin : begin + _SKIPPED_PER_ITEM]
            some_skipped = zipped([each.model_dump() for each in some])
            item = numbered(SKIPPED, begin // _SKIPPED_PER_ITEM)
            self._items.put(job, item, {"left_alone": some_skipped, "expires_at": expires})
        listed = {"id": {"S": job}, "expires_at": expires}
        self._items.put(ALL, f"{begun.at.isoformat()} {job}", listed)
        kept = {
            "progress": {"S": "running"},
            "begun": {"S": begun.model_dump_json(exclude_none=True)},
            "planned": text(_planned(planned)),
            "expires_at": expires,
        }
        self._items.put(job, JOB, kept, once=True)
        return self.get(job)

    def add_part(self, job: Job, part: Part) -> None:
        """Store a part; raises Unavailable when another invocation has stored it."""
        kept = {
            "pairs": zipped([[v.channel_arn, v.viewer_id, v.up_to_version] for v in part.pairs]),
            "rejected": zipped([line.model_dump() for line in part.rejected]),
            "progress": {"S": part.model_dump_json(exclude={"pairs", "rejected"})},
            "expires_at": number(int((job.begun.at + KEPT).timestamp())),
        }
        if not self._items.put(job.id, numbered(PART, part.number), kept, once=True):
            raise Unavailable("another invocation is planning this job")

    def end_planning(self, job: str, parts: int) -> Job:
        """Record the final number of parts with pairs."""
        item, _ = self._items.update(job, JOB, "SET parts = :n", n=number(parts))
        return job_of(item)

    def count(self, chunk: Chunk, failures: Sequence[Failed], *, now: datetime) -> Done:
        """Count a chunk as done with these failures, unless it is; returns its part's state."""
        kept = zipped([failed.model_dump() for failed in failures])
        item, _ = self._items.update(
            chunk.job,
            numbered(DONE, chunk.part),
            f"SET chunks = :of, failures{chunk.number} = :kept, expires_at = :expires, v = :v"
            " ADD done :chunk, revoked :revoked, failed :failed",
            "NOT contains(done, :number)",
            of=number(chunk.of),
            kept=kept,
            expires=number(int((now + KEPT).timestamp())),
            chunk={"NS": [str(chunk.number)]},
            number=number(chunk.number),
            revoked=number(chunk.size - len(failures)),
            failed=number(len(failures)),
            **FORMAT,
        )
        return done_of(item)

    def complete_part(self, job: str, part: int) -> Job:
        """Note a part as complete; returns the job."""
        item, _ = self._items.update(job, JOB, "ADD complete :part", part={"NS": [str(part)]})
        return job_of(item)

    def change_state(self, job: str, state: State, *, unless: State | None = None) -> Job:
        """Note the job as running, cancelled or done, unless its state is `unless`."""
        given = {"state": text(state), **({"unless": text(unless)} if unless else {})}
        condition = "progress <> :unless" if unless else "attribute_exists(progress)"
        item, _ = self._items.update(job, JOB, "SET progress = :state", condition, **given)
        return job_of(item)

    def resume(self, job: str, *, now: datetime) -> Job:
        """Note the job as running again from now on, unless it is done; this ends a stall."""
        item, _ = self._items.update(
            job,
            JOB,
            "SET progress = :running, resumed_at = :now REMOVE stall",
            "progress <> :done",
            running=text("running"),
            done=text("done"),
            now=text(now.isoformat()),
        )
        return job_of(item)


class ProgressNotes:
    """Writes notes on progress into the items of jobs. Methods raise botocore's ClientError."""

    def __init__(self, items: JobItems) -> None:
        self._items = items

    def progress(self, job: str, *, now: datetime) -> None:
        """Note that viewers were revoked; this ends a stall."""
        self._items.update(job, JOB, "SET progressed_at = :now REMOVE stall", now=_moment(now))

    def hold(self, job: str, *, now: datetime) -> None:
        """Note that a pause holds the job."""
        self._items.update(job, JOB, "SET held_at = :now", now=_moment(now))

    def stall(self, job: str, stall: Stall, seen: Progress, *, message_id: str) -> bool:
        """Note a stall; True if this message is to publish it, at each of its tries.

        False where viewers were revoked since progress was `seen`, or another message noted it.
        """
        before = seen.progressed_at
        unchanged = "progressed_at = :before" if before else "attribute_not_exists(progressed_at)"
        _, noted = self._items.update(
            job,
            JOB,
            "SET stall = :stall, stalled_by = :message",
            f"progress = :running AND {unchanged}"
            " AND (attribute_not_exists(stall) OR stalled_by = :message)",
            stall=text(stall.model_dump_json()),
            message=text(message_id),
            running=text("running"),
            **({"before": _moment(before)} if before else {}),
        )
        return noted


def _planned(planned: RevocationPlanned) -> str:
    """As this release reads it, and with `kept` as the last one does."""
    fields = planned.model_dump(mode="json", exclude_none=True)
    return json.dumps(fields | {"kept": planned.skipped})


def _moment(moment: datetime) -> dict[str, str]:
    return text(moment.isoformat())
