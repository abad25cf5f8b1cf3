"""What a channel wants: the deployment's settings, overlaid by the channel's tags."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from ivskit import names

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(text: object) -> timedelta:
    """`45s`, `10m`, `4h` or `30d` as a time span; raises ValueError on anything else."""
    if isinstance(text, timedelta):
        return text
    found = re.fullmatch(r"(\d{1,6})([smhd])", text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"a duration reads like 45s, 10m, 4h or 30d, not {text!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def format_duration(span: timedelta) -> str:
    """The shortest text that `parse_duration` reads as this span (whole seconds)."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}[smhd]$", "examples": ["45s", "4h"]}),
]
Mode = Literal["enforce", "observe"]
Rotate = Literal["after-stream", "never"]


class Policy(BaseModel):
    """What one channel wants, tags included."""

    model_config = ConfigDict(frozen=True)
    managed: bool
    mode: Mode
    rotate: Rotate
    grace: timedelta


class PolicySettings(BaseModel):
    """What every channel of a deployment wants unless its tags say otherwise.

    It travels from the stacks to the functions as one JSON environment variable.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    channels: Literal["tagged", "all"] = "tagged"
    mode: Mode = "enforce"
    rotate: Rotate = "after-stream"
    grace: Duration = timedelta(seconds=60)

    def of(self, tags: Mapping[str, str]) -> Policy:
        """The policy of the channel that carries these tags."""
        managed = self.channels == "all" or tags.get(names.TAG_MANAGED) == "true"
        return Policy(managed=managed, mode=self.mode, rotate=self.rotate, grace=self.grace)
