"""From the model of an operation's input: for each limit, an input that is just beyond it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ivs_emulator.service_model import input_shape
from ivs_emulator.validation import pattern_of


@dataclass(frozen=True)
class Spoiler:
    """Puts one wrong value into an input: where, what is wrong with it, and how it gets there."""

    path: str
    wrong: str
    value: Any
    steps: tuple[str | int, ...]

    def spoil(self, given: dict[str, Any]) -> dict[str, Any]:
        """A copy of the input with the wrong value in its place."""
        spoilt = copy.deepcopy(given)
        at: Any = spoilt
        for step, following in zip(self.steps, self.steps[1:], strict=False):
            at = _entered(at, step, [] if isinstance(following, int) else {})
        last = self.steps[-1]
        if isinstance(last, int) and isinstance(at, list):
            at[:] = [self.value]
        else:
            at[last] = self.value
        return spoilt


def _entered(at: Any, step: str | int, empty: Any) -> Any:
    if isinstance(step, int):
        if len(at) <= step:
            at.append(empty)
        return at[step]
    return at.setdefault(step, empty)


def spoilers(operation: str) -> Iterator[Spoiler]:
    """One for each limit of each member; what an SDK puts into the path is left out."""
    for name, shape in input_shape(operation).members.items():
        if shape.serialization.get("location") is None:
            yield from _of(shape, name, (name,))


def _of(shape: Any, path: str, steps: tuple[str | int, ...]) -> Iterator[Spoiler]:
    for wrong, value in OWN.get(shape.type_name, _nothing)(shape):
        yield Spoiler(path, wrong, value, steps)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from _of(member, f"{path}.{name}", (*steps, name))
    if shape.type_name == "list":
        yield from _of(shape.member, f"{path}[]", (*steps, 0))


def _string(shape: Any) -> Iterator[tuple[str, Any]]:
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
    pattern = pattern_of(shape)
    if low == 1 and pattern is None:
        yield "empty", ""
    if high is not None:
        yield f"{high + 1} characters", _fitting(pattern, high + 1)
    if pattern is not None:
        yield "characters outside the pattern", _outside(pattern, low)
    if shape.enum:
        yield "a value outside the enum", "NO_SUCH_VALUE"


def _fitting(pattern: str | None, length: int) -> str:
    """A text of this length that fits the pattern, but for its length."""
    for start in ("", "st-", *_arns(pattern or "")):
        text = start + "a" * (length - len(start))
        if pattern is None or re.fullmatch(pattern, text):
            return text
    raise ValueError(f"no text of {length} characters fits {pattern}")


def _arns(pattern: str) -> list[str]:
    found = re.search(r"arn:aws:(\w+):.*:([a-zA-Z-]+)/", pattern)
    return [f"arn:aws:{found[1]}:us-west-2:123456789012:{found[2]}/"] if found else []


def _outside(pattern: str, low: int) -> str:
    text = "!".ljust(low, "!")
    if re.fullmatch(pattern, text):
        raise ValueError(f"{text} fits {pattern}")
    return text


def _number(shape: Any) -> Iterator[tuple[str, Any]]:
    if "min" in shape.metadata:
        yield f"{shape.metadata['min'] - 1}", shape.metadata["min"] - 1
    if "max" in shape.metadata:
        yield f"{shape.metadata['max'] + 1}", shape.metadata["max"] + 1


def _list(shape: Any) -> Iterator[tuple[str, Any]]:
    if shape.metadata.get("min"):
        yield "no items", []
    if "max" in shape.metadata:
        many = shape.metadata["max"] + 1
        yield f"{many} items", [_item(shape.member, number) for number in range(many)]


def _item(shape: Any, number: int) -> Any:
    if shape.type_name == "structure":
        return {name: _item(shape.members[name], number) for name in shape.required_members}
    pattern = pattern_of(shape)
    return _fitting(pattern, 60) if pattern else f"viewer-{number}"


def _map(shape: Any) -> Iterator[tuple[str, Any]]:
    most, key, value = (s.metadata["max"] for s in (shape, shape.key, shape.value))
    yield f"{most + 1} entries", {f"key{number}": "" for number in range(most + 1)}
    yield "an empty key", {"": "value"}
    yield f"a key of {key + 1} characters", {"k" * (key + 1): ""}
    yield f"a value of {value + 1} characters", {"key": "v" * (value + 1)}
    yield "a key with other characters", {"a*b": "value"}


def _nothing(_: Any) -> Iterator[tuple[str, Any]]:
    return iter(())


OWN: dict[str, Callable[[Any], Iterator[tuple[str, Any]]]] = {
    "string": _string,
    "integer": _number,
    "long": _number,
    "list": _list,
    "map": _map,
}
