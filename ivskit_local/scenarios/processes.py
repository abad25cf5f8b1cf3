"""Plays scenarios in processes, as many at a time as there are cores.

A world patches time, threads and botocore for its whole process, so that scenarios cannot share
one at the same time. On Linux the processes are forks, which have all modules and templates from
the start; elsewhere a fork of a process with system libraries is not safe, and they begin anew.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread, current_thread, main_thread
from typing import Any, Protocol, TypeVar

from ivs_emulator import Reading
from ivskit_local.errors import NotDone
from ivskit_local.runtime.synth import Templates
from ivskit_local.scenarios.format import Script
from ivskit_local.scenarios.play import Played, play

Result = TypeVar("Result", covariant=True)

_METHOD = "fork" if sys.platform == "linux" else "spawn"


class Playable(Protocol[Result]):
    """What a process can play; it and its result travel between processes."""

    def play(self) -> Result:
        """Play it in this process."""


@dataclass(frozen=True)
class Part:
    """A scenario and the templates that it is played on; seed: None for the scenario's own.

    record: keep what a page shows of it.
    """

    script: Script
    templates: Templates
    project_root: Path
    seed: int | None = None
    record: bool = False
    reading: Reading = "strict"

    def play(self) -> Played:
        """Play it in this process."""
        return play(
            self.script,
            self.templates,
            project_root=self.project_root,
            seed=self.seed,
            record=self.record,
            reading=self.reading,
        )


def cores() -> int:
    """How many cores this process may use."""
    of_process = getattr(os, "sched_getaffinity", None)  # Linux has it
    return len(of_process(0)) if of_process else os.cpu_count() or 1


@contextmanager
def playing(parts: Sequence[Playable[Result]], *, jobs: int) -> Iterator[Iterator[Result]]:
    """The results in the order of the parts, each as soon as it is there; enter it before any
    world is open.

    jobs: how many processes play; with one, or one part, this process does. The first error ends
    all, and so does leaving it early. Raises NotDone where a process dies, and what `play` raises.
    """
    jobs = min(jobs, len(parts))
    if jobs <= 1:
        yield (part.play() for part in parts)
        return
    with _interrupted_once():
        others = multiprocessing.active_children()
        pool = ProcessPoolExecutor(
            jobs,
            mp_context=multiprocessing.get_context(_METHOD),
            initializer=_begin,
            initargs=(parts,),
        )
        with _saying_that_one_died():  # the first may be dead before the last is asked for
            results = [pool.submit(_play, number) for number in range(len(parts))]
        try:
            yield _in_order(results)
        finally:
            if not all(result.done() for result in results):
                pool.shutdown(wait=False, cancel_futures=True)
                for process in set(multiprocessing.active_children()).difference(others):
                    process.terminate()
            pool.shutdown()


@contextmanager
def _interrupted_once() -> Iterator[None]:
    """Who presses Ctrl-C again gets no traceback of the pool, which is about to end."""
    if current_thread() is not main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _in_order(results: "Sequence[Future[Result]]") -> Iterator[Result]:
    """Each result when it is there; raises the first error even if earlier ones are not."""
    pending = set(results)
    for result in results:
        while result in pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for each in done:
                _result(each)
        yield _result(result)


def _result(result: "Future[Result]") -> Result:
    with _saying_that_one_died():
        return result.result()


@contextmanager
def _saying_that_one_died() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as error:
        raise NotDone("a process that played scenarios died: try --jobs 1") from error


# In the processes.

_parts: Sequence[Playable[Any]] = ()


def _begin(parts: Sequence[Playable[Any]]) -> None:
    global _parts
    _parts = parts
    # Ctrl-C reaches all processes of a terminal; the first ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Nothing else ends a process whose parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _play(number: int) -> Any:
    return _parts[number].play()
