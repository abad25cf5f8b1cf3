"""Seeded bugs: guards that are taken out of the product one at a time, listed in bugs.toml.

with planted(bug):
    ...                 worlds that are entered here run the functions with the bug
"""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

# Nothing of ivskit is imported here: it would have the guards.
ROOT = Path(__file__).parents[3]
FOLDER = Path(__file__).parent
TIMELINES = FOLDER / "timelines"
# What a world patches stays the one module that it has patched.
_STAY = {"ivskit.clock"}


class Stale(Exception):
    """The text that a bug replaces is not in its file once."""


@dataclass(frozen=True)
class Bug:
    """A guard that is taken out; laws: those that it is for; test: what finds it where no day does.

    file: below the root of the project; old, new: the text with the guard, and without it.
    """

    name: str
    file: str
    old: str
    new: str
    laws: Sequence[str] = ()
    test: str | None = None

    @property
    def module(self) -> str:
        """The module that it is in, by its name in a function."""
        return self.file.removeprefix("functions/").removesuffix(".py").replace("/", ".")

    @property
    def timeline(self) -> Path:
        """The file with the few steps that need the guard."""
        return TIMELINES / f"{self.name.replace(' ', '-')}.json"

    def source(self) -> str:
        """The source of its module without the guard; raises Stale."""
        text = (ROOT / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1 or self.old == self.new:
            times = text.count(self.old)
            raise Stale(f"{self.name}: `old` is {times} times in {self.file}")
        return text.replace(self.old, self.new)


def all_bugs() -> Mapping[str, Bug]:
    """The bugs in bugs.toml, by name."""
    listed = tomllib.loads((FOLDER / "bugs.toml").read_text(encoding="utf-8"))["bug"]
    bugs = [Bug(**each) for each in listed]
    return {bug.name: bug for bug in bugs}


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """Have functions that are loaded meanwhile run without the guard.

    The laws keep the modules that they have: what judges has no bug.
    """
    from ivskit_local.runtime import shared_modules

    shared_modules.forget()
    is_shared = not bug.file.startswith("functions/")
    stashed = _stash() if is_shared else {}
    finder = _Finder(bug)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        shared_modules.forget()
        if is_shared:
            _stash()
            sys.modules.update(stashed)


def finder_of(bug: Bug) -> importlib.abc.MetaPathFinder:
    """What finds the module of the bug without its guard, once it is in `sys.meta_path`."""
    return _Finder(bug)


def _stash() -> Mapping[str, ModuleType]:
    """Take the modules of ivskit away, to be imported anew."""
    taken = {
        name: module
        for name, module in sys.modules.items()
        if (name == "ivskit" or name.startswith("ivskit.")) and name not in _STAY
    }
    for name in taken:
        del sys.modules[name]
    return taken


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the one module with a bug."""

    def __init__(self, bug: Bug) -> None:
        self._bug = bug
        self._code = compile(bug.source(), str(ROOT / bug.file), "exec")

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._bug.module:
            return None
        file = str(ROOT / self._bug.file)
        return importlib.util.spec_from_file_location(
            fullname, file, loader=_Loader(fullname, file, self._code)
        )


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, file: str, code: CodeType) -> None:
        super().__init__(name, file)
        self._planted = code

    def get_code(self, fullname: str) -> CodeType:
        return self._planted
