"""Pieces of input in messages and logs: short, and without stream keys."""

import re

LONGEST = 100
_STREAM_KEY = re.compile(r"sk_[A-Za-z0-9-]+_[A-Za-z0-9_]+")


def excerpt(text: str) -> str:
    """The first 100 characters of somebody's input, stream keys masked."""
    # Masked before it is cut: half a key is a secret too.
    return _STREAM_KEY.sub("sk_***", text[: 4 * LONGEST])[:LONGEST]
