"""Future actions, each with its due moment; the owner of the clock runs them."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import TypeVar

from .failures import Failures

Action = Callable[[datetime], None]
Step = TypeVar("Step", bound=Callable[..., None])

# What actions of this package call, by the names that a saved state has for them.
STEPS: dict[str, Callable[..., None]] = {}


def step(function: Step) -> Step:
    """Let actions call this, as `partial(function, ...)`, which can be saved and found again."""
    STEPS[f"{function.__module__.rpartition('.')[2]}.{function.__name__}"] = function
    return function


@dataclass(order=True, frozen=True)
class Due:
    """One action, and what it is about, outermost first: a channel, its session, its matter."""

    at: datetime
    sequence: int
    about: tuple[str, ...] = field(compare=False)
    action: Action = field(compare=False)


class Agenda:
    """A heap of due actions; an action gets the moment it was due, not the one it ran at.

    An action's error goes to `failures`, or without them to the caller that advances time.
    """

    def __init__(self, lock: RLock, failures: Failures | None = None) -> None:
        self._lock = lock
        self._failures = failures
        self._heap: list[Due] = []
        self._sequence = 0
        self.runs = 0

    def add(self, at: datetime, action: Action, *about: str) -> None:
        self._sequence += 1
        heapq.heappush(self._heap, Due(at, self._sequence, about, action))

    def cancel(self, *about: str) -> None:
        """Drop all actions about this, or about a part of it."""
        self._heap = [due for due in self._heap if due.about[: len(about)] != about]
        heapq.heapify(self._heap)

    def next_due(self) -> datetime | None:
        """When run_due has something to do; None while nothing is pending."""
        return self._heap[0].at if self._heap else None

    def pending(self) -> list[Due]:
        """All that is to come, soonest first."""
        return sorted(self._heap)

    def run_due(self, now: datetime) -> None:
        """Run in order everything due by now, and whatever becomes due meanwhile."""
        with self._lock:
            while self._heap and self._heap[0].at <= now:
                self._run(heapq.heappop(self._heap))

    def _run(self, due: Due) -> None:
        self.runs += 1
        try:
            due.action(due.at)
        except Exception as error:  # whatever it is, later actions must still run
            if self._failures is None:
                raise
            self._failures.add(due.at, due.about, error)
