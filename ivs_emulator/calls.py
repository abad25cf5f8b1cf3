"""The log of calls: what was asked and answered, and nothing secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .excerpts import excerpt


@dataclass(frozen=True)
class Call:
    """One call; `error` is the code of a refusal, or how the answer was lost."""

    at: datetime
    operation: str
    arn: str | None
    status: int | None
    error: str | None = None

    def __str__(self) -> str:
        said = f"{self.operation} {self.arn or ''}".rstrip()
        return f"{said} -> {self.status or 'no answer'} {self.error or ''}".rstrip()


def arn_in(body: dict[str, Any]) -> str | None:
    """What a call is about, from its input."""
    for name in ("arn", "channelArn", "resourceArn"):
        if isinstance(body.get(name), str):
            return excerpt(body[name])
    return None
