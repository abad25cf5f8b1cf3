"""Time spans as people write them: 45s, 10m, 4h, 30d, and off for no limit."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WRITTEN = re.compile(r"([0-9]{1,6})([smhd])")
OFF = "off"


def parse_duration(text: object) -> timedelta:
    """`45s`, `10m`, `4h` or `30d` as a time span; raises ValueError on anything else."""
    if isinstance(text, timedelta):
        return _writable(text)
    found = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"a duration reads like 45s, 10m, 4h or 30d, not {text!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _writable(span: timedelta) -> timedelta:
    """The span, if its text reads back as the same span."""
    text = format_duration(span)
    if span.microseconds or not _WRITTEN.fullmatch(text):
        raise ValueError(f"a duration has up to six digits and a unit, and {span} has no such form")
    return span


def format_duration(span: timedelta) -> str:
    """The shortest text that `parse_duration` reads as this span (whole seconds)."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _limit(text: object) -> timedelta | None:
    if text is None or text == OFF:
        return None
    span = parse_duration(text)
    if not span:
        # A person who writes 0m may mean "no limit", and would see every stream cut.
        raise ValueError(f"a limit of {text!r} would stop every stream: use off for no limit")
    return span


def written(value: object) -> object:
    if value is None:
        return OFF
    return format_duration(value) if isinstance(value, timedelta) else value


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}[smhd]$", "examples": ["45s", "4h"]}),
]
# None is no limit, and is written `off`.
Limit = Annotated[
    timedelta | None, BeforeValidator(_limit), PlainSerializer(written, return_type=str)
]
