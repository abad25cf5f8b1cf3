"""One invocation's work: group by group, each in order and up to its first failure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from ivskit import names
from ivskit.errors import Unavailable
from ivskit.outcomes import Outcome
from ivskit.redaction import redact
from ivskit.telling import Teller
from push_metadata.messages import Received

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Seconds until the next try. What comes later on the channel waits as long.
PATIENCE = (1, 1, 1, 1, 1, 2, 2, 2, 5, 5, 10)
# A surprise that stays one is given up at this try, so that its channel goes on.
SURPRISES = 3
# What the slowest call may take, and then telling of it: with less left, no call is begun.
SECONDS_FOR_A_CALL = 20

# Deals with the first messages of a group; an outcome for each.
Push = Callable[[Sequence[Received]], list[Outcome]]
# What is told of a message that nobody deals with, and why.
GiveUp = Callable[[Received, str], Outcome]


class Shift:
    """Works off the groups that it is given, and knows what is left undone."""

    def __init__(
        self,
        push: Push,
        give_up: GiveUp,
        *,
        sqs: "SQSClient",
        queue_url: str,
        dead_letters_url: str,
        logger: Logger,
        teller: Teller,
        milliseconds_left: Callable[[], int],
    ) -> None:
        self.outcomes: list[Outcome] = []
        self.left: list[Received] = []
        self._push = push
        self._give_up = give_up
        self._sqs = sqs
        self._queue_url = queue_url
        self._dead_letters_url = dead_letters_url
        self._logger = logger
        self._teller = teller
        self._milliseconds_left = milliseconds_left

    def work_off(self, received: Iterable[Received]) -> None:
        """Deal with all messages; of a group that fails, what is left comes back together."""
        for group in _groups(received).values():
            self.left += self._work_off_group(group)

    def _work_off_group(self, group: Sequence[Received]) -> Sequence[Received]:
        while group:
            try:
                done = self._next(group)
            except Exception as error:  # whatever it is, what was inserted must not come back
                done = self._failed(group, error)
            if not done:
                return group
            group = group[done:]
        return ()

    def _next(self, group: Sequence[Received]) -> int:
        if self._milliseconds_left() < SECONDS_FOR_A_CALL * 1000:
            raise Unavailable("too little time is left in this invocation for another call")
        outcomes = self._push(group)
        self._tell(outcomes)
        return len(outcomes)

    def _tell(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes += outcomes
        try:
            self._teller.tell(outcomes)
        except Exception as error:  # whatever it is, what was inserted must not come back
            self._logger.warning("Outcomes not told", error=redact(str(error)))

    def _failed(self, group: Sequence[Received], error: Exception) -> int:
        """How many messages to go on after; none if the group is to come back."""
        first = group[0]
        told = redact(f"{type(error).__name__}: {error}")
        self._logger.error(
            "Record failed", error=told, tries=first.tries, message_id=first.message_id
        )
        most = names.METADATA_TRIES if isinstance(error, Unavailable) else SURPRISES
        if first.tries >= most:
            return self._bury(first, told)
        self._come_back(group, PATIENCE[min(first.tries, len(PATIENCE)) - 1])
        return 0

    def _bury(self, received: Received, why: str) -> int:
        """Put a message that nobody could deal with into dead letters, so that others go on."""
        try:
            self._sqs.send_message(
                QueueUrl=self._dead_letters_url,
                MessageBody=received.body,
                MessageGroupId=received.group,
                MessageDeduplicationId=received.message_id,
                MessageAttributes={"ERROR_MESSAGE": {"DataType": "String", "StringValue": why}},
            )
        except (BotoCoreError, ClientError) as error:
            self._logger.warning("Not put into dead letters", error=str(error))
            return 0
        self._tell([self._give_up(received, why)])
        return 1

    def _come_back(self, group: Sequence[Received], seconds: int) -> None:
        """All at the same time: a group is locked while any message of it is invisible."""
        entries = [_entry(str(n), one.receipt_handle, seconds) for n, one in enumerate(group)]
        try:
            answer = self._sqs.change_message_visibility_batch(
                QueueUrl=self._queue_url, Entries=entries
            )
        except (BotoCoreError, ClientError) as error:
            self._logger.warning("Visibility not changed", error=str(error))
            return
        if answer.get("Failed"):
            self._logger.warning("Visibility not changed", failed=len(answer["Failed"]))


def _entry(entry_id: str, receipt_handle: str, seconds: int) -> Any:
    return {"Id": entry_id, "ReceiptHandle": receipt_handle, "VisibilityTimeout": seconds}


def _groups(received: Iterable[Received]) -> Mapping[str, Sequence[Received]]:
    groups: dict[str, list[Received]] = {}
    for one in received:
        groups.setdefault(one.group, []).append(one)
    return groups
