"""Shows, cancels and resumes revocations of a stage, with the credentials of the shell."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import ValidationError

from ivskit.clock import now
from ivskit.commands import CancelRevocation, ResumeRevocation
from ivskit.jobs.progress import Stall
from ivskit.jobs.records import Job, State
from ivskit.jobs.table import Jobs
from ivskit.redaction import redacted_errors
from ivskit_cli.deployed import client_of, is_deployed, one_line_errors
from ivskit_local.errors import NotDone, WrongUsage

MOST_SHOWN = 20
WATCH_EVERY = 2.0
_OVER = ("done", "cancelled")


@dataclass(frozen=True)
class Shown:
    """A job and its counts; stall: since when and why it makes no progress."""

    job: Job
    revoked: int
    failed: int
    stall: Stall | None = None

    @property
    def state(self) -> State | Literal["stalled"]:
        """The job's state, or stalled."""
        return self.job.state if self.stall is None else "stalled"

    @property
    def share(self) -> float:
        """How much of the job is done, from 0 to 1."""
        pairs = self.job.planned.pairs
        return (self.revoked + self.failed) / pairs if pairs else 1.0

    @property
    def left(self) -> timedelta:
        """The time left, if nothing else slows the job down."""
        eta = self.job.planned.eta_seconds if self.state == "running" else 0
        return timedelta(seconds=round(eta * (1 - self.share)))


class Revocations:
    """The jobs of one stage."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._parameter = f"/ivskit/{stage}/jobs"
        with self._one_line_errors():
            table = client_of("ssm").get_parameter(Name=self._parameter)["Parameter"]["Value"]
            self._jobs = Jobs(client_of("dynamodb"), table=table)

    def shown(self, job: str | None) -> list[Shown]:
        """This job, or the newest ones, newest first."""
        with self._one_line_errors():
            ids = list(self._jobs.newest(MOST_SHOWN)) if job is None else [job]
            found = [self._jobs.find(each) for each in ids]
            if job is not None and found == [None]:
                raise NotDone(f"there is no job {job} in stage {self._stage}")
            return [self._shown(each) for each in found if each is not None]

    def watch(self, job: str | None) -> Iterator[list[Shown]]:
        """The same every two seconds, until all of these jobs are over."""
        while True:
            shown = self.shown(job)
            yield shown
            if all(each.job.state in _OVER for each in shown):
                return
            time.sleep(WATCH_EVERY)

    def steer(self, what: str, job: str, *, reason: str) -> str:
        """Send the command that cancels or resumes a job; returns a sentence that says so."""
        self.shown(job)
        kind = CancelRevocation if what == "cancel" else ResumeRevocation
        try:
            command = kind.issue(job=job, reason=reason)
        except ValidationError as error:
            raise WrongUsage("; ".join(redacted_errors(error))) from error
        with self._one_line_errors():
            answer = client_of("events").put_events(
                Entries=[command.entry(f"ivskit-{self._stage}")]
            )
        if answer["FailedEntryCount"]:
            raise NotDone(f"the command was not sent: {answer['Entries'][0]}")
        return f"The command to {what} {job} is sent, as {command.command_id}."

    def _one_line_errors(self) -> AbstractContextManager[None]:
        question = is_deployed(self._stage, with_what=", with revocations")
        return one_line_errors(f"parameter {self._parameter}", question=question)

    def _shown(self, job: Job) -> Shown:
        done = list(self._jobs.all_done(job.id))
        revoked, failed = sum(each.revoked for each in done), sum(each.failed for each in done)
        return Shown(job, revoked, failed, job.stall(now()))


def as_document(shown: Sequence[Shown]) -> list[Mapping[str, Any]]:
    """The jobs, for programs."""
    return [
        {
            "job": each.job.id,
            "state": each.state,
            "stalled_since": each.stall.since.isoformat() if each.stall else None,
            "last_error": each.stall.error if each.stall else None,
            "began": each.job.begun.at.isoformat(),
            "reason": each.job.begun.reason,
            "pairs": each.job.planned.pairs,
            "revoked": each.revoked,
            "failed": each.failed,
            "rejected": each.job.planned.rejected,
            "skipped": each.job.planned.skipped,
            "seconds_left": each.left.total_seconds(),
        }
        for each in shown
    ]


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def as_lines(shown: Sequence[Shown]) -> Iterator[str]:
    """The jobs, for people."""
    if not shown:
        yield "no revocations in the last 30 days"
    for each in shown:
        job, done = each.job, each.revoked + each.failed
        left = f", {each.left} left" if each.state == "running" else ""
        stall = f"  since {_utc(each.stall.since)}: {each.stall.error}" if each.stall else ""
        failed = f", {each.failed} failed" if each.failed else ""
        yield (
            f"{job.id}  {each.state}  {done} of {job.planned.pairs} ({each.share:.0%})"
            f"{failed}{left}  began {_utc(job.begun.at)}  {job.begun.reason}{stall}"
        )
