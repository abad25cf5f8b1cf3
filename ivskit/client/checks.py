"""Finds arguments that the service would refuse, before they are sent.

The limits are those of botocore's model: types, lengths, sizes, ranges and patterns. botocore
itself checks only required members, types and minimums. The region of each ARN and the general
rules for tags are checked too; enumerations are not, since the service may know more values.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ivskit.arguments import is_aware
from ivskit.errors import NotSent

if TYPE_CHECKING:
    from botocore.model import OperationModel

# Python's re knows no \p; as "_" is allowed, \w is the model's letters and numbers.
_SEPARATORS = "\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TAG = rf"[\w{_SEPARATORS}.:/=+\-@]*"
_PATTERNS = {
    # The model's own pattern allows one single letter for the kind of resource, so no real ARN.
    "ResourceArn": r"arn:aws:ivs:[a-z0-9-]+:[0-9]+:[a-z-]+/[a-zA-Z0-9-]+",
    "TagKey": _TAG,
    "TagValue": _TAG,
}
_KINDS = {
    "boolean": "True or False",
    "integer": "a whole number",
    "list": "a list",
    "long": "a whole number",
    "map": "a mapping",
    "string": "a text",
    "structure": "a mapping",
    "timestamp": "a time with a time zone",
}
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "integer": int,
    "list": (list, tuple),
    "long": int,
    "map": dict,
    "string": str,
    "structure": dict,
}
_LARGEST = {"integer": 2**31 - 1, "long": 2**63 - 1}
_SHOWN = 100

# Field, limit, value.
Complaints = Iterator[tuple[str, str, object]]


def check(operation: "OperationModel", params: Mapping[str, Any], *, region: str) -> None:
    """Raise NotSent for the first argument that the service would refuse."""
    complaints = _Limits(region).of_structure(operation.input_shape, params, "")
    for field, limit, value in complaints:
        raise NotSent(operation.name, field=field, limit=limit, value=value)


@dataclass(frozen=True)
class _Limits:
    region: str

    def of_structure(self, shape: Any, value: Mapping[str, Any], path: str) -> Complaints:
        for name, inner in value.items():
            if name in shape.members:
                yield from self._of(shape.members[name], inner, path + name)

    def _of(self, shape: Any, value: Any, field: str) -> Complaints:
        if _is_of(shape.type_name, value):
            yield from self._of_value(shape, value, field)
        else:
            kind = type(value).__name__
            yield field, _KINDS[shape.type_name], kind if _is_secret(shape) else _shown(value)

    def _of_value(self, shape: Any, value: Any, field: str) -> Complaints:
        match shape.type_name:
            case "string":
                yield from self._of_string(shape, value, field)
            case "integer" | "long":
                yield from _of_integer(shape, value, field)
            case "list":
                yield from self._of_list(shape, value, field)
            case "map":
                yield from self._of_tags(shape, value, field)
            case "structure":
                yield from self.of_structure(shape, value, f"{field}.")

    def _of_list(self, shape: Any, value: Sequence[Any], field: str) -> Complaints:
        yield from _of_size(shape, len(value), field, "items")
        if shape.member.type_name == "string" and all(self._fits(shape.member, v) for v in value):
            return
        for index, item in enumerate(value):
            yield from self._of(shape.member, item, f"{field}[{index}]")

    def _of_tags(self, shape: Any, value: Mapping[str, Any], field: str) -> Complaints:
        yield from _of_size(shape, len(value), field, "entries")
        for key, item in value.items():
            name = str(key)[:_SHOWN]
            if name.lower().startswith("aws:"):
                yield f"{field}: key", 'no "aws:" at its beginning', repr(name)
            yield from self._of(shape.key, key, f"{field}: key")
            yield from self._of(shape.value, item, f"{field}: value of {name!r}")

    def _of_string(self, shape: Any, value: str, field: str) -> Complaints:
        if self._fits(shape, value):
            return
        low, high, pattern, _ = _text(shape)
        if not low <= len(value) <= high:
            yield from _of_size(shape, len(value), field, "characters")
        elif pattern is not None and not pattern.fullmatch(value):
            yield field, f"must match {pattern.pattern}", repr(value[:_SHOWN])
        else:
            yield field, f"an ARN of {self.region}, where the client is", repr(value)

    def _fits(self, shape: Any, value: object) -> bool:
        low, high, pattern, is_arn = _text(shape)
        if not isinstance(value, str) or not low <= len(value) <= high:
            return False
        if pattern is not None and not pattern.fullmatch(value):
            return False
        return not is_arn or not value or value.split(":", 4)[3] == self.region


def _is_of(kind: str, value: object) -> bool:
    """Whether a value is of this kind; botocore checks kinds that are unknown here."""
    if kind == "timestamp":
        return is_aware(value)
    if isinstance(value, bool):
        return kind == "boolean" or kind not in _TYPES
    return isinstance(value, _TYPES.get(kind, object))


def _is_secret(shape: Any) -> bool:
    return bool(shape.metadata.get("sensitive"))


def _shown(value: object) -> str:
    """A number with its type; for other values of a wrong type, only the type."""
    kind = type(value).__name__
    match value:
        case datetime():
            return value.isoformat()
        case int() | float():
            return f"{value!r} ({kind})"
    return "None" if value is None else kind


def _of_integer(shape: Any, value: int, field: str) -> Complaints:
    low, high = shape.metadata.get("min"), shape.metadata.get("max", _LARGEST[shape.type_name])
    if value > high or (low is not None and value < low):
        yield field, f"at most {high}" if low is None else f"from {low} to {high}", value


def _of_size(shape: Any, size: int, field: str, unit: str) -> Complaints:
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", size)
    if not low <= size <= high:
        yield field, f"at least {low} {unit}" if size < low else f"at most {high} {unit}", size


class _Text(NamedTuple):
    low: int
    high: float
    pattern: re.Pattern[str] | None
    is_arn: bool


@lru_cache(maxsize=256)
def _text(shape: Any) -> _Text:
    metadata = shape.metadata
    pattern = _PATTERNS.get(shape.name) or metadata.get("pattern", "")
    return _Text(
        low=metadata.get("min", 0),
        high=metadata.get("max", float("inf")),
        pattern=re.compile(pattern) if pattern else None,
        is_arn="arn:aws:ivs:" in pattern,
    )
