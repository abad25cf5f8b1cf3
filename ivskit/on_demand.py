"""Lets a package offer names of its modules, and loads a module when a name is first asked for.

A model takes a third of a millisecond to define, and most functions use a few of them.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def names_in(package: str, modules: Mapping[str, Iterable[str]]) -> Callable[[str], Any]:
    """The `__getattr__` of a package (PEP 562) that offers these names, by their modules."""
    homes = {name: module for module, names in modules.items() for name in names}

    def found(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return found


def class_called(name: str) -> str:
    """The class of a command or outcome is called as that: StopStream for Stop Stream."""
    return name.replace(" ", "")
