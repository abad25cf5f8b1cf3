"""The expected state of a revocation at a moment of a scenario: its job and its report."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import quote

from ivskit.jobs.records import Job
from ivskit_local.scenarios.run import Found, NotThere, Run
from ivskit_local.scenarios.words import Count, Strict, Text

_COUNTED = ("revoked", "failed", "rejected", "skipped")


class JobState(Strict):
    """The expected state of a revocation; fields that are absent are not checked.

    state: a running job that has made no progress for a while is stalled; revoked, failed:
    pairs of channel and viewer, so far; rejected: rows of its manifest that are
    invalid; skipped: pairs on skipped channels; report: one text for each line of its report but
    the first, in order, and a part of it, with the scenario's names for channels.
    """

    state: Literal["running", "stalled", "cancelled", "done"] | None = None
    revoked: Count | None = None
    failed: Count | None = None
    rejected: Count | None = None
    skipped: Count | None = None
    report: tuple[Text, ...] | None = None


def of_jobs(expected: Mapping[str, JobState], run: Run) -> Iterator[Found]:
    """Each expectation in words, and what was found; a job that follows a stream has its name."""
    ids = {name: found for found, name in run.names().items()}
    for name, state in expected.items():
        job = _find(ids.get(name, name), run)
        yield from [_missing(name)] if job is None else _of_job(name, state, job, run)


def _find(job_id: str, run: Run) -> Job | None:
    try:
        return run.jobs.find(job_id)
    except NotThere:
        return None


def _missing(name: str) -> Found:
    return f"there is a revocation {name}", "there is none"


def _of_job(name: str, expected: JobState, job: Job, run: Run) -> Iterator[Found]:
    counts = expected.model_dump(include={"state", *_COUNTED}, exclude_none=True)
    if counts:
        stands = _stands(job, run)
        wanted, found = _words(counts), _words({field: stands[field] for field in counts})
        yield f"the revocation {name} is {wanted}", None if wanted == found else found
    if expected.report is not None:
        yield _report(name, expected.report, job, run)


def _stands(job: Job, run: Run) -> Mapping[str, Any]:
    done = list(run.jobs.all_done(job.id))
    return {
        "state": "stalled" if job.stall(run.world.now) else job.state,
        "revoked": sum(part.revoked for part in done),
        "failed": sum(part.failed for part in done),
        "rejected": sum(1 for _ in run.jobs.rejected(job.id)),
        "skipped": job.planned.skipped,
    }


def _words(counts: Mapping[str, Any]) -> str:
    words = (f"{value}" if name == "state" else f"{value} {name}" for name, value in counts.items())
    return ", ".join(words)


def _report(name: str, parts: tuple[str, ...], job: Job, run: Run) -> Found:
    what = f"the report of {name} has {len(parts)} line(s): {'; '.join(parts) or 'none'}"
    text = _text(job, run)
    if text is None:
        return what, "no report"
    lines = [run.named(" ".join(map(str, line.values()))) for line in _after_the_first(text)]
    is_so = len(lines) == len(parts) and all(map(str.__contains__, lines, parts))
    return what, None if is_so else "; ".join(lines) or "none"


def _after_the_first(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()[1:]]


def _text(job: Job, run: Run) -> str | None:
    """The report, once it is written."""
    s3, bucket = run.world.client("s3"), run.parameter("reports").value
    try:
        answer = s3.get_object(Bucket=bucket, Key=f"reports/{quote(job.id, safe='')}.jsonl")
    except s3.exceptions.NoSuchKey:
        return None
    return str(answer["Body"].read().decode())
