"""Threads of which exactly one runs at a time.

The running thread holds the baton, until its next switch point (before a call to AWS), a wait or
its end; then the chooser picks the next of the threads at a switch point. Between two switch points
a thread touches nothing that others see, so a thread that has just begun, or woken, runs up to its
next switch point before anything is chosen.
"""

import os
import random
import threading
from bisect import insort
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context
from itertools import count
from time import perf_counter
from typing import Protocol

Choose = Callable[[Sequence[str]], int]


class Killed(BaseException):  # not an Exception: nothing that handles errors may survive it
    """Raised in an invocation that dies at this very point."""


class Ended(BaseException):
    """Raised in whatever still runs when its world is left."""


class Scene(Protocol):
    """What surrounds a thread while it holds the baton."""

    def enter(self) -> None: ...
    def leave(self) -> None: ...


class Task:
    """One thread that waits for the baton."""

    def __init__(
        self, threads: "Threads", number: int, name: str, body: Callable[[], None]
    ) -> None:
        self.name = name
        self.number = number
        self.scene: Scene | None = None
        self.doom: BaseException | None = None
        self.may_switch = True
        self.parked = False
        self.waited = 0.0
        self._threads = threads
        self._body = body
        self._baton = _taken()
        self._begun = False

    def __lt__(self, other: "Task") -> bool:
        return self.number < other.number

    def run(self) -> None:
        try:
            self.live_or_die()
            self._body()
        except BaseException as error:  # whatever it is, the main thread has to know
            if error is not self.doom:
                self._threads.fail(error)

    def finish(self) -> None:
        """Give the baton away for good."""
        self._threads.finished(self)

    def live_or_die(self) -> None:
        """Raise this thread's doom, if it has one."""
        if self.doom is not None:
            raise self.doom

    def resume(self) -> None:
        """Give this thread the baton."""
        if self._begun:
            self._baton.release()
        else:
            self._begun = True
            _on_a_thread(self)

    def wait(self) -> None:
        """Wait without the baton until it is given back."""
        if self.scene:
            self.scene.leave()
        began = perf_counter()
        self._threads.pass_on()
        self._baton.acquire()
        self.waited += perf_counter() - began
        if self.scene:
            self.scene.enter()
        self.live_or_die()


def current_task() -> Task | None:
    """The calling thread's task; None outside of any."""
    thread = threading.current_thread()
    return thread.task if isinstance(thread, _Worker) else None


class _Worker(threading.Thread):
    """A thread that runs one task after the other: to start one takes longer than many a task."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.task: Task | None = None
        self.work = _taken()

    def run(self) -> None:
        while True:
            self.work.acquire()
            if (task := self.task) is None:
                raise RuntimeError("woken without a task")
            # As on a thread of its own, nothing is left of the task before.
            Context().run(task.run)
            self.task = None
            # Whoever gets the baton may have a task for this very thread.
            _IDLE.append(self)
            task.finish()
            del task


_IDLE: list[_Worker] = []
# A forked process has none of the threads.
os.register_at_fork(after_in_child=_IDLE.clear)


def _on_a_thread(task: Task) -> None:
    worker = _IDLE.pop() if _IDLE else _started()
    worker.task = task
    worker.work.release()


def _started() -> _Worker:
    worker = _Worker()
    worker.start()
    return worker


class Threads:
    """All threads that may get the baton; the main thread has it when no other can run."""

    def __init__(self, choose: Choose) -> None:
        self.tasks: set[Task] = set()
        self._choose = choose
        self._numbers = count()
        self._fresh: deque[Task] = deque()
        self._calling: list[Task] = []
        self._main = _taken()
        self._baton_is_out = False
        self._failure: BaseException | None = None

    def spawn(self, name: str, body: Callable[[], None]) -> Task:
        """A new thread, run when the baton is free."""
        task = Task(self, next(self._numbers), name, body)
        self.tasks.add(task)
        self._fresh.append(task)
        return task

    def switch(self, me: Task) -> None:
        """Let other threads run first, if the chooser picks one."""
        me.live_or_die()
        if me.may_switch and (self._calling or self._fresh):
            insort(self._calling, me)
            me.wait()

    def park(self, me: Task) -> None:
        """Wait to be woken."""
        me.live_or_die()
        me.parked = True
        me.wait()

    def wake(self, task: Task) -> None:
        """Let a parked thread run."""
        if task.parked:
            task.parked = False
            self._fresh.append(task)

    def doom(self, task: Task, error: BaseException) -> None:
        """Make the task raise this wherever it is parked or would run next."""
        if task.doom is None and task in self.tasks:
            task.doom = error
            self.wake(task)

    def fail(self, error: BaseException) -> None:
        """Stop everything: the main thread raises this."""
        self._failure = self._failure or error

    # The baton.

    def pass_on(self) -> None:
        """Give the baton to the next thread."""
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

    def run(self) -> None:
        """Let threads run until none can go on; raises what went wrong in any of them."""
        task = self._next()
        if task is not None:
            self._baton_is_out = True
            task.resume()
            self._wait_for_baton()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def end(self) -> None:
        """End every thread."""
        for task in sorted(self.tasks):
            self.doom(task, Ended())
        if self._baton_is_out:  # Ctrl-C came while a thread had the baton
            self._wait_for_baton()
        self._fresh.extend(self._calling)
        self._calling.clear()
        while self.tasks:
            self._failure = None
            self.run()

    def _wait_for_baton(self) -> None:
        self._main.acquire()
        self._baton_is_out = False


def by_seed(seed: int) -> Choose:
    """An order that is the same for the same seed."""
    dice = random.Random(seed)
    return lambda names: dice.randrange(len(names))


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock
