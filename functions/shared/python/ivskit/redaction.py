"""Keeps stream keys out of what is logged, published and stored."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ivskit import names

_STREAM_KEY = re.compile(names.STREAM_KEY_PATTERN)
# Fields whose value is the business of the sender and the viewers only.
_SECRET_FIELDS = frozenset({"metadata", "streamKey", "stream_key", "passphrase"})
_LONGEST_VALUE = 200
_LONGEST_ERROR = 400
_MOST_ERRORS = 50


def redact(value: Any) -> Any:
    """The same JSON value with every stream key and secret field taken out.

    Half a surrogate pair, which no UTF-8 has, is spelt out as JSON spells it.
    """
    if isinstance(value, dict):
        return {
            redact(name): "(removed)" if name in _SECRET_FIELDS else redact(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [redact(inner) for inner in value]
    return _redacted_text(value) if isinstance(value, str) else value


def _redacted_text(text: str) -> str:
    encodable = text.encode(errors="backslashreplace").decode()
    return _STREAM_KEY.sub("sk_(removed)", encodable)


def redacted_errors(error: ValidationError) -> Iterator[str]:
    """One line per validation error: the field, what is wrong, and the value unless secret.

    The first 50 errors, 400 characters each: an event has room for 256 KB.
    """
    lines = error.errors(include_url=False, include_context=False)
    for line in lines[:_MOST_ERRORS]:
        yield _redacted(line)
    if len(lines) > _MOST_ERRORS:
        yield f"and {len(lines) - _MOST_ERRORS} more"


def _redacted(line: ErrorDetails) -> str:
    field = ".".join(str(part) for part in line["loc"]) or "detail"
    said = f"{field}: {line['msg']}"
    if not isinstance(line["input"], dict) and _SECRET_FIELDS.isdisjoint(line["loc"]):
        said += f", not {json.dumps(line['input'], default=str)[:_LONGEST_VALUE]}"
    return str(redact(said))[:_LONGEST_ERROR]
