"""Stores of resources that also remember recent states."""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from .resources import Resource

R = TypeVar("R", bound=Resource)

CHANGES_KEPT = 1_000


class Shelf(dict[str, R]):
    """Resources by ARN; `as_of` shows them as a lagging reader sees them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self._changes: deque[tuple[datetime, str, R | None]] = deque(maxlen=CHANGES_KEPT)

    def __setitem__(self, arn: str, resource: R) -> None:
        self._changes.append((self._now(), arn, self.get(arn)))
        super().__setitem__(arn, resource)

    def __delitem__(self, arn: str) -> None:
        self._changes.append((self._now(), arn, self[arn]))
        super().__delitem__(arn)

    def made(self) -> dict[str, datetime]:
        """When each resource was made, as far back as changes are remembered."""
        return {arn: at for at, arn, before in self._changes if before is None and arn in self}

    def fewest(self, since: datetime, until: datetime) -> int:
        """How many there were at the least in this time."""
        changes = (at for at, _, _ in self._changes if since < at <= until)
        return min(len(self.as_of(moment)) for moment in (since, *changes))

    def as_of(self, moment: datetime) -> dict[str, R]:
        past = dict(self)
        for at, arn, before in reversed(self._changes):
            if at <= moment:
                break
            if before is None:
                past.pop(arn, None)
            else:
                past[arn] = before
        return past
