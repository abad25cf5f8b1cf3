"""Writes what a benchmark measured into its section of RESULTS.md, and prints it."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
_VERSIONS = ("boto3", "pydantic", "aws-lambda-powertools")


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
