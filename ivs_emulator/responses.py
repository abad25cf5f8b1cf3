"""The adapter to moto: a request as moto passes it, in process or from its server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .api import ApiRequest, answer


def respond(
    request: Any, full_url: str, headers: Mapping[str, str]
) -> tuple[int, dict[str, str], str]:
    """The answer as moto wants it."""
    url = urlsplit(full_url)
    # Depending on moto's version and entry point, requests are werkzeug's or botocore's.
    body = request.get_data() if hasattr(request, "get_data") else request.body or b""
    asked = ApiRequest(
        method=request.method,
        path=url.path,
        query=parse_qs(url.query, keep_blank_values=True),
        headers={name.lower(): value for name, value in headers.items()},
        body=body.encode() if isinstance(body, str) else body,
    )
    said = answer(asked, url.netloc)
    return said.status, said.headers, said.body
