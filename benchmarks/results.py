"""Writes what a benchmark measured into its section of RESULTS.md, and prints it."""

import io
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TextIO

RESULTS = Path(__file__).parent / "RESULTS.md"
_VERSIONS = ("boto3", "pydantic", "aws-lambda-powertools")


class _Copy(io.TextIOBase):
    """Passes on what is printed, and keeps it."""

    def __init__(self, outside: TextIO) -> None:
        self._outside = outside
        self.text = ""

    def write(self, text: str, /) -> int:
        self.text += text
        return self._outside.write(text)

    def flush(self) -> None:
        self._outside.flush()


@contextmanager
def recorded(title: str, about: str) -> Iterator[None]:
    """Record what is printed meanwhile, a table for example, below a text about it."""
    with redirect_stdout(_Copy(sys.stdout)) as printed:
        yield
    record(title, [*about.strip().splitlines(), "", *printed.text.strip().splitlines()])


def record(title: str, lines: Sequence[str]) -> None:
    """Replace the section of this title, or add it at the end."""
    versions = ", ".join(f"{name} {version(name)}" for name in _VERSIONS)
    machine = f"{os.cpu_count()} cores {platform.machine()}, load {os.getloadavg()[0]:.1f}"
    about = (
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}, Python {platform.python_version()}, {versions}"
    )
    section = "\n".join([f"## {title}", "", *lines, "", f"Measured {about}.", ""])
    print(section)
    text = RESULTS.read_text()
    begin = text.find(f"## {title}\n")
    if begin < 0:
        RESULTS.write_text(f"{text.rstrip()}\n\n{section}")
        return
    end = text.find("\n## ", begin)
    rest = text[end + 1 :] if end >= 0 else ""
    RESULTS.write_text(text[:begin] + section + (f"\n{rest}" if rest else ""))
