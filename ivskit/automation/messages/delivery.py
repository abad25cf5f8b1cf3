"""Delivers a look-again message when it is due.

A message due within 15 minutes waits in the function's own queue, a later one in a one-time
schedule, which may fire up to a minute late, and twice.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ivskit.automation.messages.look_again import AnyLook

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sqs import SQSClient

    from ivskit.automation.environment import LookingEnvironment

_LONGEST_DELAY = timedelta(minutes=15)


def send(sqs: "SQSClient", queue_url: str, look: AnyLook, *, now: datetime) -> None:
    """Send the message to arrive in a queue when it is due, in 15 minutes at most."""
    delay = max(look.due - now, timedelta())
    sqs.send_message(
        QueueUrl=queue_url,
        MessageBody=look.message(),
        DelaySeconds=math.ceil(delay.total_seconds()),
    )


class LookAgains:
    """Sends the look-again messages of one function to itself."""

    def __init__(
        self,
        environment: "LookingEnvironment",
        sqs: "SQSClient",
        scheduler: "EventBridgeSchedulerClient",
    ) -> None:
        self._environment = environment
        self._sqs = sqs
        self._scheduler = scheduler

    def ask(self, look: AnyLook, *, now: datetime) -> None:
        """Send the message to arrive when it is due, at once if it is already due."""
        if look.due - now > _LONGEST_DELAY:
            self._schedule(look)
        else:
            send(self._sqs, self._environment.queue_url, look, now=now)

    def _schedule(self, look: AnyLook) -> None:
        try:
            self._scheduler.create_schedule(
                Name=look.name,
                GroupName=self._environment.schedule_group,
                ScheduleExpression=f"at({look.due.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={
                    "Arn": self._environment.queue_arn,
                    "RoleArn": self._environment.schedule_role_arn,
                    "DeadLetterConfig": {"Arn": self._environment.schedule_dead_letters_arn},
                    "Input": look.message(),
                },
            )
        except self._scheduler.exceptions.ConflictException:
            return  # scheduled already: the name stands for channel, cause, purpose and time
