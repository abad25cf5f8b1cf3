"""Results on the wire, as the model has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name


def wired(shape: Any, value: Any) -> Any:
    """A result in JSON's kinds; what the shape does not have is left out, and so is None.

    Structures may be objects or mappings, with members in snake_case or as in the model.
    """
    match shape.type_name:
        case "structure":
            members = {name: _member(value, name) for name in shape.members}
            return {n: wired(shape.members[n], v) for n, v in members.items() if v is not None}
        case "list":
            return [wired(shape.member, item) for item in value]
        case "map":
            return {key: wired(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return iso_8601(value)
        case _:
            return value


def iso_8601(at: datetime) -> str:
    """In UTC, with a fraction only if there is one."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _member(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name, value.get(xform_name(name)))
    return getattr(value, xform_name(name), None)
