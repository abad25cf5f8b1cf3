"""Call rates: each operation's own per account and region, PutMetadata's per channel as well."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from ivskit import quotas

from .errors import ThrottlingException

Throttling = Literal["token-bucket", "sliding-window"]

METERS_KEPT = 10_000


class TokenBucket:
    """As AWS says that it counts: a second's worth may come at once, then the rate."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._tokens = float(rate)
        self._at: datetime | None = None

    def has_room(self, now: datetime) -> bool:
        if self._at is not None:
            passed = (now - self._at) / timedelta(seconds=1)
            self._tokens = min(self._rate, self._tokens + passed * self._rate)
        self._at = now
        return self._tokens >= 1

    def take(self, _: datetime) -> None:
        self._tokens -= 1


class SlidingWindow:
    """The stricter count: in no second, wherever it begins, more calls than the rate."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._taken: deque[datetime] = deque()

    def has_room(self, now: datetime) -> bool:
        while self._taken and now - self._taken[0] >= timedelta(seconds=1):
            self._taken.popleft()
        return len(self._taken) < self._rate

    def take(self, now: datetime) -> None:
        self._taken.append(now)


Meter = TokenBucket | SlidingWindow
METERS: dict[Throttling, type[TokenBucket] | type[SlidingWindow]] = {
    "token-bucket": TokenBucket,
    "sliding-window": SlidingWindow,
}


class Throttle:
    """Counts calls and refuses those above the rate, if a way to count has been chosen."""

    def __init__(self, mode: Throttling | None) -> None:
        self.mode = mode
        self._meters: OrderedDict[tuple[str, str], Meter] = OrderedDict()

    def admit(self, operation: str, channel_arn: object, now: datetime) -> None:
        """Count the call, or raise ThrottlingException and count nothing."""
        if self.mode is None:
            return
        meters = list(self._meters_of(operation, channel_arn, METERS[self.mode]))
        have_room = [meter.has_room(now) for meter in meters]  # each must see the time
        if not all(have_room):
            raise ThrottlingException("Rate exceeded")
        for meter in meters:
            meter.take(now)

    def _meters_of(
        self, operation: str, channel_arn: object, kind: type[TokenBucket] | type[SlidingWindow]
    ) -> Iterator[Meter]:
        if operation in quotas.RATES:
            yield self._meter((operation, ""), quotas.RATES[operation], kind)
        if operation == "PutMetadata":
            yield self._meter((operation, str(channel_arn)), quotas.PUT_METADATA_PER_CHANNEL, kind)

    def _meter(
        self, key: tuple[str, str], rate: int, kind: type[TokenBucket] | type[SlidingWindow]
    ) -> Meter:
        meter = self._meters.get(key)
        if not isinstance(meter, kind):
            meter = self._meters[key] = kind(rate)
        self._meters.move_to_end(key)
        if len(self._meters) > METERS_KEPT:
            self._meters.popitem(last=False)
        return meter
