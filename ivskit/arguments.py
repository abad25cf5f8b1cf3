"""Checks and normalizes arguments of callers: times, texts, mappings."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

Text = TypeVar("Text", bound=str | bytes)


def texts(given: Text | Iterable[Text]) -> list[Text]:
    """The texts given; a single one is a list of one, not of its letters."""
    return [given] if isinstance(given, str | bytes) else list(given)


def pem(given: object) -> str:
    """A key in PEM, with its line breaks, also where a variable has each as `\\n`.

    Empty for what is neither text nor bytes.
    """
    text = given.decode(errors="replace") if isinstance(given, bytes) else given
    return text.replace("\\r", "").replace("\\n", "\n") if isinstance(text, str) else ""


def is_aware(given: object) -> bool:
    """Whether this is a datetime with a time zone."""
    return isinstance(given, datetime) and given.utcoffset() is not None


def aware(given: datetime, *, field: str) -> datetime:
    """The time given; raises ValueError for one without a time zone."""
    if not is_aware(given):
        raise ValueError(f"{field}: takes a datetime with a time zone, not {given!r}")
    return given


def plain(given: Any) -> Any:
    """A mapping as a dictionary, which botocore requires; anything else as it is."""
    return dict(given) if isinstance(given, Mapping) else given
