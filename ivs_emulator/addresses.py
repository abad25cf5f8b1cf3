"""URLs that somebody gave: checked, and as logs may show them."""

from __future__ import annotations

from urllib.parse import urlsplit


def http_url(text: str) -> str:
    """An http or https URL; raises ValueError with what it must be."""
    try:
        parts = urlsplit(text)
        is_url = bool(parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)
    except ValueError:
        is_url = False
    if not is_url or any(letter.isspace() for letter in text):
        raise ValueError(
            f"must be an http or https URL, such as http://127.0.0.1:8000, not {text!r}"
        )
    if parts.username is not None:
        raise ValueError("must have no user and no password before its host")
    return text


def place_of(url: str) -> str:
    """Its scheme, host and port; the rest may be a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
