"""The report of a job: one line of JSON for the totals, and one for each failure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError

from ivskit import formats
from ivskit.automation.jobs import JobTable
from ivskit.errors import Unavailable
from ivskit.jobs.records import Job

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Counts:
    """How a job ended; rejected: rows that name no viewer, skipped: pairs on skipped channels."""

    revoked: int
    failed: int
    rejected: int
    skipped: int


class Reports:
    """The bucket of reports."""

    def __init__(self, client: "S3Client", jobs: JobTable, *, bucket: str) -> None:
        self._client = client
        self._jobs = jobs
        self._bucket = bucket

    def write(self, job: Job) -> tuple[Counts, str]:
        """Count the results and write the report; returns its s3:// address.

        Raises Unavailable where S3 does not accept it.
        """
        counts, key = self._count(job), f"reports/{quote(job.id, safe='')}.jsonl"
        with TemporaryFile() as file:
            for line in self._lines(job, counts):
                file.write(json.dumps(line).encode() + b"\n")
            file.seek(0)
            try:
                self._client.put_object(
                    Bucket=self._bucket, Key=key, Body=file, ContentType="application/jsonl"
                )
            except (BotoCoreError, ClientError) as error:
                raise Unavailable(str(error), operation="PutObject") from error
        return counts, f"s3://{self._bucket}/{key}"

    def _count(self, job: Job) -> Counts:
        done = [(part.revoked, part.failed) for part in self._jobs.all_done(job.id)]
        return Counts(
            revoked=sum(revoked for revoked, _ in done),
            failed=sum(failed for _, failed in done),
            rejected=sum(1 for _ in self._jobs.rejected(job.id)),
            skipped=job.planned.skipped,
        )

    def _lines(self, job: Job, counts: Counts) -> Iterator[Mapping[str, Any]]:
        yield {"v": formats.REPORT, "job": job.id, "reason": job.begun.reason, **asdict(counts)}
        for part in self._jobs.all_done(job.id):
            yield from (failed.model_dump() for failed in part.failures)
        yield from (row.model_dump() for row in self._jobs.rejected(job.id))
        yield from (skipped.model_dump() for skipped in self._jobs.skipped(job.id))
