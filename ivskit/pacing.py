"""Keeps within the rates of IVS: two pacers, for one lane and for many.

    lane = Lane(calls=1)
    ivs = Ivs(client, pacers={"BatchStartViewerSessionRevocation": lane})
    with lane:
        ivs.viewer_sessions.revoke_many(viewers)

IVS does not publish how it counts. Both pacers assume the strictest way, a limit in every window of
one second, which a token bucket of that size allows as well.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol, Self

from ivskit import formats, quotas
from ivskit.errors import FROM_BOTOCORE, Throttled, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Clock = Callable[[], float]
Sleep = Callable[[float], None]

# After this many round trips, half of the shortest is relied on: a later one may be shorter, and
# with nine tenths one call in two thousand came too early.
_SAMPLES = 20
_RELIED_ON = 0.5
_MICROSECONDS = 1_000_000
# Seconds; a record that would wait longer is retried instead of holding its channel's lease.
_LONGEST_WAIT_FOR_A_KEY = 5.0


def _monotonic() -> float:
    return time.monotonic()


def _sleep(seconds: float) -> None:
    """Looks up time.sleep with each call, so that a runtime with its own clock can replace it."""
    time.sleep(seconds)


class Pacer(Protocol):
    """Delays a call until it may be made."""

    def turn(self) -> AbstractContextManager[None]:
        """Wait for a turn; the call is made inside."""


class Lane:
    """At most `calls` calls in any `seconds` by one caller, clocked by the answers.

    A call may start `seconds` after the answer to the call that is `calls` before it: the service
    counted that call before it answered. Part of the shortest round trip is subtracted, once known.
    Lanes that share a quota need no shared state: give each its part. Leaving the lane, as a
    context, waits until its next caller may call at once. One thread at a time.

    gap: minimum seconds from one call to the next. Evenly spaced calls leave the lane free much
    sooner: its next caller keeps the same gap, so it may start while the last few still count.
    """

    def __init__(
        self,
        *,
        calls: int,
        seconds: float = 1.0,
        gap: float = 0.0,
        clock: Clock = _monotonic,
        sleep: Sleep = _sleep,
    ) -> None:
        self._calls = calls
        self._seconds = seconds
        self._gap = gap
        self._clock = clock
        self._sleep = sleep
        self._sent = -float("inf")
        self._answered: deque[float] = deque(maxlen=calls)
        self._shortest = float("inf")
        self._samples = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # The next caller makes its first call now, and each other one a gap later.
        calls = enumerate(self._answered, start=self._calls - len(self._answered))
        due = (self._over(answered) - self._gap * later for later, answered in calls)
        self._wait_until(max((self._sent + self._gap, *due)))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn; the call is made inside."""
        self._wait_until(self._sent + self._gap)
        if len(self._answered) == self._calls:
            self._wait_until(self._over(self._answered[0]))
        self._sent = self._clock()
        try:
            yield
        finally:
            self._note(self._clock())

    def _note(self, answered: float) -> None:
        self._answered.append(answered)
        self._shortest = min(self._shortest, answered - self._sent)
        self._samples += 1

    def _over(self, answered: float) -> float:
        """When a call that was answered at this time stops counting."""
        known = self._samples >= _SAMPLES
        return answered + self._seconds - (_RELIED_ON * self._shortest if known else 0)

    def _wait_until(self, due: float) -> None:
        wait = due - self._clock()
        if wait > 0:
            self._sleep(wait)


class SharedBucket:
    """At most `rate` calls a second over all callers, which share one DynamoDB item.

    The generic cell rate algorithm: the item holds when the next call is due, and each caller
    advances it by one interval, in one conditional write (two or three after a break in the calls).
    Sound while `rate` plus `burst` is at most the quota: 152 and 1 for PutMetadata's 155.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        *,
        table: str,
        key: Mapping[str, str],
        rate: float,
        burst: int = 1,
        longest_wait: float = 10.0,
        clock: Clock = time.time,
        sleep: Sleep = _sleep,
    ) -> None:
        self._client = client
        self._table = table
        self._key: Any = {name: {"S": value} for name, value in key.items()}
        self._interval = round(_MICROSECONDS / rate)
        self._ahead = self._interval * (burst - 1)
        self._longest_wait = round(longest_wait * _MICROSECONDS)
        self._clock = clock
        self._sleep = sleep

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn; the call is made inside.

        Raises Throttled where the wait is too long, Unavailable where DynamoDB fails.
        """
        now = round(self._clock() * _MICROSECONDS)
        wait = (self._reserve(now) - self._ahead - now) / _MICROSECONDS
        if wait > 0:
            self._sleep(wait)
        yield

    def _reserve(self, now: int) -> int:
        # Another caller may begin between the first two attempts; then the third succeeds.
        for attempt in (self._queue_up, self._begin, self._queue_up):
            due = attempt(now)
            if due is not None:
                return due
        raise Throttled(f"no turn within {self._longest_wait / _MICROSECONDS:g} seconds")

    def _queue_up(self, now: int) -> int | None:
        """Take the next turn, where it lies in the future."""
        return self._write(
            "SET next_due = next_due + :interval",
            "next_due BETWEEN :now AND :latest",
            {":interval": self._interval, ":now": now, ":latest": now + self._longest_wait},
        )

    def _begin(self, now: int) -> int | None:
        """Take a turn now, where no other is pending."""
        return self._write(
            "SET next_due = :next",
            "attribute_not_exists(next_due) OR next_due < :now",
            {":next": now + self._interval, ":now": now},
        )

    def _write(self, update: str, condition: str, values: Mapping[str, int]) -> int | None:
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=self._key,
                UpdateExpression=f"{update}, v = :v",
                ConditionExpression=condition,
                ExpressionAttributeValues={
                    name: {"N": str(n)} for name, n in {**values, ":v": formats.TURNS}.items()
                },
                ReturnValues="UPDATED_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        except FROM_BOTOCORE as error:
            # Whatever failed, it is not about the resource of the paced call.
            raise Unavailable(str(error), operation="UpdateItem") from error
        return int(answer["Attributes"]["next_due"]["N"]) - self._interval


def permit_to_create_keys(
    client: "DynamoDBClient", *, table: str, function: str, clock: Clock = time.time
) -> SharedBucket:
    """This function's share of CreateStreamKey, coordinated in the memory table.

    Take it before an old key is deleted: a create that is throttled after that is an outage.
    """
    return SharedBucket(
        client,
        table=table,
        key={"channel_arn": f"permits: {function} CreateStreamKey"},
        rate=quotas.SHARES["CreateStreamKey"][function],
        longest_wait=_LONGEST_WAIT_FOR_A_KEY,
        clock=clock,
    )
