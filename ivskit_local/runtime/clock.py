"""Virtual time, and threads of which exactly one runs at a time.

Who runs holds the baton. A thread keeps it until its next switch point (before a call to AWS), a
sleep or its end; then the chooser says which of the waiting threads goes on. Between two switch
points a thread touches nothing that others see, so a thread that has just begun, or woken, runs up
to its next switch point before anything is chosen. Time moves only when no thread can run.
"""

import heapq
import random
import threading
from bisect import insort
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from time import perf_counter
from types import TracebackType
from typing import Protocol, Self

import time_machine

Choose = Callable[[Sequence[str]], int]

# Nobody waits longer for a stream to end; what is still pending then will be pending for ever.
LONGEST_SETTLING = timedelta(days=60)


class Killed(BaseException):  # not an Exception: nothing that handles errors may survive it
    """Raised in an invocation that dies at this very point."""


class Ended(BaseException):
    """Raised in whatever still runs when its world is left."""


class NeverSettles(Exception):
    """Something keeps itself pending for ever."""


class Source(Protocol):
    """Somebody else's due things."""

    def next_due(self) -> datetime | None: ...
    def run_due(self, now: datetime) -> None: ...


class Scene(Protocol):
    """What surrounds a thread while it holds the baton."""

    def enter(self) -> None: ...
    def leave(self) -> None: ...


@dataclass(order=True)
class Due:
    """An action and its moment; a recurring one is nothing that settling waits for."""

    at: datetime
    number: int
    action: Callable[[], None] = field(compare=False)
    recurring: bool = field(compare=False)
    cancelled: bool = field(compare=False, default=False)


class Task(threading.Thread):
    """One thread of the clock."""

    def __init__(self, clock: "Clock", number: int, name: str, body: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self.clock = clock
        self.number = number
        self.scene: Scene | None = None
        self.doom: BaseException | None = None
        self.alarm: Due | None = None
        self.may_switch = True
        self.waited = 0.0
        self._body = body
        self._baton = _taken()

    def __lt__(self, other: "Task") -> bool:
        return self.number < other.number

    def run(self) -> None:
        try:
            if self.doom is None:
                self._body()
        except BaseException as error:  # whatever it is, the main thread has to know
            if error is not self.doom:
                self.clock.fail(error)
        finally:
            self.clock.finished(self)

    def resume(self) -> None:
        """Give this thread the baton."""
        if self.ident is None:
            self.start()
        else:
            self._baton.release()

    def wait(self) -> None:
        """Be without the baton until somebody gives it back."""
        if self.scene:
            self.scene.leave()
        began = perf_counter()
        self.clock.pass_on()
        self._baton.acquire()
        self.waited += perf_counter() - began
        if self.scene:
            self.scene.enter()


def current_task() -> Task | None:
    """The task whose thread asks; None outside of any."""
    thread = threading.current_thread()
    return thread if isinstance(thread, Task) else None


class Clock:
    """One heap of due things, one baton."""

    def __init__(self, start: datetime, *, seed: int = 0, choose: Choose | None = None) -> None:
        self.now = start
        self.tasks: set[Task] = set()
        self._choose = choose or _by_seed(seed)
        self._numbers = count()
        self._heap: list[Due] = []
        self._sources: list[Source] = []
        self._fresh: deque[Task] = deque()
        self._calling: list[Task] = []
        self._main = _taken()
        self._baton_is_out = False
        self._failure: BaseException | None = None
        self._travel = time_machine.travel(start, tick=False)

    def __enter__(self) -> Self:
        self._traveller = self._travel.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_tasks()
        self._travel.stop()

    # What is to happen.

    def at(self, when: datetime, action: Callable[[], None], *, recurring: bool = False) -> Due:
        """Have the action run in the main thread when it is due, soon if it is due already."""
        due = Due(when, next(self._numbers), action, recurring)
        heapq.heappush(self._heap, due)
        return due

    def watch(self, source: Source) -> None:
        """Let another agenda take part; whatever is on it, settling waits for."""
        self._sources.append(source)

    def spawn(self, name: str, body: Callable[[], None]) -> Task:
        """A new thread, run when the baton is free."""
        task = Task(self, next(self._numbers), name, body)
        self.tasks.add(task)
        self._fresh.append(task)
        return task

    # What threads do.

    def switch(self) -> None:
        """Let others go first, if there are any and the chooser wants so."""
        task = current_task()
        if task is None:
            return
        self._live_or_die(task)
        if task.may_switch and (self._calling or self._fresh):
            insort(self._calling, task)
            task.wait()
            self._live_or_die(task)

    def check(self) -> None:
        """Raise what the calling thread is doomed to, if it is."""
        if (task := current_task()) is not None:
            self._live_or_die(task)

    def sleep(self, seconds: float) -> None:
        """Park the calling thread; in the main thread, let the world's time pass."""
        task = current_task()
        if task is None:
            self.run_for(timedelta(seconds=seconds))
            return
        self._live_or_die(task)
        task.alarm = self.at(self.now + timedelta(seconds=seconds), lambda: self._wake(task))
        task.wait()
        self._live_or_die(task)

    def doom(self, task: Task, error: BaseException) -> None:
        """Have the task raise this wherever it is parked or wants to go on."""
        if task.doom is None and task in self.tasks:
            task.doom = error
            self._wake(task)

    def fail(self, error: BaseException) -> None:
        """Stop everything: the main thread raises this."""
        self._failure = self._failure or error

    def _wake(self, task: Task) -> None:
        if task.alarm is not None:
            task.alarm.cancelled, task.alarm = True, None
            self._fresh.append(task)

    @staticmethod
    def _live_or_die(task: Task) -> None:
        if task.doom is not None:
            raise task.doom

    # The baton.

    def pass_on(self) -> None:
        """Give the baton to whoever is next."""
        task = self._next()
        if task is None:
            self._main.release()
        else:
            task.resume()

    def finished(self, task: Task) -> None:
        """The end of a thread."""
        self.tasks.discard(task)
        self.pass_on()

    def _next(self) -> Task | None:
        if self._failure is not None:
            return None
        if self._fresh:
            return self._fresh.popleft()
        if len(self._calling) < 2:
            return self._calling.pop() if self._calling else None
        return self._chosen()

    def _chosen(self) -> Task | None:
        try:
            return self._calling.pop(self._choose([task.name for task in self._calling]))
        except Exception as error:  # a chooser's own: it must surface in the main thread
            self.fail(error)
            return None

    # What the main thread does.

    def run_now(self) -> None:
        """Run all that is due at this moment, and what comes of it."""
        self._run_threads()
        while self._run_due():
            self._run_threads()

    def run_for(self, duration: timedelta) -> None:
        """Let time pass."""
        until = self.now + duration
        self.run_now()
        while (due := self._next_due()) is not None and due <= until:
            self._move_to(due)
            self.run_now()
        self._move_to(until)

    def settle(self) -> None:
        """Let time pass until nothing but recurring things is to come."""
        until = self.now + LONGEST_SETTLING
        self.run_now()
        while self.pending() and (due := self._next_due()) is not None:
            if due > until:
                raise NeverSettles(f"still pending after {LONGEST_SETTLING}")
            self._move_to(due)
            self.run_now()

    def pending(self) -> bool:
        """Whether anything that will not recur is still to come."""
        return any(not due.recurring and not due.cancelled for due in self._heap) or any(
            source.next_due() is not None for source in self._sources
        )

    def _run_threads(self) -> None:
        task = self._next()
        if task is not None:
            self._baton_is_out = True
            task.resume()
            self._wait_for_baton()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _run_due(self) -> bool:
        ran = False
        while (due := self._next_due()) is not None and due <= self.now:
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

    def _next_due(self) -> datetime | None:
        while self._heap and self._heap[0].cancelled:
            heapq.heappop(self._heap)
        moments = [source.next_due() for source in self._sources]
        if self._heap:
            moments.append(self._heap[0].at)
        return min((moment for moment in moments if moment is not None), default=None)

    def _move_to(self, moment: datetime) -> None:
        if moment > self.now:
            self._traveller.shift(moment - self.now)
            self.now = moment

    def _wait_for_baton(self) -> None:
        self._main.acquire()
        self._baton_is_out = False

    def _end_tasks(self) -> None:
        for task in sorted(self.tasks):
            self.doom(task, Ended())
        if self._baton_is_out:  # Ctrl-C came while a thread had the baton
            self._wait_for_baton()
        self._fresh.extend(self._calling)
        self._calling.clear()
        while self.tasks:
            self._failure = None
            self._run_threads()


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


def _by_seed(seed: int) -> Choose:
    dice = random.Random(seed)  # noqa: S311 - an order that can be repeated, not a secret
    return lambda names: dice.randrange(len(names))
