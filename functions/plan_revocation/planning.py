"""Plans a job: surveys the viewers that it names, stores them in parts, and sends these.

Each part is stored before any of it is sent, and its finished chunks are recorded: planning
continues wherever it stopped, and a chunk that is sent twice is revoked once.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ivskit import names
from ivskit.automation.jobs import JobTable
from ivskit.automation.messages.revocation import (
    BATCH_CALLS,
    CHUNK_SIZES,
    SINGLE_CALLS,
    ContinuePlanning,
    FinishJob,
    Way,
)
from ivskit.commands import RevokeViewers
from ivskit.errors import Invalid
from ivskit.jobs.records import Begun, Job, Part
from ivskit.outcomes import Outcome, RevocationPlanned, WillLookAgain
from ivskit.policy.values import Mode
from ivskit.queues import send_all
from plan_revocation.advice import advice
from plan_revocation.channels import Channels, Found
from plan_revocation.packing import Packing, chunks_of
from plan_revocation.sources import Sources
from plan_revocation.survey import Seen, Survey

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Up to this many pairs are revoked one by one, besides any mass job.
FEW = 40
# How long an invocation plans: less than half of its timeout, since a survey comes before.
PLANNING = timedelta(seconds=120)
# Shorter at the beginning of a job, so as not to block the queue for other commands.
BEGINNING = timedelta(seconds=10)
CONTINUE_PLANNING = "continue planning"
_CALLS: Mapping[Way, int] = {
    "batch": names.REVOCATION_LANES * BATCH_CALLS,
    "single": names.REVOCATION_LANES * SINGLE_CALLS,
}


class NobodyNamed(Invalid):
    """The source that a command names holds no viewer."""


class Planner:
    """Plans jobs; queues: the URLs of the queues that chunks go to."""

    def __init__(
        self,
        jobs: JobTable,
        sources: Sources,
        channels: Channels,
        sqs: "SQSClient",
        *,
        own_queue: str,
        queues: Mapping[Way, str],
        mode: Mode,
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._sources = sources
        self._channels = channels
        self._sqs = sqs
        self._own_queue = own_queue
        self._queues = queues
        self._mode = mode
        self._clock = clock

    def begin(self, command: RevokeViewers, begun: Begun) -> list[Outcome]:
        """Plan a new job, or continue a known one.

        Raises Invalid for a source that cannot be read, NobodyNamed for one without viewers, and
        EveryChannelRefused where no channel is left for a command to act on.
        """
        job = self._jobs.find(command.command_id)
        if job is not None:
            return self.repeat(job)
        begun = begun.model_copy(update={"version": self._sources.version(command)})
        survey = Survey(row for _, row in self._sources.rows(command, begun))
        if not (survey.seen or survey.rejected):
            raise NobodyNamed("audience_of: names no viewer: no token was recorded there by then")
        found = self._channels.find(survey.channels, begun)
        found.check(len(survey.channels))
        planned = self._planned(command, begun, survey, found)
        job = self._jobs.begin(command, begun, planned, found.skipped)
        return self.go_on(job, since=0, seen=survey.seen, longest=BEGINNING)

    def repeat(self, job: Job) -> list[Outcome]:
        """Repeat the answer with the plan, and complete the plan."""
        if job.parts is not None:
            return [job.planned]
        last = self._jobs.last_part(job.id)
        return self.go_on(job, since=last.number if last else 0, longest=BEGINNING)

    def go_on(
        self,
        job: Job,
        *,
        since: int,
        seen: Seen | None = None,
        longest: timedelta = PLANNING,
    ) -> list[Outcome]:
        """Send what is missing of this part and of all later ones, as far as time allows."""
        if job.state != "running":
            return [job.planned]
        until = None
        for part in self._parts(job, since, seen):
            # Not sooner: the work before the first part is the same each time.
            until = until or self._clock() + longest
            self._send(job, part)
            if self._clock() >= until:
                return self._put_off(job, part.number + 1)
        last = self._jobs.last_part(job.id)
        job = self._jobs.end_planning(job.id, last.parts_with_pairs if last else 0)
        if job.is_complete:
            self.finish(job)
        return [job.planned]

    def finish(self, job: Job, *, delay: timedelta = timedelta()) -> None:
        """Ask for the report."""
        self._send_to_self(FinishJob(job=job.id, event_id=job.begun.event_id), delay)

    def resume(self, job: Job) -> None:
        """Ask to send all unfinished chunks again."""
        self._send_to_self(ContinuePlanning(job=job.id, event_id=job.begun.event_id, part=0))

    def _send_to_self(
        self, message: FinishJob | ContinuePlanning, delay: timedelta = timedelta()
    ) -> None:
        self._sqs.send_message(
            QueueUrl=self._own_queue,
            MessageBody=message.message(),
            DelaySeconds=int(delay.total_seconds()),
        )

    def _put_off(self, job: Job, part: int) -> list[Outcome]:
        self._send_to_self(ContinuePlanning(job=job.id, event_id=job.begun.event_id, part=part))
        fields = job.planned.model_dump(include={"cause", "reason", "mode", "event_id", "sender"})
        now = self._clock()
        return [job.planned, WillLookAgain(**fields, at=now, due=now, purpose=CONTINUE_PLANNING)]

    # The plan of a new job.

    def _planned(
        self,
        command: RevokeViewers,
        begun: Begun,
        survey: Survey,
        found: Found,
    ) -> RevocationPlanned:
        skipped = sum(each.viewers for each in found.skipped)
        pairs = len(survey.seen) - skipped
        calls, eta = self._cost(pairs)
        return RevocationPlanned(
            **begun.why(),
            cause=command.command_id,
            reason=begun.reason,
            mode="enforce" if pairs else self._mode,
            at=self._clock(),
            pairs=pairs,
            calls=calls,
            eta_seconds=eta.total_seconds(),
            rejected=survey.rejected,
            skipped=skipped,
            advice=tuple(
                advice(
                    pairs=pairs,
                    skipped=found.skipped,
                    rejected=survey.rejected,
                    public=found.public,
                    without_version=survey.without_version,
                    eta=eta,
                )
            ),
        )

    def _cost(self, pairs: int) -> tuple[int, timedelta]:
        """The calls for so many pairs, and how long these and the queued ones will take."""
        way = _way(pairs)
        calls = pairs if way == "single" else math.ceil(pairs / CHUNK_SIZES[way])
        waiting = self._waiting(way) * (CHUNK_SIZES[way] if way == "single" else 1)
        return calls, timedelta(seconds=math.ceil((calls + waiting) / _CALLS[way]))

    def _waiting(self, way: Way) -> int:
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self._queues[way], AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    # Its parts.

    def _parts(self, job: Job, since: int, seen: Seen | None) -> Iterator[Part]:
        """The stored parts, then those that are not stored yet."""
        last = None
        for part in self._jobs.parts(job.id, since=since):
            last = part
            yield part
        if job.parts is None:
            yield from self._new_parts(job, last or self._jobs.last_part(job.id), seen)

    def _new_parts(self, job: Job, last: Part | None, seen: Seen | None) -> Iterator[Part]:
        command = self._jobs.command(job.id)
        skipped = {each.channel_arn for each in self._jobs.skipped(job.id)}
        packing = Packing(skipped, last)
        try:
            if seen is None:
                seen = Survey(row for _, row in self._sources.rows(command, job.begun)).seen
            for part in packing.parts(self._sources.rows(command, job.begun), seen):
                self._jobs.add_part(job, part)
                yield part
        except Invalid as error:
            # The manifest is gone or has changed: the job ends with what was read of it.
            part = packing.torn(str(error))
            self._jobs.add_part(job, part)
            yield part

    def _send(self, job: Job, part: Part) -> None:
        """Send the unfinished chunks of a part."""
        known = self._jobs.done(job.id, part.number)
        done = known.chunks if known else frozenset()
        if known and known.is_complete:
            self._jobs.complete_part(job.id, part.number)
        way = _way(job.planned.pairs)
        chunks = [chunk for chunk in chunks_of(job, part, way) if chunk.number not in done]
        entries = [{"Id": str(chunk.number), "MessageBody": chunk.message()} for chunk in chunks]
        send_all(self._sqs, self._queues[way], entries)


def _way(pairs: int) -> Way:
    return "single" if pairs <= FEW else "batch"
