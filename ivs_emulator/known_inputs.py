"""Which members and values of inputs the emulator knows; a botocore may know more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

from .excerpts import excerpt

# An object of a structure's members, [the item] of a list, "A|B" of an enum, null of all else.
Known = Any


def described(shape: Any) -> Known:
    """A shape as known_inputs.json describes it: the file holds this of every input."""
    match shape.type_name:
        case "structure":
            return {name: described(member) for name, member in shape.members.items()}
        case "list":
            return [described(shape.member)]
        case "string" if shape.enum:
            return "|".join(shape.enum)
        case _:
            return None


def unknown(operation: str, shape: Any, given: dict[str, Any]) -> Iterator[str]:
    """The path of each member, and each value of an enum, that the file or the model lacks."""
    yield from _unknown(_known_inputs()[operation], shape, given, "")


@lru_cache
def _known_inputs() -> dict[str, Known]:
    file = resources.files(__package__) / "known_inputs.json"
    known: dict[str, Known] = json.loads(file.read_text())
    return known


def _unknown(known: Known, shape: Any, value: Any, path: str) -> Iterator[str]:
    match known, value:
        case dict(), dict():
            yield from _in_structure(known, shape, value, path)
        case [item], list():
            for index, each in enumerate(value[: _longest(shape)]):
                yield from _unknown(item, shape.member, each, f"{path}[{index}]")
        case str(), str() if value in shape.enum and value not in known.split("|"):
            yield f'{path} = "{value}"'


def _in_structure(
    known: dict[str, Known], shape: Any, value: dict[str, Any], path: str
) -> Iterator[str]:
    prefix = f"{path}." if path else ""
    for name, item in value.items():
        if item is None:
            continue
        if name not in known or name not in shape.members:
            yield f"{prefix}{excerpt(name)}"
        else:
            yield from _unknown(known[name], shape.members[name], item, prefix + name)


def _longest(shape: Any) -> int | None:
    """A longer list is refused whatever it contains."""
    longest: int | None = shape.metadata.get("max")
    return longest
