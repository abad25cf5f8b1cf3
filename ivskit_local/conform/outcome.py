"""What came of asking one probe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ivskit_local.conform.probe import Probe

Result = Literal["agrees", "differs", "skipped"]


@dataclass(frozen=True)
class Outcome:
    """An endpoint agrees, differs with this answer, or was not asked, and why."""

    probe: Probe
    result: Result
    answer: str = ""
    missing: str = ""
