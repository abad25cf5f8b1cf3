"""Everything that botocore's model says about an input, also what botocore does not check."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from botocore import xform_name
from botocore.model import Shape

from .excerpts import excerpt

# The model's own pattern allows one single letter for the kind of resource, so no real ARN.
CORRECTED_PATTERNS = {"ResourceArn": r"arn:aws:ivs:[a-z0-9-]+:[0-9]+:[a-z-]+/[a-zA-Z0-9-]+"}

# Python's re knows no \p; in these patterns, which allow "_" anyway, \w is letters and numbers.
SEPARATORS = "\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\w", r"\p{Z}": SEPARATORS}

INTEGER_BITS = {"integer": 32, "long": 64}

# Python's calendar ends with the year 9999, and what follows a moment needs room after it.
LAST_YEAR = 9998

Complaints = Iterator[str]


def complaints(shape: Shape, value: Any, path: str = "") -> Complaints:
    """A sentence for each thing that is wrong with the value, naming member, limit and value.

    Items of a list of the wrong size are not checked.
    """
    yield from CHECKS[shape.type_name](shape, value, path)


def _structure(shape: Any, value: Any, path: str) -> Complaints:
    if not isinstance(value, dict):
        yield f"{path or 'the body'}: must be an object"
        return
    prefix = f"{path}." if path else ""
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from complaints(member, value[name], prefix + name)
        elif name in shape.required_members:
            yield f"{prefix}{name}: is required"


def _list(shape: Any, value: Any, path: str) -> Complaints:
    if not isinstance(value, list):
        yield f"{path}: must be a list"
        return
    if wrong := _size(shape, len(value), path, "items"):
        yield wrong
        return
    for index, item in enumerate(value):
        yield from complaints(shape.member, item, f"{path}[{index}]")


def _map(shape: Any, value: Any, path: str) -> Complaints:
    if not isinstance(value, dict):
        yield f"{path}: must be an object"
        return
    if wrong := _size(shape, len(value), path, "entries"):
        yield wrong
        return
    for key, item in value.items():
        yield from complaints(shape.key, key, f"{path} (key)")
        yield from complaints(shape.value, item, f"{path}.{excerpt(key)}")


def _string(shape: Any, value: Any, path: str) -> Complaints:
    if not isinstance(value, str) or not _is_unicode(value):
        yield f"{path}: must be a string"
        return
    if wrong := _size(shape, len(value), f"{path}{_shown(shape, value)}", "characters"):
        yield wrong
        return
    if shape.enum and value not in shape.enum:
        yield f"{path}{_shown(shape, value)}: must be one of {', '.join(shape.enum)}"
    pattern = pattern_of(shape)
    if pattern and not _compiled(pattern).fullmatch(value):
        yield f"{path}{_shown(shape, value)}: must match {pattern}"


def _integer(shape: Any, value: Any, path: str) -> Complaints:
    if not isinstance(value, int) or isinstance(value, bool):
        yield f"{path}: must be an integer"
        return
    largest = 2 ** (INTEGER_BITS[shape.type_name] - 1) - 1
    low, high = shape.metadata.get("min", -largest - 1), shape.metadata.get("max", largest)
    if not low <= value <= high:
        yield f"{path} = {excerpt(str(value))}: must be from {low} to {high}"


def _boolean(_: Shape, value: Any, path: str) -> Complaints:
    if not isinstance(value, bool):
        yield f"{path}: must be true or false"


def _timestamp(_: Shape, value: Any, path: str) -> Complaints:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        yield f"{path}: must be an ISO 8601 time"
        return
    if at.tzinfo is None:
        yield f'{path} = "{value}": must have a time zone, such as Z'
    elif not 1 < at.year <= LAST_YEAR:
        yield f'{path} = "{value}": must be in the years 2 to {LAST_YEAR}'


CHECKS: dict[str, Callable[[Any, Any, str], Complaints]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _integer,
    "long": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
}


def _size(shape: Shape, size: int, path: str, unit: str) -> str | None:
    """What is wrong with the size; then single items, maybe millions, are not checked."""
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", size)
    if low <= size <= high:
        return None
    limit = f"at least {low}" if size < low else f"at most {high}"
    return f"{path}: must have {limit} {unit}, has {size}"


def _shown(shape: Shape, value: str) -> str:
    if shape.metadata.get("sensitive"):
        return ""
    return f' = "{excerpt(value)}"'


def _is_unicode(value: str) -> bool:
    """JSON can spell half of a surrogate pair, which is no text."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def pattern_of(shape: Shape) -> str | None:
    """The shape's pattern, corrected where the model's own is broken."""
    pattern: str | None = shape.metadata.get("pattern")
    return CORRECTED_PATTERNS.get(shape.name, pattern)


@lru_cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for theirs, ours in CLASSES.items():
        pattern = pattern.replace(theirs, ours)
    return re.compile(pattern)


def typed(shape: Any, value: Any) -> Any:
    """A valid value as Python has it: members in snake_case, times in UTC."""
    match shape.type_name:
        case "structure":
            present = {k: v for k, v in value.items() if k in shape.members and v is not None}
            return {xform_name(k): typed(shape.members[k], v) for k, v in present.items()}
        case "list":
            return [typed(shape.member, item) for item in value]
        case "timestamp":
            return datetime.fromisoformat(value).astimezone(UTC)
        case _:
            return value
