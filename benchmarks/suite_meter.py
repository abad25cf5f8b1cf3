"""A plugin of pytest: the CPU seconds of each file of tests, and of what synthesizes in them.

`benchmarks/suite.py` loads it, and names the folder that each process writes its file into.
"""

import functools
import json
import os
import resource
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = "SUITE_METER"
_TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """What one process of the tests used."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.tests: dict[str, int] = defaultdict(int)
        self.synths: list[float] = []

    def timed(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, counted as a synth."""

        @functools.wraps(run)
        def counted(*args: Any, **named: Any) -> Any:
            before = used()
            try:
                return run(*args, **named)
            finally:
                self.synths.append(used() - before)

        return counted


def used() -> float:
    """CPU seconds of this process, of its children that ended, and of its Node that goes on."""
    spans = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(span.ru_utime + span.ru_stime for span in spans) + sum(_below(os.getpid()))


def _below(process: int) -> Iterator[float]:
    """Of each process that this one started and that goes on, and of those that they started."""
    for child in _read(f"/proc/{process}/task/{process}/children").split():
        # User and system time, its own and of its children that ended: fields 14 to 17 in proc(5).
        fields = _read(f"/proc/{child}/stat").rpartition(")")[2].split()
        yield sum(map(int, fields[11:15])) / _TICKS
        yield from _below(int(child))


def _read(file: str) -> str:
    """Empty where the process has just ended."""
    try:
        return Path(file).read_text()
    except OSError:
        return ""


meter = Meter()


@pytest.hookimpl(trylast=True)
def pytest_sessionstart() -> None:
    """Before any test has imported what is counted."""
    from tests import app_in_process

    for name in ("run_here", "run_in_its_own_process"):
        setattr(app_in_process, name, meter.timed(getattr(app_in_process, name)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test with its fixtures."""
    file = item.nodeid.partition("::")[0]
    before = used()
    result = yield
    meter.seconds[file] += used() - before
    meter.tests[file] += 1
    return result


def pytest_sessionfinish() -> None:
    """One file for each process."""
    report = {"seconds": meter.seconds, "tests": meter.tests, "synths": meter.synths}
    (Path(os.environ[FOLDER]) / f"{os.getpid()}.json").write_text(json.dumps(report))
