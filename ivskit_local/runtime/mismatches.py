"""Why a pattern does not match an event: the fields, what it wants of them, and what they hold."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivskit_local.runtime.patterns import compile_pattern

_LONGEST_VALUE = 120


@dataclass(frozen=True)
class Mismatch:
    """A field that does not match; found: what the event has there, None where it has none."""

    path: str
    wanted: Any
    found: list[Any] | None

    def __str__(self) -> str:
        values = "nothing" if self.found is None else " and ".join(map(_short, self.found))
        return f"{self.path}: wants {_wanted(self.wanted)}, and the event has {values}"


def mismatches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> list[Mismatch]:
    """Every field that does not match; none where the pattern does. Raises InvalidPattern."""
    return list(_of_object(pattern, event, ""))


def _of_object(
    pattern: Mapping[str, Any], value: Mapping[str, Any], path: str
) -> Iterator[Mismatch]:
    for name, wanted in pattern.items():
        if compile_pattern({name: wanted})(value):
            continue
        if name == "$or":
            # The alternative that is nearest to a match says most.
            ways = [list(_of_object(way, value, path)) for way in wanted]
            yield from min(ways, key=len)
        else:
            yield from _of_field(wanted, value, name, f"{path}{name}")


def _of_field(wanted: Any, value: Mapping[str, Any], name: str, path: str) -> Iterator[Mismatch]:
    there = value.get(name)
    if isinstance(wanted, dict) and isinstance(there, dict | None):
        yield from _of_object(wanted, there or {}, f"{path}.")
    else:
        found = None if name not in value else there if isinstance(there, list) else [there]
        yield Mismatch(path, wanted, found)


def _wanted(wanted: Any) -> str:
    return " or ".join(map(_short, wanted)) if isinstance(wanted, list) else _short(wanted)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
