"""Prints for people: data to standard output, talk to standard error.

In a terminal, marks have colours, no line is longer than a row, and a last line shows the progress.
A file or a pipe gets the same lines in full.
"""

import re
import sys
from collections.abc import Iterable
from io import TextIOWrapper
from textwrap import wrap
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.text import Text
from rich.theme import Theme

_TO_LINE_START_AND_CLEAR = "\r\x1b[2K"
# Nobody can copy a command that is cut.
_COMMAND = re.compile(r"^  (?P<command>(uv run )?ivskit .+)$")
_THEME = Theme(
    {
        "marks.well": "green",
        "marks.failed": "bold red",
        "marks.neutral": "dim",
        "marks.outcome": "cyan",
        "marks.command": "bold",
    }
)


class _Marks(RegexHighlighter):
    base_style = "marks."
    highlights = (
        r"^\s*(\S+  )?(?P<well>✓)",
        r"(?P<failed>✗.*)$",
        r"(^|  )(?P<neutral>· .*)$",
        r"^\s*→ (?P<outcome>[^:]+)",
        _COMMAND.pattern,
    )


class Screen:
    """Standard output and standard error, for as long as it is entered."""

    def __init__(self) -> None:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # an old terminal may have no ✓
        self._out = Console(theme=_THEME, highlighter=_Marks())
        self._err = Console(stderr=True)
        self._marks = _Marks()
        self._has_progress = sys.stderr.isatty() and not self._err.is_dumb_terminal
        self._progress = ""

    @property
    def width(self) -> int | None:
        """The columns of the terminal; None where lines may be of any length."""
        return self._out.width if sys.stdout.isatty() else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.progress("")

    def print(self, lines: Iterable[str], *, fold: bool = False) -> None:
        """Print at once; in a terminal, what is too long is cut, or folded under its indent."""
        self.progress("")
        for line in lines:
            for row in _folded(line, self.width) if fold and self.width else [line]:
                self._row(row)
        sys.stdout.flush()

    def sentence(self, text: str, *, style: str) -> None:
        """Print for people at once, in this style of rich; a command in it can be copied."""
        self.progress("")
        self._out.print(Text(text, style=style), soft_wrap=True)
        sys.stdout.flush()

    def _row(self, row: str) -> None:
        text = self._marks(Text(row))
        if self.width and not _COMMAND.match(row):
            text.truncate(self.width, overflow="ellipsis")
        if self._out.is_terminal:
            self._out.print(text, soft_wrap=True)
        else:
            print(row)

    def say(self, line: str) -> None:
        """Say something about the run."""
        self.progress("")
        print(f"ivskit: {line}", file=sys.stderr)

    def progress(self, text: str) -> None:
        """Show how far it is, until something else is printed."""
        if self._has_progress and text != self._progress:
            row = Text(text)
            row.truncate(self._err.width - 1, overflow="ellipsis")
            print(_TO_LINE_START_AND_CLEAR, row.plain, sep="", end="", file=sys.stderr, flush=True)
        self._progress = text


def _folded(line: str, width: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return wrap(line, width, subsequent_indent=indent, break_on_hyphens=False) or [""]
