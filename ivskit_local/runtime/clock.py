"""Virtual time: one heap of due things, and time moves only when no thread can run."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from types import TracebackType
from typing import Protocol, Self

import time_machine

from ivskit_local.runtime.threads import Choose, Threads, by_seed, current_task

# The longest wait for a stream to end; what is still pending then will stay so for ever.
LONGEST_SETTLING = timedelta(days=60)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NeverSettles(Exception):
    """Something keeps itself pending for ever."""


class Source(Protocol):
    """Somebody else's due things."""

    def next_due(self) -> datetime | None: ...
    def run_due(self, now: datetime) -> None: ...


@dataclass(order=True)
class Due:
    """An action and its moment; settling does not wait for a recurring one."""

    at: datetime
    number: int
    action: Callable[[], None] = field(compare=False)
    recurring: bool = field(compare=False)
    cancelled: bool = field(compare=False, default=False)


class Clock:
    """The time of everything in a world."""

    def __init__(self, start: datetime, *, seed: int = 0, choose: Choose | None = None) -> None:
        self.now = start
        self.threads = Threads(choose or by_seed(seed))
        self._numbers = count()
        self._heap: list[Due] = []
        self._sources: list[Source] = []
        self._milliseconds = _since_epoch(start)
        self._travel = time_machine.travel(start, tick=False)
        # Whether too much has happened for anything more to be worth its time.
        self.is_enough: Callable[[], bool] = lambda: False

    def __enter__(self) -> Self:
        self._traveller = self._travel.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.threads.end()
        finally:
            self._travel.stop()

    def milliseconds(self) -> float:
        """The time since 1970, cached because it is read very often."""
        return self._milliseconds

    # Scheduling.

    def at(self, when: datetime, action: Callable[[], None], *, recurring: bool = False) -> Due:
        """Run the action in the main thread when it is due, soon if it is due already."""
        due = Due(when, next(self._numbers), action, recurring)
        heapq.heappush(self._heap, due)
        return due

    def watch(self, source: Source) -> None:
        """Add another agenda; settling waits for everything on it."""
        self._sources.append(source)

    def sleep(self, seconds: float) -> None:
        """Park the calling thread; in the main thread, let the world's time pass."""
        task = current_task()
        if task is None:
            self.run_for(timedelta(seconds=seconds))
            return
        over = self.now + timedelta(seconds=seconds)
        alarm = self.at(over, lambda: self.threads.wake(task))
        try:
            self.threads.park(task)
        finally:
            alarm.cancelled = True

    # Passing time.

    def run_now(self) -> None:
        """Run all that is due at this moment, and what follows from it."""
        self.threads.run()
        while self._run_due():
            self.threads.run()

    def run_for(self, duration: timedelta) -> None:
        """Let time pass."""
        until = self.now + duration
        self.run_now()
        while (due := self.next_due()) is not None and due <= until:
            self._move_to(due)
            self.run_now()
        self._move_to(until)

    def run_until(self, moment: datetime, *, enough: Callable[[], bool]) -> bool:
        """Let time pass up to a moment, or to an earlier due thing where `enough` says so.

        Whether it has come to that moment.
        """
        self.run_now()
        while (due := self.next_due()) is not None and due <= moment:
            if enough():
                return False
            self._move_to(due)
            self.run_now()
        self._move_to(moment)
        return True

    def settle(self) -> None:
        """Let time pass until only recurring things are pending."""
        until = self.now + LONGEST_SETTLING
        self.run_now()
        while (awaited := self._next_awaited()) is not None:
            if awaited > until:
                raise NeverSettles(f"still pending after {LONGEST_SETTLING}")
            self._move_to(self.next_due() or awaited)
            self.run_now()

    def _next_awaited(self) -> datetime | None:
        """When the next thing is due that does not recur."""
        awaited = [due.at for due in self._heap if not due.recurring and not due.cancelled]
        return min([*awaited, *self._moments()], default=None)

    def _moments(self) -> list[datetime]:
        moments = (source.next_due() for source in self._sources)
        return [moment for moment in moments if moment is not None]

    def _run_due(self) -> bool:
        ran = False
        while (due := self.next_due()) is not None and due <= self.now:
            ran = True
            if self._heap and self._heap[0].at == due:
                heapq.heappop(self._heap).action()
            else:
                self._run_sources()
        return ran

    def _run_sources(self) -> None:
        for source in self._sources:
            due = source.next_due()
            if due is not None and due <= self.now:
                source.run_due(self.now)

    def next_due(self) -> datetime | None:
        """When anything is due next."""
        while self._heap and self._heap[0].cancelled:
            heapq.heappop(self._heap)
        first = self._heap[0].at if self._heap else None
        for source in self._sources:
            due = source.next_due()
            if due is not None and (first is None or due < first):
                first = due
        return first

    def _move_to(self, moment: datetime) -> None:
        if moment > self.now:
            if self.is_enough():
                raise NeverSettles(f"far too much has happened by {self.now}")
            self._traveller.shift(moment - self.now)
            self.now, self._milliseconds = moment, _since_epoch(moment)


def _since_epoch(moment: datetime) -> float:
    return (moment - _EPOCH) / timedelta(milliseconds=1)
