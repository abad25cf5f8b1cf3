"""What a player reads from timed metadata, as the reader in docs/metadata.md does."""

import json
from collections.abc import Iterable, Iterator
from typing import Any


def delivered(texts: Iterable[str]) -> Iterator[Any]:
    """Every piece of metadata once: JSON as a value, and what an envelope holds unpacked."""
    seen: set[str] = set()
    for text in texts:
        for item, number in _unpacked(text):
            if number not in seen:
                yield item
            if number is not None:
                seen.add(number)


def _unpacked(text: str) -> Iterable[tuple[Any, str | None]]:
    value = _value(text)
    if not isinstance(value, dict) or "ivskit" not in value:
        return [(value, None)]
    if value["ivskit"] != 1:
        return []  # of a version that this reader does not know
    pairs = zip(value["items"], value["seq"], strict=True)
    return sorted(pairs, key=lambda pair: int(pair[1], 36))


def _value(text: str) -> Any:
    """A JSON object or array, or the text as it is."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, dict | list) else text
