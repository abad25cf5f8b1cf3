"""Reads the table of jobs."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ivskit.commands import RevokeViewers
from ivskit.errors import Unavailable
from ivskit.jobs.items import JobItems, numbered, unzipped
from ivskit.jobs.progress import JOB, Progress
from ivskit.jobs.records import Begun, Done, Failed, Job, Part, Rejected, SkippedChannel
from ivskit.outcomes import RevocationPlanned
from ivskit.viewers import Viewer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The kinds of items that a job has besides its own; see the package.
REQUEST, SKIPPED, PART, DONE = "request", "left#", "part#", "done#"


class Jobs:
    """The table of jobs, read only. Methods raise botocore's ClientError."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._items = JobItems(client, table=table)

    def command(self, job: str) -> RevokeViewers:
        """The command that the job carries out."""
        return RevokeViewers.model_validate(unzipped(self._items.get(job, REQUEST)["request"]))

    def find(self, job: str) -> Job | None:
        """The job, or None where there is none (yet)."""
        item = self._items.get(job, JOB)
        return job_of(item) if item else None

    def get(self, job: str) -> Job:
        """The job; raises Unavailable when there is none (yet)."""
        found = self.find(job)
        if found is None:
            raise Unavailable(f"there is no job {job}")
        return found

    def newest(self, most: int) -> Iterator[str]:
        """The ids of the jobs that began last, newest first."""
        return (item["id"]["S"] for item in self._items.newest(most))

    def skipped(self, job: str) -> list[SkippedChannel]:
        """The channels whose viewers are skipped."""
        found: list[SkippedChannel] = []
        for item in self._items.query(job, SKIPPED):
            found += map(SkippedChannel.model_validate, unzipped(item["left_alone"]))
        return found

    def last_part(self, job: str) -> Part | None:
        """The part that was written last."""
        return next(self._parts(job, ScanIndexForward=False, Limit=1), None)

    def parts(self, job: str, *, since: int = 0) -> Iterator[Part]:
        """The parts in order, beginning with number `since`."""
        return self._parts(job, since=since)

    def rejected(self, job: str) -> Iterator[Rejected]:
        """Every row that names no viewer."""
        for item in self._items.query(job, PART, ProjectionExpression="rejected, v"):
            yield from map(Rejected.model_validate, unzipped(item["rejected"]))

    def done(self, job: str, part: int) -> Done | None:
        """How much of a part is done; None before its first chunk."""
        item = self._items.get(job, numbered(DONE, part))
        return done_of(item) if item else None

    def all_done(self, job: str) -> Iterator[Done]:
        """How much of each part is done, once its first chunk is."""
        return (done_of(item) for item in self._items.query(job, DONE))

    def _parts(self, job: str, *, since: int = 0, **how: Any) -> Iterator[Part]:
        return map(_part, self._items.query(job, PART, since=since, **how))


def job_of(item: Mapping[str, Any]) -> Job:
    return Job(
        id=item["job"]["S"].removeprefix("job "),
        state=item["progress"]["S"],
        begun=Begun.model_validate_json(item["begun"]["S"]),
        planned=_planned(item["planned"]["S"]),
        parts=int(item["parts"]["N"]) if "parts" in item else None,
        complete_parts=frozenset(map(int, item.get("complete", {"NS": []})["NS"])),
        progress=Progress.of(item),
    )


def _planned(text: str) -> RevocationPlanned:
    """What was planned, also where the last release says of it how many viewers are `kept`."""
    said = json.loads(text)
    return RevocationPlanned.model_validate({"skipped": said.get("kept", 0), **said})


def _part(item: Mapping[str, Any]) -> Part:
    return Part(
        **json.loads(item["progress"]["S"]),
        pairs=tuple(Viewer(*pair) for pair in unzipped(item["pairs"])),
        rejected=tuple(Rejected.model_validate(line) for line in unzipped(item["rejected"])),
    )


def done_of(item: Mapping[str, Any]) -> Done:
    lists = [unzipped(value) for name, value in item.items() if name.startswith("failures")]
    return Done(
        part=int(item["item"]["S"].removeprefix(DONE)),
        chunks=frozenset(map(int, item["done"]["NS"])),
        of=int(item["chunks"]["N"]),
        revoked=int(item["revoked"]["N"]),
        failed=int(item["failed"]["N"]),
        failures=tuple(Failed.model_validate(line) for lines in lists for line in lines),
    )
