"""Results and inputs as the model has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.utils import parse_to_aware_datetime


def shaped(shape: Any, value: Any, time: Callable[[datetime], object]) -> Any:
    """A result as the model has it; what the shape does not have is left out, and so is None.

    time: converts each time to what the caller wants.

    Structures may be objects or mappings, with members in snake_case or as in the model.
    """
    match shape.type_name:
        case "structure":
            members = {name: _member(value, name) for name in shape.members}
            return {
                n: shaped(shape.members[n], v, time) for n, v in members.items() if v is not None
            }
        case "list":
            return [shaped(shape.member, item, time) for item in value]
        case "map":
            return {key: shaped(shape.value, item, time) for key, item in value.items()}
        case "timestamp":
            return time(value)
        case _:
            return value


def sent(shape: Any, value: Any) -> Any:
    """A copy of a parameter in JSON's kinds; an unknown one has no shape."""
    if isinstance(value, Mapping):
        members = shape.members if shape and shape.type_name == "structure" else {}
        return {name: sent(members.get(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        member = shape.member if shape and shape.type_name == "list" else None
        return [sent(member, item) for item in value]
    if shape and shape.type_name == "timestamp":
        return iso_8601(parse_to_aware_datetime(value))
    return value


def iso_8601(at: datetime) -> str:
    """In UTC, with a fraction only if there is one."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _member(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name, value.get(xform_name(name)))
    return getattr(value, xform_name(name), None)
