"""Several pieces of metadata in one call, numbered, so that a player can order and dedupe them.

    {"ivskit":1,"seq":["3z7jou2e24cg0","3z7jou2e24cn4"],"items":[{"goal":"home"},"kick-off"]}

`seq` numbers the items: base 36, growing, with gaps; the longer of two numbers is the larger, of
equally long ones the one that sorts later. An item that is a JSON object or array stands as it is,
any other text as a JSON string. docs/metadata.md says what players make of it.
"""

import json
from collections.abc import Sequence
from typing import NoReturn

from ivskit import quotas

VERSION = 1
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# SQS says that its sequence numbers have 128 bits.
_LARGEST_NUMBER = str(2**128 - 1)

# Sequence number, as SQS writes it, and text.
Item = tuple[str, str]


def wrapped(items: Sequence[Item]) -> str:
    """The envelope around these items, as it is sent."""
    numbers = ",".join(f'"{numbered(number)}"' for number, _ in items)
    texts = ",".join(_as_json(text) for _, text in items)
    return f'{{"ivskit":{VERSION},"seq":[{numbers}],"items":[{texts}]}}'


def fits(items: Sequence[Item]) -> bool:
    """Whether these items go in one call."""
    return _size(items) <= quotas.METADATA_BYTES


def size_alone(text: str) -> int:
    """The bytes that are sent for this text alone, under the largest number."""
    return _size([(_LARGEST_NUMBER, text)])


def numbered(number: str) -> str:
    """A sequence number of SQS as the envelope writes it."""
    rest, digits = int(number), ""
    while rest:
        rest, digit = divmod(rest, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _size(items: Sequence[Item]) -> int:
    return len(wrapped(items).encode())


def _as_json(text: str) -> str:
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        value = None
    return text if isinstance(value, dict | list) else json.dumps(text, ensure_ascii=False)


def _refuse(constant: str) -> NoReturn:
    # Python reads NaN and Infinity, and no player does.
    raise ValueError(f"{constant} is no JSON")
