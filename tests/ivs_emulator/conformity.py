"""Does an answer have the shape that botocore's model gives it?"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from ivs_emulator.validation import pattern_of

PYTHON_TYPES: dict[str, type] = {
    "structure": dict,
    "list": list,
    "map": dict,
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "timestamp": datetime,
}
# The model's prose gives the empty string as a value that its enum does not have.
EMPTY_ALLOWED = {"TranscodePreset"}


def departures(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Where the value is not as the model says: type, required member, enum, pattern, time zone."""
    if not isinstance(value, PYTHON_TYPES[shape.type_name]):
        yield f"{path}: {value!r} is no {shape.type_name}"
    elif shape.type_name in WITHIN:
        yield from WITHIN[shape.type_name](shape, value, path)


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in set(shape.required_members) - value.keys():
        yield f"{path}.{name}: is missing"
    for name in value.keys() - shape.members.keys():
        yield f"{path}.{name}: is not in the model"
    for name in value.keys() & shape.members.keys():
        yield from departures(shape.members[name], value[name], f"{path}.{name}")


def _string(shape: Any, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum and not (shape.name in EMPTY_ALLOWED and not value):
        yield f"{path}: {value!r} is none of {shape.enum}"
    pattern = pattern_of(shape)
    if pattern and "\\p" not in pattern and not re.fullmatch(pattern, value):
        yield f"{path}: {value!r} does not match {pattern}"


def _list(shape: Any, value: list[Any], path: str) -> Iterator[str]:
    for item in value:
        yield from departures(shape.member, item, f"{path}[]")


def _timestamp(_: Any, value: datetime, path: str) -> Iterator[str]:
    if value.tzinfo is None:
        yield f"{path}: {value!r} is in no time zone"


WITHIN: dict[str, Callable[[Any, Any, str], Iterator[str]]] = {
    "structure": _structure,
    "list": _list,
    "string": _string,
    "timestamp": _timestamp,
}
