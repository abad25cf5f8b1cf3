"""One invocation's work: group by group, each in order and up to its first failure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from ivskit import names
from ivskit.automation.outcome_log import OutcomeLog
from ivskit.errors import Unavailable
from ivskit.outcomes import Outcome
from push_metadata.boundary import Boundary, described
from push_metadata.messages import Received

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Seconds until the next try, up to that many tries. Later messages of the channel wait as long, so
# pauses are short for the hour in which metadata is valid by default. The last pause makes the
# tries last for two days, for commands with a longer max_age.
PATIENCE = ((5, 1), (8, 2), (10, 5), (400, 10), (names.METADATA_TRIES, 300))
# A message with an unexpected error is given up at this try, so that its channel continues.
SURPRISES = 3
# The time of the slowest call and of its outcomes: with less left, no call begins.
SECONDS_FOR_A_CALL = 20

# Handles the first messages of a group; an outcome for each.
Push = Callable[[Sequence[Received]], list[Outcome]]
# The answer to a message that is given up, and why.
GiveUp = Callable[[Received, str], Outcome]


class Shift:
    """Handles the groups of one invocation, and knows which messages are left."""

    def __init__(
        self,
        push: Push,
        give_up: GiveUp,
        *,
        sqs: "SQSClient",
        queue_url: str,
        dead_letters_url: str,
        boundary: Boundary,
        logger: Logger,
        outcome_log: OutcomeLog,
        milliseconds_left: Callable[[], int],
    ) -> None:
        self.outcomes: list[Outcome] = []
        self.left: list[Received] = []
        self._push = push
        self._give_up = give_up
        self._sqs = sqs
        self._queue_url = queue_url
        self._dead_letters_url = dead_letters_url
        self._boundary = boundary
        self._logger = logger
        self._outcome_log = outcome_log
        self._milliseconds_left = milliseconds_left

    def work_off(self, received: Iterable[Received]) -> None:
        """Handle all messages; the rest of a group that fails is retried together."""
        for group in _groups(received).values():
            self.left += self._work_off_group(group)

    def _work_off_group(self, group: Sequence[Received]) -> Sequence[Received]:
        while group:
            done = self._deal_with(group)
            if not done:
                return group
            group = group[done:]
        return ()

    def _deal_with(self, group: Sequence[Received]) -> int:
        """How many messages were handled, or given up."""
        done = self._attempt(group[0], partial(self._next, group))
        if isinstance(done, Exception):
            done = self._attempt(group[0], partial(self._failed, group, done))
        outcomes = [] if isinstance(done, Exception) else done
        self._record(outcomes)
        return len(outcomes)

    def _attempt(
        self, first: Received, step: Callable[[], list[Outcome]]
    ) -> list[Outcome] | Exception:
        about = {"tries": first.tries, "message_id": first.message_id}
        return self._boundary.attempt(step, "Record failed", **about)

    def _next(self, group: Sequence[Received]) -> list[Outcome]:
        if self._milliseconds_left() < SECONDS_FOR_A_CALL * 1000:
            raise Unavailable("too little time is left in this invocation for another call")
        return self._push(group)

    def _record(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes += outcomes
        self._boundary.attempt(partial(self._outcome_log.record, outcomes), "Outcomes not recorded")

    def _failed(self, group: Sequence[Received], error: Exception) -> list[Outcome]:
        """Retry the group later, or continue without its first message."""
        first = group[0]
        most = names.METADATA_TRIES if isinstance(error, Unavailable) else SURPRISES
        if first.tries >= most:
            return self._move_to_dead_letters(first, described(error))
        self._come_back(group, patience(first.tries))
        return []

    def _move_to_dead_letters(self, received: Received, why: str) -> list[Outcome]:
        """Move a message that keeps failing to the dead-letter queue, so that others continue."""
        outcome = self._give_up(received, why)
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
            return []
        return [outcome]

    def _come_back(self, group: Sequence[Received], seconds: int) -> None:
        """Retry all at the same time: a group is locked while any of its messages is invisible."""
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


def patience(tries: int) -> int:
    """Seconds until the next try, after this many."""
    return next((seconds for most, seconds in PATIENCE if tries <= most), PATIENCE[-1][1])


def _entry(entry_id: str, receipt_handle: str, seconds: int) -> Any:
    return {"Id": entry_id, "ReceiptHandle": receipt_handle, "VisibilityTimeout": seconds}


def _groups(received: Iterable[Received]) -> Mapping[str, Sequence[Received]]:
    groups: dict[str, list[Received]] = {}
    for one in received:
        groups.setdefault(one.group, []).append(one)
    return groups
