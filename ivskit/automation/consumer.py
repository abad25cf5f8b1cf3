"""From a batch of queue records to outcomes: each is logged, counted and published once.

A record whose reaction raises is retried: after 1 second, then 2, 5, 10, 30 and so on up to 10
minutes, instead of the queue's full visibility timeout. After its last try it goes to the
dead-letter queue, and the refusal of a command about a channel reports that.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from ivskit import formats, names
from ivskit.automation.bus import Bus
from ivskit.automation.command_refusals import refusal
from ivskit.automation.environment import Environment
from ivskit.automation.messages.look_again import AnyLook, parse_look_again
from ivskit.automation.outcome_log import OutcomeLog
from ivskit.automation.queue_record import BatchAnswer, QueueRecord, answer
from ivskit.changes import parse_change
from ivskit.commands import (
    ABOUT_CHANNELS,
    DETAIL_TYPES,
    TooLate,
    parse_command,
    too_late,
)
from ivskit.errors import FROM_BOTOCORE, Invalid, Unavailable
from ivskit.outcomes import CommandRefused, Outcome
from ivskit.redaction import redact, redacted_errors

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from ivskit.automation.messages.revocation import RevocationMessage
    from ivskit.automation.messages.sweep import Sweep
    from ivskit.changes import Change
    from ivskit.commands import AnyCommand

PATIENCE = (1, 2, 5, 10, 30, 60, 120, 300, 600)

Message: TypeAlias = "Change | AnyCommand | TooLate | AnyLook | Sweep | RevocationMessage"
# A function's own part: from a message, and the id of the event that brought it, to outcomes.
React = Callable[[Message, str], Sequence[Outcome]]


class NotForUs(Exception):
    """A message that this function does not handle."""


def _patience(tries: int) -> int:
    """Seconds until the next try; 0 before the move to the dead-letter queue, for a quick alarm."""
    return PATIENCE[min(tries, len(PATIENCE)) - 1] if tries < names.TRIES else 0


class Consumer:
    """What every function does around its own `react`."""

    def __init__(
        self,
        environment: Environment,
        bus: Bus,
        sqs: "SQSClient",
        *,
        logger: Logger,
        clock: Callable[[], datetime],
    ) -> None:
        self._logger = logger
        self._function = environment.function
        self._outcome_log = OutcomeLog(logger, function=environment.function)
        self._bus = bus
        self._mode = environment.policy.mode
        self._clock = clock
        self._sqs = sqs
        self._at_hand: QueueRecord

    @property
    def message_id(self) -> str:
        """The SQS message id of the record at hand, the same at every try."""
        return self._at_hand.message_id

    @property
    def is_last_try(self) -> bool:
        """Whether the record at hand goes to the dead-letter queue if it fails once more."""
        return self._at_hand.tries >= names.TRIES

    @property
    def first_received(self) -> datetime:
        """When the record at hand was first received."""
        return self._at_hand.first_received

    def consume(self, batch: dict[str, Any], context: LambdaContext, react: React) -> BatchAnswer:
        """React to every record; the answer names those that failed."""
        failed = []
        for record in map(QueueRecord, batch["Records"]):
            self._at_hand = record
            try:
                self._record(react, context, record)
            except Exception as error:  # one record's error is no other's
                failed.append(record.message_id)
                self._note_failure(record, error)
        return answer(failed)

    def _note_failure(self, record: QueueRecord, error: Exception) -> None:
        """Retry a failed record soon, and later with every try."""
        self._logger.error(
            "Record failed",
            error=f"{type(error).__name__}: {error}",
            tries=record.tries,
            message_id=record.message_id,
        )
        try:
            self._sqs.change_message_visibility(
                QueueUrl=record.queue_url,
                ReceiptHandle=record.receipt_handle,
                VisibilityTimeout=_patience(record.tries),
            )
        except (BotoCoreError, ClientError) as failure:
            # The record is retried all the same, after the queue's own visibility timeout.
            self._logger.warning("Visibility not changed", error=str(failure))

    def _record(self, react: React, context: LambdaContext, record: QueueRecord) -> None:
        if context.get_remaining_time_in_millis() < names.RECORD_SECONDS * 1000:
            # A timeout in the middle would delay the retry by the queue's whole visibility timeout.
            raise Unavailable("too little time is left in this invocation for another record")
        event = json.loads(record.body)
        age = self._age(event) if record.tries == 1 else None
        formats.check_message(event)
        message, event_id = self._parse(event)
        if isinstance(message, CommandRefused):
            outcomes: Sequence[Outcome] = [message]
        else:
            try:
                outcomes = react(message, event_id)
            except Exception as error:  # raised again unless it refuses a command
                outcomes = self._refused(event, error)
        if isinstance(message, TooLate):
            outcomes = self._with_refusal(outcomes, message, event)
        self._outcome_log.record(outcomes, age=age)
        if outcomes:
            self._bus.publish(outcomes)

    def _age(self, event: Mapping[str, Any]) -> timedelta | None:
        """How old an event of IVS is; those that the sweep re-emits are late anyway."""
        if event["source"] != names.IVS:
            return None
        return self._clock() - datetime.fromisoformat(event["time"])

    def _parse(self, event: Mapping[str, Any]) -> "tuple[Message | CommandRefused, str]":
        """The message, and the id of the event that began it.

        What one function alone receives is imported here, so that the others start sooner.
        """
        match event["source"]:
            case names.COMMAND:
                return self._parse_command(event), event["id"]
            case names.LOOK_AGAIN_SOURCE:
                look = parse_look_again(event)
                return look, look.event_id
            case names.SCHEDULE:
                from ivskit.automation.messages.sweep import parse_sweep

                sweep = parse_sweep(event)
                return sweep, sweep.id
            case names.REVOCATION_SOURCE | names.FORMER_REVOCATION_SOURCE:
                from ivskit.automation.messages.revocation import parse_revocation_message

                revocation = parse_revocation_message(event)
                return revocation, revocation.event_id
            case _:
                return parse_change(event), event["id"]

    def _parse_command(self, event: Mapping[str, Any]) -> "AnyCommand | TooLate | CommandRefused":
        if event["detail-type"] not in DETAIL_TYPES:
            known, given = ", ".join(DETAIL_TYPES), redact(event["detail-type"])
            return self._refusal(event, f"detail-type: must be one of {known}; not {given!r}")
        try:
            command = parse_command(event)
        except ValidationError as error:
            return self._refusal(event, *redacted_errors(error))
        late = too_late(command, now=self._clock(), from_archive="replay-name" in event)
        return command if late is None else TooLate(command, late)

    def _refused(self, event: Mapping[str, Any], error: Exception) -> Sequence[Outcome]:
        """The refusal of a command that can never succeed; every other error is raised again."""
        if event["source"] == names.COMMAND and isinstance(error, Invalid):
            return [self._refusal(event, str(error))]
        if event["source"] == names.COMMAND and isinstance(error, NotForUs):
            # It arrives only where the settings leave out the function that handles it.
            return [self._refusal(event, "no function of this stage reacts to this command")]
        if self.is_last_try and event.get("detail-type") in ABOUT_CHANNELS:
            self._give_up(event)
        raise error

    def _give_up(self, event: Mapping[str, Any]) -> None:
        """Publish that the command goes to the dead-letter queue, as far as that is possible."""
        where = f"the dead letters of {self._function}"
        why = f"it failed {names.TRIES} times, and is now in {where}, with the error"
        refused = self._refusal(event, why)
        reply = refused.model_copy(update={"channel_arn": event["detail"].get("channel_arn")})
        self._outcome_log.record([reply])
        try:
            self._bus.publish([reply])
        except (Unavailable, *FROM_BOTOCORE) as error:
            self._logger.warning("Command not answered", error=str(error))

    def _with_refusal(
        self, outcomes: Sequence[Outcome], late: TooLate, event: Mapping[str, Any]
    ) -> Sequence[Outcome]:
        """The outcomes, with a refusal of the late command unless it was answered before."""
        if any(outcome.cause == late.command.command_id for outcome in outcomes):
            return outcomes
        return [*outcomes, self._refusal(event, late.why)]

    def _refusal(self, event: Mapping[str, Any], *errors: str) -> CommandRefused:
        return refusal(event, errors, mode=self._mode, at=self._clock())
