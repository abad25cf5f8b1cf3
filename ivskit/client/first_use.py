"""Loads modules late: pydantic is a third of a cold start, and not every call needs it."""

from importlib import import_module
from typing import Any


class OnFirstUse:
    """A module that is loaded when one of its names is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self._name), name)
        setattr(self, name, found)
        return found
