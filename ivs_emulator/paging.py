"""Pages of a list, in the order of a key that says nothing about age."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from .errors import ValidationException

T = TypeVar("T")


@dataclass(frozen=True)
class PageRequest:
    """What a list operation was asked: how many, and after which token, of which list."""

    limit: int
    token: str | None
    of: str


def page(
    items: Iterable[T], key: Callable[[T], str], request: PageRequest
) -> tuple[list[T], str | None]:
    """The items of one page, and the token of the next, if there is one."""
    after = _last_key(request)
    rest = sorted((item for item in items if key(item) > after), key=key)
    here = rest[: request.limit]
    if len(rest) <= request.limit:
        return here, None
    return here, _token(request.of, key(here[-1]))


def _token(of: str, last: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([of, last]).encode()).decode()


def _last_key(request: PageRequest) -> str:
    if request.token is None:
        return ""
    try:
        of, last = json.loads(base64.urlsafe_b64decode(request.token))
    except (binascii.Error, UnicodeDecodeError, ValueError, TypeError):
        of, last = None, None
    if of != request.of or not isinstance(last, str):
        raise ValidationException("nextToken: not a token that this list has given")
    return last
