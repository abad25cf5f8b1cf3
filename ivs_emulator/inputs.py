"""Strict parsing of requests under `/_ivs/`; each mistake gets a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from .excerpts import excerpt
from .faults import MAX_SECONDS, Fault
from .ingest import Video
from .json_input import read_json
from .operations import OPERATIONS

TIME_OUT_SECONDS = 60.0
FAULTS_AT_MOST = 1_000
DIGITS_AT_MOST = 18

Fields = dict[str, Any]


class BadInput(Exception):
    """The request is invalid; the text is a sentence for the caller."""


class NoSuchRoute(Exception):
    """There is no such route; the text lists those that exist."""


@dataclass(frozen=True)
class Number:
    """A number within bounds; `whole`: without a fraction."""

    low: float
    high: float
    whole: bool = True

    @property
    def types(self) -> tuple[type, ...]:
        return (int,) if self.whole else (int, float)

    def has(self, value: Any) -> bool:
        return bool(self.low <= value <= self.high)


def seconds(high: float) -> Number:
    return Number(0, high, whole=False)


# The largest of each that any encoder sends, with room to spare; IVS takes much less.
VIDEO: dict[str, type | Number] = {
    "width": Number(1, 16_384),
    "height": Number(1, 16_384),
    "bitrate": Number(1, 1_000_000_000),
    "framerate": Number(1, 1_000),
    "codec": str,
    "tracks": Number(1, 16),
    "audioBitrate": Number(1, 10_000_000),
    "keyframeInterval": Number(1, 60),
}


def video(given: Any) -> Video:
    names = fields_of(Video)
    return Video(**{names[name]: value for name, value in read(given, **VIDEO).items()})


def fault(given: Any) -> Fault:
    given = read(
        given,
        kind=str,
        operation=str,
        probability=Number(0, 1, whole=False),
        count=Number(0, 2**31 - 1),
        after=bool,
        seconds=seconds(MAX_SECONDS),
    )
    operation = given.get("operation")
    check(operation in {None, *OPERATIONS}, f"{excerpt(str(operation))} is no operation of IVS.")
    if given.get("kind") == "timeout":
        given.setdefault("seconds", TIME_OUT_SECONDS)
    try:
        return Fault(given.pop("kind", ""), **given)
    except ValueError as wrong:
        raise BadInput(f"{wrong}.") from None


def check(sensible: bool, sentence: str) -> None:
    if not sensible:
        raise BadInput(sentence)


def number_of_event(name: str, text: str) -> int:
    """The number of an event as a URL or a header has it; 0 is before the first."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= DIGITS_AT_MOST
    check(is_number, f'{name} must be the number of an event, or 0, not "{excerpt(text)}".')
    return int(text)


def json_of(body: bytes) -> Any:
    try:
        return read_json(body)
    except ValueError:
        raise BadInput("The body must be JSON.") from None


def object_of(body: Any) -> Fields:
    if not isinstance(body, dict):
        raise BadInput("The body must be a JSON object.")
    return body


def read(body: Any, /, **kinds: type | Number) -> Fields:
    """The body's fields; raises BadInput for unknown ones and wrong types."""
    for name, value in object_of(body).items():
        if name not in kinds:
            known = f"known are {', '.join(kinds)}" if kinds else "none is"
            raise BadInput(f"{excerpt(name)} is not known here; {known}.")
        _check_kind(name, value, kinds[name])
    return dict(body)


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


def fields_of(settings: Any) -> Mapping[str, str]:
    """The names of a dataclass's fields in JSON, and in Python."""
    return {camel_case(field.name): field.name for field in fields(settings)}


def _check_kind(name: str, value: Any, kind: type | Number) -> None:
    types = kind.types if isinstance(kind, Number) else (kind,)
    if not isinstance(value, types) or (isinstance(value, bool) and kind is not bool):
        raise BadInput(f"{name} must be {_named(kind)}.")
    if isinstance(kind, Number):
        bounds = f"from {kind.low:.15g} to {kind.high:.15g}"
        check(kind.has(value), f"{name} must be {bounds}, not {excerpt(str(value))}.")


def _named(kind: type | Number) -> str:
    if isinstance(kind, Number):
        return "a whole number" if kind.whole else "a number"
    return {str: "text", bool: "true or false", list: "a list", dict: "an object"}[kind]
