"""Scenarios that are played in several processes at a time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.worlds import ROOT

CLI = "from ivskit_cli.main import run; run()"
# A part that is not ended takes a minute.
SOON = 30
SHORT = [
    f"events/scenarios/{name}.json"
    for name in (
        "nobody-watches",
        "a-network-that-drops-for-100-s",
        "an-unblock-older-than-the-block-does-nothing",
        "a-pause-of-commands-refuses-a-revocation-without-force",
    )
]


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


def printed(*paths: str, jobs: int, how: Sequence[str] = ()) -> str:
    """What a replay prints."""
    command = ["-c", CLI, "replay", f"--jobs={jobs}", *how, *paths]
    with started(*command) as process:
        out, err = ended(process)
    assert (process.returncode, err) == (0, "")
    return out


def test_the_output_is_the_same_whatever_the_number_of_processes() -> None:
    alone = printed(*SHORT, jobs=1, how=["-v"])

    assert alone.count("\n") > 100
    assert printed(*SHORT, jobs=3, how=["-v"]) == alone


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


def test_a_process_leaves_ctrl_c_to_the_first() -> None:
    """It would end in the middle of a line, with a traceback of its own."""
    with started(*ODD, "interrupted", "little") as process:
        out, err = ended(process)

    assert (out, err) == ("playing\ninterrupted.json\nlittle.json\n", "")


def test_ctrl_c_ends_all_processes_in_one_line_however_often_it_is_pressed() -> None:
    with started("-c", CLI, "replay", "--jobs=2", "events/scenarios") as process:
        *_, scenario = first_lines(process, 3)
        assert scenario.startswith("✓ a block behind")
        for _ in range(5):
            # A terminal sends it to the whole group.
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.02)
        _, err = ended(process)

    assert err == "ivskit: interrupted\n"
    assert process.returncode == 130
