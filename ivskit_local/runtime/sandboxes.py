"""Where handlers run: in this process, each sandbox with modules and an environment of its own."""

import dataclasses
import gc
import importlib
import io
import logging
import os
import pdb
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.machinery import SourceFileLoader
from itertools import islice
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TextIO
from unittest.mock import patch

import boto3
import botocore.session

from ivskit_local.project import OWN
from ivskit_local.runtime import shared_modules
from ivskit_local.runtime.botocore_once import LOADER
from ivskit_local.runtime.functions import Function
from ivskit_local.runtime.threads import current_task

Handler = Callable[[Any, Any], Any]
# As Python keeps it behind os.environ.
_Environment = dict[Any, Any]


class InitFailed(Exception):
    """The handler cannot be loaded; the text is that of Lambda's own runtime."""


class Sandbox:
    """One copy of a function's package, and what surrounds it while it has the baton."""

    def __init__(self, function: Function, code: Path) -> None:
        self.function = function
        self.say: Callable[[str], None] = lambda line: None
        self._package = function.name
        # Where ivskit is a construct of another app, its functions are not in the app's folder.
        self._paths = [str(code), str(OWN / "functions")]
        self._environment = _encoded(function.environment())
        self._modules: dict[str, ModuleType] = {}
        # boto3 makes it for the first client that does without a session.
        self._session: boto3.Session | None = None
        self._unfinished = ""
        self._outside: _Outside | None = None
        self._others = 0

    def __enter__(self) -> "Sandbox":
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        if self._unfinished:
            self.write("\n")

    def enter(self) -> None:
        """Become the process's surroundings."""
        self._outside = _Outside(self._package, self._environment)
        self._others = len(sys.modules)
        sys.modules.update(self._modules)
        sys.path[:0] = self._paths
        sys.stdout, sys.stderr = STDOUT, STDERR
        boto3.DEFAULT_SESSION = self._session
        if sys.breakpointhook is sys.__breakpointhook__:
            sys.breakpointhook = _break_on_the_terminal

    def leave(self) -> None:
        """Give the process its own surroundings back."""
        if self._outside is None:
            raise RuntimeError("left without being entered")
        self._modules = self._modules_since()
        self._session = boto3.DEFAULT_SESSION
        self._outside.restore(self._modules)
        self._outside = None

    def _modules_since(self) -> dict[str, ModuleType]:
        """Those of the package among the newest: imports add to the end."""
        newest = islice(reversed(sys.modules), len(sys.modules) - self._others)
        names = [name for name in newest if _is_of(self._package, name)]
        return {name: sys.modules[name] for name in reversed(names)}

    def load(self) -> Handler:
        """Import the handler, within the sandbox; raises InitFailed."""
        module_name, dot, attribute = self.function.handler.rpartition(".")
        if not dot:
            raise InitFailed(f"Runtime.MalformedHandlerName: Bad handler '{attribute}'")
        there = shared_modules.known(self._package, self._paths[0])
        sys.modules.update(there)
        module = _import(module_name)
        if not there:
            shared_modules.keep(self._package, self._modules_since(), module_name)
        try:
            handler: Handler = getattr(module, attribute)
        except AttributeError:
            raise InitFailed(
                f"Runtime.HandlerNotFound: Handler '{attribute}' missing on module '{module_name}'"
            ) from None
        return handler

    def write(self, text: str) -> None:
        """Pass on what the function prints, line by line."""
        *lines, self._unfinished = (self._unfinished + text).split("\n")
        for line in lines:
            self.say(line)


def _import(name: str) -> ModuleType:
    try:
        with own_loggers(), _process_collects(), _dataclasses_compiled_once(), _code_read_once():
            return importlib.import_module(name)
    except ImportError as error:
        raise InitFailed(
            f"Runtime.ImportModuleError: Unable to import module '{name}': {error}"
        ) from error
    except SyntaxError as error:
        raise InitFailed(
            f"Runtime.UserCodeSyntaxError: Syntax error in module '{name}': {error}"
        ) from error


@contextmanager
def own_loggers() -> Iterator[None]:
    """Loggers with handlers belong to the sandbox that made them, as in a process of its own."""
    known = logging.root.manager.loggerDict
    before = set(known)
    try:
        yield
    finally:
        for name in set(known) - before:
            if getattr(known[name], "handlers", None):
                del known[name]


@contextmanager
def _process_collects() -> Iterator[None]:
    """A function freezes what it has when it is loaded: here that would be all earlier worlds."""
    enabled = gc.isenabled()
    try:
        with patch.object(gc, "freeze", lambda: None):
            yield
    finally:
        (gc.enable if enabled else gc.disable)()


@contextmanager
def _dataclasses_compiled_once() -> Iterator[None]:
    """Each sandbox makes the same dataclasses, and Python compiles each of their methods."""
    with patch.object(dataclasses, "exec", _execute, create=True):
        yield


def _execute(source: str, names: dict[str, Any], own: dict[str, Any] | None = None) -> None:
    exec(_compiled(source), names, own)  # noqa: S102 - the source is that of dataclasses


@cache
def _compiled(source: str) -> CodeType:
    return compile(source, "<string>", "exec")


@contextmanager
def _code_read_once() -> Iterator[None]:
    """Each sandbox runs the same modules, and Python reads the code of each from the disk."""
    with patch.object(SourceFileLoader, "get_code", _code):
        yield


_read_code: Any = SourceFileLoader.get_code
# By path, time of the last change and size.
_CODE: dict[tuple[str, int, int], CodeType | None] = {}


def _code(loader: SourceFileLoader, name: str) -> CodeType | None:
    path = loader.get_filename(name)
    now = Path(path).stat()
    version = path, now.st_mtime_ns, now.st_size
    if version not in _CODE:
        _CODE[version] = _read_code(loader, name)
    return _CODE[version]


class _Outside:
    """What a sandbox hides while it is entered."""

    def __init__(self, package: str, environment: _Environment) -> None:
        self._environment = _swapped(environment)
        self._modules = _modules_of(package)
        self._path = list(sys.path)
        self._streams = sys.stdout, sys.stderr
        self._session = boto3.DEFAULT_SESSION
        self._breakpointhook = sys.breakpointhook
        for name in self._modules:
            del sys.modules[name]

    def restore(self, inside: Iterable[str]) -> None:
        for name in inside:
            del sys.modules[name]
        sys.modules.update(self._modules)
        sys.path[:] = self._path
        sys.stdout, sys.stderr = self._streams
        boto3.DEFAULT_SESSION = self._session
        sys.breakpointhook = self._breakpointhook
        _swapped(self._environment)


def _break_on_the_terminal() -> None:
    """A debugger must use the terminal, not the function's log."""
    pdb.Pdb(stdin=sys.__stdin__, stdout=sys.__stderr__).set_trace(sys._getframe(1))


def _modules_of(package: str) -> dict[str, ModuleType]:
    """The modules of a package while no sandbox is entered."""
    seen, names = _SEEN.get(package, (0, ()))
    if seen != len(sys.modules) or not sys.modules.keys() >= set(names):
        names = tuple(name for name in sys.modules if _is_of(package, name))
        _SEEN[package] = len(sys.modules), names
    return {name: sys.modules[name] for name in names}


def _is_of(package: str, module: str) -> bool:
    return module == package or module.startswith(f"{package}.")


# How many modules there were when each package's were looked for: sandboxes change often, and
# modules that are imported for good come rarely.
_SEEN: dict[str, tuple[int, tuple[str, ...]]] = {}


def _swapped(environment: _Environment) -> _Environment:
    """Make this the process's environment, as Python sees it; returns the one before.

    Setting each variable would take longer than many a call. C code sees no difference, and
    none that functions use reads any.
    """
    before: _Environment = vars(os.environ)["_data"]
    vars(os.environ)["_data"] = environment
    return before


def _encoded(variables: Mapping[str, str]) -> _Environment:
    key, value = os.environ.encodekey, os.environ.encodevalue
    return {key(name): value(text) for name, text in variables.items()}


class _Printed(io.TextIOBase):
    """A standard stream that belongs to whichever invocation is running.

    Loggers keep the stream that they saw when they were made, so there is one for all of them.
    """

    def __init__(self, outside: Callable[[], TextIO]) -> None:
        self._outside = outside

    def write(self, text: str) -> int:
        task = current_task()
        if task is not None and isinstance(task.scene, Sandbox):
            task.scene.write(text)
        else:
            self._outside().write(text)
        return len(text)


def _stderr() -> TextIO:
    return sys.__stderr__ if isinstance(sys.stderr, _Printed) and sys.__stderr__ else sys.stderr


STDOUT, STDERR = _Printed(_stderr), _Printed(_stderr)


def new_session() -> boto3.Session:
    """A session that takes its credentials from the environment it is used in."""
    session = botocore.session.Session()
    session.register_component("data_loader", LOADER)
    return boto3.Session(botocore_session=session)


@contextmanager
def jitter_by_seed(seed: int) -> Iterator[None]:
    """Botocore draws the wait before a retry from Python's own generator: the seed decides it."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


class Sandboxes:
    """The sandboxes of one world: a warm one if there is one, else a new one.

    stay_warm: whether a sandbox is ever used again.
    """

    def __init__(self, code: Path, *, stay_warm: bool = True) -> None:
        self._code = code
        self._stay_warm = stay_warm
        # What was written since this process last imported something is found.
        importlib.invalidate_caches()
        self._warm: dict[str, list[tuple[Sandbox, Handler]]] = defaultdict(list)

    def take(self, function: Function) -> tuple[Sandbox, Handler | None]:
        """A free sandbox, with its handler if it was loaded before; not of an older deployment."""
        warm = self._warm[function.physical_name]
        while warm:
            sandbox, handler = warm.pop()
            if sandbox.function == function:
                return sandbox, handler
        return Sandbox(function, self._code), None

    def keep(self, sandbox: Sandbox, handler: Handler) -> None:
        """Have the next invocation find it warm."""
        if self._stay_warm:
            self._warm[sandbox.function.physical_name].append((sandbox, handler))
