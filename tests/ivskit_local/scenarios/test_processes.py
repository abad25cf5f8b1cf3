"""Scenarios that are played in several processes at a time."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.worlds import ROOT

# A part that is not ended takes a minute.
SOON = 30


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python program in a process group of its own, like a command in a terminal."""
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def ended(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What it printed. Its processes have its outputs too, so none of them is left."""
    return process.communicate(timeout=SOON)


def first_lines(process: "subprocess.Popen[str]", count: int) -> Sequence[str]:
    """What it prints first."""
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


ODD = ["-m", "tests.ivskit_local.scenarios.odd_parts"]


@pytest.mark.parametrize("place", [["fail", "last", "last"], ["last", "fail", "last"]])
def test_the_first_error_ends_all_processes(place: list[str]) -> None:
    """Where it is the second part that fails, the first is not waited for."""
    with started(*ODD, *place) as process:
        out, err = ended(process)

    assert process.returncode == 1
    assert out == "playing\n"
    assert "ValueError: this part failed" in err


def test_a_process_that_dies_ends_the_replay() -> None:
    with started(*ODD, "die", "last", "last") as process:
        _, err = ended(process)

    assert "NotDone: a process that played scenarios died: try --jobs 1" in err


@pytest.mark.parametrize("whom", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_a_replay_that_is_killed(whom: signal.Signals) -> None:
    with started(*ODD, "last", "last") as process:
        first_lines(process, 1)
        process.send_signal(whom)
        ended(process)

    assert process.returncode == -whom
