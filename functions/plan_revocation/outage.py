"""Postpones planning and reporting when an outage lasts longer than the tries of a record.

A record is tried for 20 minutes. When its last try fails too, its work continues in a new message,
which has as many tries again.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ivskit import names
from ivskit.automation.consumer import Message
from ivskit.automation.jobs import JobTable
from ivskit.automation.messages.revocation import ContinuePlanning, FinishJob
from ivskit.commands import AnyCommand, RevokeViewers, TooLate
from ivskit.errors import Invalid, IvsError
from ivskit.jobs.records import Job
from ivskit.outcomes import Outcome, WillLookAgain
from ivskit.policy.values import Mode

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

NEXT_TRY = timedelta(minutes=15)
# For every max_age: Lambda stops a function that sends itself 16 messages in a row.
LONGEST = timedelta(hours=6)
PLAN = "plan"


class Postponer:
    """Sends this function's own queue what it could not plan or report yet."""

    def __init__(
        self,
        jobs: JobTable,
        sqs: "SQSClient",
        *,
        own_queue: str,
        mode: Mode,
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._sqs = sqs
        self._own_queue = own_queue
        self._mode = mode
        self._clock = clock

    def postpone(self, message: Message, event_id: str, error: IvsError) -> list[Outcome]:
        """Send the message again; raises the error for other messages, and Invalid if too late.

        A job that has begun continues by itself; a command that began none is sent again, as long
        as it is not too old.
        """
        match message:
            case RevokeViewers() | TooLate(command=RevokeViewers()):
                return self._command(message, event_id, error)
            case ContinuePlanning() | FinishJob():
                return self._go_on(message, self._jobs.get(message.job), error)
        raise error

    def _command(
        self, message: RevokeViewers | TooLate, event_id: str, error: IvsError
    ) -> list[Outcome]:
        command = message if isinstance(message, RevokeViewers) else message.command
        job = self._jobs.find(command.command_id)
        if job is not None:
            rest = ContinuePlanning(job=job.id, event_id=job.begun.event_id, part=0)
            return self._go_on(rest, job, error)
        due = self._clock() + NEXT_TRY
        longest = min(command.longest_age or LONGEST, LONGEST)
        if due - command.issued_at > longest:
            raise Invalid(f"could not be planned within {longest}: {error}") from error
        self._send(_body(command, event_id))
        about = {"cause": command.command_id, "event_id": event_id, "sender": command.sender}
        return [self._later(error, "planned", **about)]

    def _go_on(
        self, message: ContinuePlanning | FinishJob, job: Job, error: IvsError
    ) -> list[Outcome]:
        self._send(message.message())
        what = "planned" if isinstance(message, ContinuePlanning) else "reported"
        return [self._later(error, what, cause=job.id, **job.begun.why())]

    def _send(self, body: str) -> None:
        self._sqs.send_message(
            QueueUrl=self._own_queue,
            MessageBody=body,
            DelaySeconds=int(NEXT_TRY.total_seconds()),
        )

    def _later(self, error: IvsError, what: str, **about: Any) -> WillLookAgain:
        now = self._clock()
        return WillLookAgain(
            **about,
            reason=f"it could not be {what} yet: {error}",
            mode=self._mode,
            at=now,
            due=now + NEXT_TRY,
            purpose=PLAN,
        )


def _body(command: AnyCommand, event_id: str) -> str:
    event = {
        "id": event_id,
        "source": names.COMMAND,
        "detail-type": command.detail_type,
        "detail": command.model_dump(mode="json", exclude_defaults=True),
    }
    return json.dumps(event)
