"""Imports what the runtime is built on, without what no world ever asks of it.

moto's parameter store imports all of EC2, which takes a second and 70 MB, and time-machine imports
pytest for its fixture. Both stay available to whoever asks for them later.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class _Later:
    """Stands for moto's EC2 backends until somebody looks one up."""

    def __getitem__(self, account: str) -> Any:
        return importlib.import_module("moto.ec2").ec2_backends[account]


@contextmanager
def _in_place_of(name: str, stand_in: ModuleType | None) -> Iterator[None]:
    """While nobody has imported the module; with None, as if it were not installed."""
    if name in sys.modules:
        yield
        return
    # mypy: None is how Python itself marks a module that is not to be found.
    sys.modules[name] = stand_in  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def import_leanly() -> None:
    """Import them, once per process."""
    ec2 = ModuleType("moto.ec2")
    vars(ec2)["ec2_backends"] = _Later()
    with _in_place_of("moto.ec2", ec2):
        importlib.import_module("moto.ssm")
    with _in_place_of("pytest", None):
        importlib.import_module("time_machine")
