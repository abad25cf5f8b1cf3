"""Timed metadata as it is sent: a text, or JSON that every player can parse.

RFC 8259 has neither NaN nor infinity. Python writes them all the same, and `JSON.parse` in the
player fails.
"""

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from numbers import Integral, Real
from typing import TypeGuard

from ivskit import quotas

_SURROGATES = re.compile("[\ud800-\udfff]")
_LONGEST_PATH = 100

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def metadata_text(metadata: object) -> str:
    """Text as it is, anything else as compact JSON; 1 to 1,024 bytes of UTF-8.

    Decimals become numbers. Raises ValueError, which shows no value, for what JSON or UTF-8 cannot
    represent: NaN, infinity, keys and values of other types, an unpaired surrogate.
    """
    text = metadata if isinstance(metadata, str) else _compact(metadata)
    if not is_utf8(text):
        raise ValueError("metadata has an unpaired surrogate, which UTF-8 cannot encode")
    size = len(text.encode())
    if not 1 <= size <= quotas.METADATA_BYTES:
        raise ValueError(f"metadata takes 1 to {quotas.METADATA_BYTES} bytes of UTF-8, not {size}")
    return text


def is_utf8(text: str) -> bool:
    """Whether UTF-8 can encode this text: it has no unpaired surrogate."""
    return not _SURROGATES.search(text)


def _compact(metadata: object) -> str:
    try:
        value = _json(metadata, "metadata")
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise ValueError("metadata is nested too deep") from None


def _json(value: object, path: str) -> Json:
    match value:
        case None | bool() | str():
            return value
        case Mapping():
            return {_key(key, path): _json(each, f"{path}.{key}") for key, each in value.items()}
        case list() | tuple():
            return [_json(each, f"{path}[{index}]") for index, each in enumerate(value)]
    return _number(value, path)


def _key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise ValueError(f"{_cut(path)}: has a key that is {_a(key)}, and JSON keys are texts")  # noqa: TRY004 - pydantic passes on no TypeError
    return key


def _number(value: object, path: str) -> int | float:
    if not isinstance(value, Real | Decimal):  # numpy's numbers are registered as what they are
        raise ValueError(f"{_cut(path)}: is {_a(value)}, which JSON cannot hold")  # noqa: TRY004 - as above
    double = _double(value)
    if not math.isfinite(double):
        raise ValueError(f"{_cut(path)}: is NaN, infinite or too large, which JSON cannot hold")
    return int(value) if _is_whole(value) else double


def _double(value: Real | Decimal) -> float:
    try:
        return float(value)
    except (OverflowError, ValueError):  # beyond all doubles, or a signalling NaN
        return math.nan


def _is_whole(value: Real | Decimal) -> TypeGuard[int]:
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, Integral)


def _a(value: object) -> str:
    return f"of type {type(value).__name__}"


def _cut(path: str) -> str:
    return path[:_LONGEST_PATH]
