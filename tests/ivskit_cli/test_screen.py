"""What a terminal and a pipe get of the same lines."""

import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Mapping

import pytest

COLUMNS = 80
LONG = "✓ " + "one two three " * 10
PROGRAM = f"""
from ivskit_cli.screen import Screen
with Screen() as screen:
    screen.progress("reading")
    screen.print(["✓ well", "  ivs GetStream  · ChannelNotBroadcasting", {LONG!r}])
    screen.print(["    ✗ " + {LONG!r}, ""], fold=True)
    screen.print(["  uv run ivskit replay " + "x" * 100])
    screen.progress("1 of 2")
    screen.say("done")
    screen.progress("2 of 2")
"""
GREEN, RED, DIM, CLEAR = "\x1b[32m", "\x1b[1;31m", "\x1b[2m", "\r\x1b[2K"
CODES = re.compile(r"\x1b\[[0-9;]*[mK]")
SHOWN = {"TERM": "xterm-256color", "PYTHONUTF8": "1"}
UNSET = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "COLORTERM", "TTY_COMPATIBLE"}


def environment(variables: Mapping[str, str]) -> Mapping[str, str]:
    others = {name: value for name, value in os.environ.items() if name not in UNSET}
    return {**others, **SHOWN, **variables}


def in_terminal(*, program: str = PROGRAM, typed: str = "", **variables: str) -> str:
    """What a terminal of 80 columns gets on both outputs, when a person types this."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, COLUMNS))
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=its,
        stdout=its,
        stderr=its,
        env=environment(variables),
    ) as process:
        os.close(its)
        os.write(ours, typed.encode())
        got = b""
        while more := _read(ours):
            got += more
    os.close(ours)
    assert process.returncode == 0, got
    return got.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 10_000)
    except OSError:  # nobody has the other end any more
        return b""


def in_pipes(**variables: str) -> tuple[str, str]:
    """What is piped from standard output and standard error."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        env=environment(variables),
        check=True,
    )
    return done.stdout.decode(), done.stderr.decode()


def rows(shown: str) -> list[str]:
    """What remains on the rows of a terminal."""
    return [CODES.sub("", row.rpartition(CLEAR)[2]) for row in shown.split("\n")]


def test_no_line_is_longer_than_a_row_but_a_command() -> None:
    shown = rows(in_terminal())

    assert shown[0] == "✓ well"
    assert [len(row) for row in shown if len(row) > COLUMNS] == [
        len("  uv run ivskit replay ") + 100
    ]
    assert shown[2].endswith("…")
    assert len(shown[2]) == COLUMNS
    # Folded, nothing is lost.
    folded = shown[3 : shown.index("")]
    assert folded[1].startswith("      one")
    assert " ".join(folded).split() == ["✗", *LONG.split()]


def test_the_progress_is_gone_when_it_is_over() -> None:
    shown = in_terminal()

    assert "reading" in shown
    assert "1 of 2" in shown
    assert "reading" not in "".join(rows(shown))
    assert shown.endswith(f"2 of 2{CLEAR}")


def test_marks_have_colours_in_a_terminal() -> None:
    shown = in_terminal()

    assert f"{GREEN}✓" in shown
    assert f"{RED}✗" in shown
    assert f"{DIM}· ChannelNotBroadcasting" in shown


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colours_gets_none(variables: dict[str, str]) -> None:
    shown = in_terminal(**variables)

    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)
    assert "✓ well" in CODES.sub("", shown)


def test_a_dumb_terminal_gets_no_codes_at_all() -> None:
    assert "\x1b" not in in_terminal(TERM="dumb")


def test_a_pipe_gets_every_line_in_full() -> None:
    out, err = in_pipes()

    assert out.splitlines()[2] == LONG
    assert "\x1b" not in out
    assert err == "ivskit: done\n"


def test_a_pipe_gets_colours_where_they_are_forced() -> None:
    out, err = in_pipes(FORCE_COLOR="1")

    assert f"{GREEN}✓" in out
    assert CODES.sub("", out).splitlines()[2] == LONG
    assert err == "ivskit: done\n"


def test_an_encoding_without_marks_is_no_obstacle() -> None:
    out, _ = in_pipes(PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert out.splitlines()[0] == "? well"
