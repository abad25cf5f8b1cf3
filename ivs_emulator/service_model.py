"""botocore's model of IVS, and which operation a method and a path mean in it."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from botocore.loaders import create_loader
from botocore.model import ServiceModel


@lru_cache
def service_model() -> Any:
    """The model that botocore has here, which may be newer than the emulator."""
    # Not by a session, which would fail where AWS_PROFILE names no profile. Any: what members,
    # limits and enums a shape has depends on its kind, which stubs cannot say.
    loader = create_loader(os.environ.get("AWS_DATA_PATH"))
    return ServiceModel(loader.load_service_model("ivs", "service-2"), "ivs")


@lru_cache
def input_shape(operation: str) -> Any:
    return service_model().operation_model(operation).input_shape


def operation_at(method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """The operation's name and what its path holds; None where the model has none.

    The query has no say: an SDK leaves an empty list out of it, as of UntagResource's keys.
    """
    for name, pattern in _routes().get(method, ()):
        if match := pattern.fullmatch(path):
            return name, {key: unquote(value) for key, value in match.groupdict().items()}
    return None


def methods_at(path: str) -> list[str]:
    """The methods that the model has operations for at this path."""
    return [
        method
        for method, routes in _routes().items()
        if any(pattern.fullmatch(path) for _, pattern in routes)
    ]


@lru_cache
def _routes() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    routes: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for name in service_model().operation_names:
        http = service_model().operation_model(name).http
        # All that a path of the model holds beside names are slashes, which need no escape.
        pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>.+)", http["requestUri"]))
        routes.setdefault(http["method"], []).append((name, pattern))
    return routes
