"""The decisions of the functions of a project, as the functions make them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ivskit_local.project import OWN


@dataclass(frozen=True)
class Rules:
    """The modules `decide` of the functions, with the types that they take, and the records."""

    stop: Any
    stop_types: Any
    rotate: Any
    records: Any


def load_rules(project_root: Path) -> Rules:
    """Import them from the project's functions/, or else from ivskit's own.

    By their names, as Lambda does: the layers below the functions never import them.
    """
    own = project_root / "functions"
    with _importable(own if own.is_dir() else OWN / "functions"):
        return Rules(
            stop=import_module("stop_stream.decide"),
            stop_types=import_module("stop_stream.decisions"),
            rotate=import_module("rotate_stream_key.decide"),
            records=import_module("ivskit.automation.records"),
        )


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
