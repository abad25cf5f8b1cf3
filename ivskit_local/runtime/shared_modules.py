"""Modules of ivskit's own functions that sandboxes share: all but the handlers.

Such a module defines functions, classes and constants: what changes is in the handler's module. To
make its classes takes longer than many an invocation. Each sandbox has modules of its own of what
is in the folder of another project.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from ivskit_local.project import OWN

_FUNCTIONS = str(OWN / "functions") + os.sep
_Version = tuple[int, int]
# By package; with the version of each file.
_KEPT: dict[str, tuple[Mapping[str, ModuleType], Mapping[str, _Version]]] = {}


def known(package: str, folder: str) -> Mapping[str, ModuleType]:
    """The modules that are there already, none if any file has changed since they were made.

    folder: of the functions that are deployed.
    """
    modules, versions = _KEPT.get(package, ({}, {}))
    is_ours = folder + os.sep == _FUNCTIONS
    return modules if is_ours and all(_version(f) == v for f, v in versions.items()) else {}


def keep(package: str, modules: Mapping[str, ModuleType], handler: str) -> None:
    """Share the modules of a package, which was just made; handler: the module that is not."""
    shared = {name: module for name, module in modules.items() if name != handler}
    files = [module.__file__ or "" for module in shared.values()]
    if all(file.startswith(_FUNCTIONS) for file in files):
        _KEPT[package] = shared, {file: _version(file) for file in files}


def forget() -> None:
    """Have all modules made anew."""
    _KEPT.clear()


def _version(file: str) -> _Version:
    try:
        now = Path(file).stat()
    except OSError:
        return 0, 0
    return now.st_mtime_ns, now.st_size
