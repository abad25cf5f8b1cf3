"""Whatever is sent as JSON, every player can parse; all else is refused by its place."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import ValidationError

from ivskit.commands import PushMetadata
from ivskit.metadata_text import metadata_text
from ivskit.policy.welcomes import Welcome
from tests.samples import CHANNEL


@dataclass
class Scalar:
    """A number of another library, such as numpy, that is no subclass of Python's."""

    value: float

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)


class Whole(Scalar):
    """Its whole numbers."""


Real.register(Scalar)
Integral.register(Whole)


@pytest.mark.parametrize(
    ("metadata", "text"),
    [
        ("as it is: NaN", "as it is: NaN"),
        ({"poll": ["é", 1, True, None]}, '{"poll":["é",1,true,null]}'),
        ({"score": -0.0}, '{"score":-0.0}'),
        ({"score": Decimal("12.50")}, '{"score":12.5}'),
        ([Decimal(7), Decimal("1E+3"), Decimal("-0")], "[7,1000,0]"),
        ([Decimal("12345678901234567890")], "[12345678901234567890]"),
        ([Fraction(1, 4), Scalar(0.5), Whole(3)], "[0.25,0.5,3]"),
        ((1, (2,)), "[1,[2]]"),
        (MappingProxyType({"a": MappingProxyType({})}), '{"a":{}}'),
        (0, "0"),
    ],
)
def test_metadata_is_sent_as_text_or_compact_json(metadata: object, text: str) -> None:
    assert metadata_text(metadata) == text


REFUSED: dict[str, tuple[object, str]] = {
    "nan": ({"score": math.nan}, "metadata.score: is NaN, infinite or too large"),
    "infinity in lists": ([1, [{"a": [math.inf]}]], "metadata[1][0].a[0]: is NaN, infinite"),
    "minus infinity": (-math.inf, "metadata: is NaN, infinite"),
    "another library's nan": ([Scalar(math.nan)], "metadata[0]: is NaN, infinite"),
    "decimal nan": ([Decimal("NaN")], "metadata[0]: is NaN, infinite"),
    "signalling nan": ([Decimal("sNaN")], "metadata[0]: is NaN, infinite"),
    "decimal infinity": ([Decimal("-Infinity")], "metadata[0]: is NaN, infinite"),
    "what a player reads as infinity": ([10**400], "metadata[0]: is NaN, infinite or too large"),
    "a decimal like that": ([Decimal("1E+999999")], "metadata[0]: is NaN, infinite or too large"),
    "time": ({"at": datetime.now(UTC)}, "metadata.at: is of type datetime, which JSON cannot hold"),
    "bytes": (b"goal", "metadata: is of type bytes"),
    "set": ({"a": {1}}, "metadata.a: is of type set"),
    "complex": ([1j], "metadata[0]: is of type complex"),
    "object": ({"a": object()}, "metadata.a: is of type object"),
    "a key that is no text": ({"a": {1: 2}}, "metadata.a: has a key that is of type int"),
    "a key that is nan": ({math.nan: 2}, "metadata: has a key that is of type float"),
    "half a character": ({"a": "\ud83c"}, "metadata has an unpaired surrogate"),
    "half a character as text": ("\udf89", "metadata has an unpaired surrogate"),
    "half a character as key": ({"\ud83c": 1}, "metadata has an unpaired surrogate"),
    "nothing": ("", "metadata takes 1 to 1024 bytes of UTF-8, not 0"),
    "too much": (["é" * 511], "metadata takes 1 to 1024 bytes of UTF-8, not 1026"),
}
DEEP: Any = []
for _ in range(5_000):
    DEEP = [DEEP]
CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(("metadata", "words"), REFUSED.values(), ids=REFUSED)
def test_what_no_player_could_parse_is_refused_by_its_place(metadata: object, words: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared below
        metadata_text(metadata)

    assert str(caught.value).startswith(words)
    assert "12345" not in str(caught.value)


@pytest.mark.parametrize("metadata", [DEEP, CIRCLE], ids=["deep", "circle"])
def test_metadata_without_end_is_refused(metadata: object) -> None:
    with pytest.raises(ValueError, match="metadata is nested too deep"):
        metadata_text(metadata)


@pytest.mark.parametrize("metadata", [{"score": math.nan}, {"tags": {1}}, [b"x"]])
def test_commands_and_welcomes_refuse_it_as_well(metadata: object) -> None:
    with pytest.raises(ValidationError, match="which JSON cannot hold"):
        PushMetadata.issue(channel_arns=[CHANNEL], metadata=metadata)
    with pytest.raises(ValidationError, match="which JSON cannot hold"):
        Welcome(metadata=metadata)


NUMBERS = some.floats() | some.integers() | some.decimals()
LEAVES = some.none() | some.booleans() | NUMBERS | some.text(max_size=9)
NESTED = some.recursive(
    LEAVES,
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=9,
)


@given(NESTED)
def test_whatever_it_is_it_is_refused_or_strict_json(metadata: object) -> None:
    try:
        text = metadata_text(metadata)
    except ValueError:
        return

    if not isinstance(metadata, str):
        json.loads(text, parse_constant=_not_json)


def _not_json(constant: str) -> NoReturn:
    raise AssertionError(constant)
