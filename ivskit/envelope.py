"""Several pieces of metadata in one call, numbered, so that a player can order and dedupe them.

    {"ivskit":1,"seq":["3z7jou2e24cg0","3z7jou2e24cn4"],"items":[{"goal":"home"},"kick-off"]}

`seq` numbers the items in base 36, growing, with gaps: compare numbers by length, then as texts. An
item that is a JSON object or array is embedded as it is, any other text as a JSON string.
docs/metadata.md describes how players use it.
"""

import json
from collections.abc import Sequence
from typing import NoReturn

from ivskit import quotas

VERSION = 1
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# Sequence numbers of SQS have 128 bits.
_LARGEST_NUMBER = str(2**128 - 1)

# Sequence number, as SQS writes it, and the text.
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
    """The bytes of an envelope around this text alone, under the largest number."""
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
    raise ValueError(f"{constant} is not JSON")
