"""A message to the same function, due later, upon which it decides anew on the facts of then.

Due within 15 minutes it waits in the function's own queue, beyond that as a one-time schedule,
which may fire up to a minute late, and twice. Its name is a hash of what it is about, so that
asking twice for the same is harmless.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from ivskit import names
from ivskit.arns import ChannelArn, StreamId

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sqs import SQSClient

    from ivskit.environment import LookingEnvironment

_LONGEST_DELAY = timedelta(minutes=15)


class LookAgain(BaseModel):
    """What to look at again, why, and when.

    since: the time of what made us ask; event_id: the event that began it all.
    """

    model_config = ConfigDict(frozen=True)
    channel_arn: ChannelArn
    stream_id: StreamId | None = None
    purpose: str
    cause: str
    since: AwareDatetime
    due: AwareDatetime
    event_id: str

    @property
    def name(self) -> str:
        """The same for the same channel, cause, purpose and due time; 64 characters at most."""
        about = (self.channel_arn, self.cause, self.purpose, self.due.isoformat())
        return hashlib.sha256("\n".join(about).encode()).hexdigest()

    def message(self) -> str:
        """The body of the queue's message, in the shape of an event."""
        envelope = {
            "id": self.name,
            "source": names.LOOK_AGAIN_SOURCE,
            "detail-type": names.LOOK_AGAIN,
            "detail": self.model_dump(mode="json", exclude_none=True),
        }
        return json.dumps(envelope)


def parse_look_again(event: Mapping[str, Any]) -> LookAgain:
    """The look again that an event-shaped message carries; raises pydantic's ValidationError."""
    return LookAgain.model_validate(event["detail"])


def send(sqs: "SQSClient", queue_url: str, look: LookAgain, *, now: datetime) -> None:
    """Have the message arrive in a queue when it is due, in 15 minutes at most."""
    delay = max(look.due - now, timedelta())
    sqs.send_message(
        QueueUrl=queue_url,
        MessageBody=look.message(),
        DelaySeconds=math.ceil(delay.total_seconds()),
    )


class LookAgains:
    """Where one function asks to look again."""

    def __init__(
        self,
        environment: "LookingEnvironment",
        sqs: "SQSClient",
        scheduler: "EventBridgeSchedulerClient",
    ) -> None:
        self._environment = environment
        self._sqs = sqs
        self._scheduler = scheduler

    def ask(self, look: LookAgain, *, now: datetime) -> None:
        """Have the message arrive when it is due, at once if it is due already."""
        if look.due - now > _LONGEST_DELAY:
            self._schedule(look)
        else:
            send(self._sqs, self._environment.queue_url, look, now=now)

    def _schedule(self, look: LookAgain) -> None:
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
            return  # asked already: the name says the same channel, cause, purpose and time
