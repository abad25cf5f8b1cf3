"""What an endpoint answered to one call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ivs_emulator.service_model import service_model
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


@dataclass(frozen=True)
class Answered:
    """A status, the code of a refusal, and the members of the answer."""

    operation: str
    status: int
    code: str = ""
    message: str = field(default="", repr=False)
    body: dict[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{self.status} {self.code}".rstrip()

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def as_modelled(self) -> str:
        """`200 in the shape of the model`, or where the answer departs from it."""
        if not self.ok:
            return str(self)
        shape = service_model().operation_model(self.operation).output_shape
        wrong = sorted(set(departures(shape, self.body, self.operation))) if shape else []
        return f"{self.status} {'; '.join(wrong) if wrong else 'in the shape of the model'}"


def departures(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Where the value is not as the model says: type, required member, enum, pattern, time zone."""
    if not isinstance(value, PYTHON_TYPES[shape.type_name]):
        yield f"{path}: is no {shape.type_name}"
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
        yield f"{path}: is none of {', '.join(shape.enum)}"
    pattern = pattern_of(shape)
    if pattern and "\\p" not in pattern and not re.fullmatch(pattern, value):
        yield f"{path}: does not match {pattern}"


def _list(shape: Any, value: list[Any], path: str) -> Iterator[str]:
    for item in value:
        yield from departures(shape.member, item, f"{path}[]")


def _timestamp(_: Any, value: datetime, path: str) -> Iterator[str]:
    if value.tzinfo is None:
        yield f"{path}: is in no time zone"


WITHIN: dict[str, Callable[[Any, Any, str], Iterator[str]]] = {
    "structure": _structure,
    "list": _list,
    "string": _string,
    "timestamp": _timestamp,
}
