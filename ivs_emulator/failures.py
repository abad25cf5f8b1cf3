"""Errors of due actions: recorded and logged, so that time goes on."""

from __future__ import annotations

import traceback
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from .excerpts import excerpt

FAILURES_KEPT = 1_000


@dataclass(frozen=True)
class Failure:
    """One action that raised: when it was due, what it was about, and the error."""

    at: datetime
    about: tuple[str, ...]
    error: str


class Failures:
    """The last failures, and a log with their tracebacks."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._failures: deque[Failure] = deque(maxlen=FAILURES_KEPT)
        self.count = 0

    def add(self, at: datetime, about: tuple[str, ...], error: Exception) -> None:
        self.count += 1
        self._failures.append(Failure(at, about, f"{type(error).__name__}: {excerpt(str(error))}"))
        traceback.print_exception(error, file=self._log)

    def latest(self) -> list[Failure]:
        return list(self._failures)

    def clear(self) -> None:
        self._failures.clear()
        self.count = 0
