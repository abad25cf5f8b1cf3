"""Modules that sandboxes share, and what a function must not do so that they can."""

import ast
import os
import re
import types
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from json import JSONDecoder
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import pytest
from pydantic import BaseModel

from ivskit_local.runtime import shared_modules
from tests.ivskit_local.runtime.apps import event, function, lines, world, write
from tests.worlds import ROOT

HANDLER = """
    from counts import counter
    seen = 0
    def handler(batch, context):
        global seen
        seen += 1
        counter.seen += counter.STEP
        print(seen, counter.seen)
"""
# What no code changes, or no code of ours.
CONSTANTS = (
    *(bool, bytes, frozenset, int, str, timedelta, tuple, type(None), re.Pattern, UUID),
    *(types.GenericAlias, types.UnionType, types.MappingProxyType, TypeVar, JSONDecoder),
)
ANNOTATED = type(Annotated[int, "of whatever type"])
PURE = [
    path
    for path in sorted((ROOT / "functions").rglob("*.py"))
    if path.relative_to(ROOT / "functions").parts[1:] != ("handler.py",)
]


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A function in a folder that counts as that of ivskit's own functions."""
    monkeypatch.setattr(shared_modules, "_FUNCTIONS", str(tmp_path / "functions") + os.sep)
    write(tmp_path, "counts", HANDLER)
    (tmp_path / "functions" / "counts" / "counter.py").write_text("seen, STEP = 0, 1")
    yield tmp_path
    shared_modules.forget()


def printed(project: Path) -> list[str]:
    """What the function prints in a world of its own."""
    with world(project, function("counts")) as there:
        there.deliver(event())
        there.settle()
        return list(lines(there))


def test_a_handler_is_made_anew_and_finds_the_modules_that_are_there(ours: Path) -> None:
    assert printed(ours) == ["1 1"]
    assert printed(ours) == ["1 2"]


def test_after_an_edit_all_are_made_anew(ours: Path) -> None:
    counter = ours / "functions" / "counts" / "counter.py"

    assert printed(ours) == ["1 1"]
    counter.write_text("seen, STEP = 0, 10")
    assert printed(ours) == ["1 10"]
    counter.unlink()
    with world(ours, function("counts")) as there:
        delivery = there.deliver(event())
        there.settle()
        assert "cannot import name 'counter'" in str(delivery.reactions[0].error)


def test_functions_of_another_project_share_nothing(
    ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()

    assert [printed(ours), printed(ours)] == [["1 1"], ["1 1"]]


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_that_is_no_handler_only_defines(path: Path) -> None:
    """The local runtime makes it once for all sandboxes: what changes belongs into the handler."""
    name = ".".join(path.relative_to(ROOT / "functions").with_suffix("").parts)
    module = import_module(name.removesuffix(".__init__"))

    assert [key for key, value in vars(module).items() if not defines(key, value)] == []
    assert not [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Global)
        or (isinstance(node, ast.ImportFrom) and str(node.module).endswith(".handler"))
    ]


def defines(name: str, value: Any) -> bool:
    """Whether a name of a module is a definition or a constant; a table has entries."""
    if name.startswith("__") or isinstance(value, ANNOTATED):
        return True
    if getattr(value, "__module__", "") in ("typing", "collections.abc"):
        return True
    if isinstance(value, (dict, list, set)):
        return bool(value)
    if isinstance(value, BaseModel):
        return bool(value.model_config.get("frozen"))
    is_made = isinstance(value, (types.ModuleType, types.FunctionType, types.BuiltinFunctionType))
    return is_made or isinstance(value, (type, *CONSTANTS)) or _is_frozen(value)


def _is_frozen(value: Any) -> bool:
    parameters = getattr(type(value), "__dataclass_params__", None)
    return bool(parameters and parameters.frozen)
