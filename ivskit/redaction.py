"""Keeps stream keys out of what is logged, published and stored."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ivskit import names

_STREAM_KEY = re.compile(names.STREAM_KEY_PATTERN)
# Fields whose value only the sender and the viewers may see.
_SECRET_FIELDS = frozenset({"metadata", "streamKey", "stream_key", "passphrase"})
_LONGEST_VALUE = 200
_LONGEST_ERROR = 400
_MOST_ERRORS = 50
# Nothing in ivskit nests nearly as deep, and Python recurses only a few hundred levels.
_DEEPEST = 32


def redact(value: Any) -> Any:
    """The same JSON value without stream keys and the values of secret fields.

    An unpaired surrogate, which UTF-8 cannot encode, is escaped; what is nested more than 32 deep
    becomes "(nested too deep)".
    """
    return _redacted(value, _DEEPEST)


def _redacted(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return _redacted_text(value)
    if not isinstance(value, dict | list):
        return value
    if not levels:
        return "(nested too deep)"
    if isinstance(value, list):
        return [_redacted(inner, levels - 1) for inner in value]
    return {
        _redacted_text(name): "(removed)"
        if name in _SECRET_FIELDS
        else _redacted(inner, levels - 1)
        for name, inner in value.items()
    }


def _redacted_text(text: str) -> str:
    encodable = text.encode(errors="backslashreplace").decode()
    return _STREAM_KEY.sub("sk_(removed)", encodable)


def redacted_errors(error: ValidationError) -> Iterator[str]:
    """One line per validation error: the field, what is wrong, and the value unless secret.

    The first 50 errors, 400 characters each: an event has room for 256 KB.
    """
    lines = error.errors(include_url=False, include_context=False)
    for line in lines[:_MOST_ERRORS]:
        yield _line(line)
    if len(lines) > _MOST_ERRORS:
        yield f"and {len(lines) - _MOST_ERRORS} more"


def _line(line: ErrorDetails) -> str:
    field = ".".join(str(part) for part in line["loc"]) or "detail"
    said = f"{field}: {line['msg']}"
    if not isinstance(line["input"], dict) and _SECRET_FIELDS.isdisjoint(line["loc"]):
        said += f", not {json.dumps(redact(line['input']), default=str)[:_LONGEST_VALUE]}"
    return str(redact(said))[:_LONGEST_ERROR]
