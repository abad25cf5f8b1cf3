"""Imports what the runtime is built on, without what no world ever asks of it.

moto's parameter store imports all of EC2, which takes a second and 70 MB, its IAM 5 MB of AWS's own
policies, and time-machine pytest for its fixture.
"""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import ModuleType
from typing import Any

_POLICIES = "moto.iam.aws_managed_policies"


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


def _module(name: str, **attributes: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(attributes)
    return module


def import_leanly() -> None:
    """Import them, once per process."""
    with _in_place_of("moto.ec2", _module("moto.ec2", ec2_backends=_Later())):
        importlib.import_module("moto.ssm")
    policies = _module(_POLICIES, aws_managed_policies_data="{}")
    # Whoever asks moto to load them gets them.
    unasked = "MOTO_IAM_LOAD_MANAGED_POLICIES" not in os.environ
    with _in_place_of(_POLICIES, policies) if unasked else nullcontext():
        importlib.import_module("moto.iam.models")
    with _in_place_of("pytest", None):
        importlib.import_module("time_machine")
