"""What is asked of the routes under `/_ivs/`, read strictly, each mistake told in a sentence."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, get_args

from .faults import Fault, Kind
from .ingest import Video
from .operations import OPERATIONS

TIME_OUT_SECONDS = 60.0
NUMBER = (int, float)

Fields = dict[str, Any]


class BadInput(Exception):
    """What was asked makes no sense; the text is a sentence for whoever asked."""


class NoSuchRoute(Exception):
    """Nobody answers there; the text says where somebody does."""


def video(given: Any) -> Video:
    kinds: dict[str, Any] = {
        field.name: str if field.name == "codec" else int for field in fields(Video)
    }
    sent = read(given, **kinds)
    for name in sent.keys() - {"codec"}:
        check(sent[name] > 0, f"{name} must be more than 0.")
    return Video(**sent)


def fault(given: Any) -> Fault:
    given = read(
        given,
        kind=str,
        operation=str,
        probability=NUMBER,
        count=int,
        after=bool,
        seconds=NUMBER,
    )
    kinds = get_args(Kind)
    check(given.get("kind") in kinds, f"kind must be one of {', '.join(kinds)}.")
    operation = given.get("operation")
    check(operation in {None, *OPERATIONS}, f"{operation} is no operation of IVS.")
    check(0 <= given.get("probability", 1) <= 1, "probability must be from 0 to 1.")
    for name in ("count", "seconds"):
        check(given.get(name, 0) >= 0, f"{name} must be 0 or more.")
    if given["kind"] == "timeout":
        given.setdefault("seconds", TIME_OUT_SECONDS)
    return Fault(**given)


def check(sensible: bool, sentence: str) -> None:
    if not sensible:
        raise BadInput(sentence)


def json_of(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        raise BadInput("The body must be JSON.") from None


def object_of(body: Any) -> Fields:
    if not isinstance(body, dict):
        raise BadInput("The body must be a JSON object.")
    return body


def read(body: Any, **kinds: type | tuple[type, ...]) -> Fields:
    """The body's fields, if it has no others and they are of these types."""
    for name, value in object_of(body).items():
        if name not in kinds:
            known = f"known are {', '.join(kinds)}" if kinds else "none is"
            raise BadInput(f"{name} is not known here; {known}.")
        kind = kinds[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BadInput(f"{name} must be {NAMES[kind]}.")
    return dict(body)


NAMES: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    NUMBER: "a number",
    list: "a list",
    dict: "an object",
}
