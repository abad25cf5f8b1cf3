"""Accounts with a deployment in them: a further world begins with a copy of one.

To put the templates into moto takes hundreds of calls, and gives the same state each time. It is
kept in memory, and beside the templates that `synthesize` keeps.
"""

import copyreg
import hashlib
import io
import json
import marshal
import os
import pickle
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Condition, RLock
from types import FunctionType
from typing import Any

from moto.backends import get_backend
from moto.core.base_backend import BackendDict, BaseBackend
from moto.ssm.models import ParameterDict

from ivs_emulator.models import ivs_backends
from ivskit_local.runtime.permissions import Place
from ivskit_local.runtime.resources.kind import Deployed
from ivskit_local.runtime.synth import Synthesized, Templates

# What was deployed, and the backends of each service by region.
_State = tuple[Deployed, Mapping[str, Mapping[str, BaseBackend]]]
_KEPT = 8


class PreparedAccounts:
    """The last few deployments that were put into moto."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, Place], bytes] = OrderedDict()

    def copy(self, templates: Templates, place: Place) -> Deployed | None:
        """Put a copy into moto, whose own state is empty; None if there is none to copy."""
        key = _key(templates), place
        state = self._kept.get(key) or _read(templates, place)
        if state is None:
            return None
        self._remember(key, state)
        deployed, services = pickle.loads(state)  # noqa: S301 - this process's, or its cache
        for name, regions in services.items():
            _backends(name)[place.account].update(regions)
        kept: Deployed = deployed
        return kept

    def keep(self, templates: Templates, place: Place, deployed: Deployed) -> None:
        """Keep a copy of what is in moto now."""
        services = {
            service.service_name: dict(service[place.account])
            for service in _used()
            if place.account in service and service is not ivs_backends
        }
        state = _pickled((deployed, services))
        self._remember((_key(templates), place), state)
        _write(templates, place, state)

    def _remember(self, key: tuple[str, Place], state: bytes) -> None:
        self._kept[key] = state
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)


def _key(templates: Templates) -> str:
    if isinstance(templates, Synthesized):
        return templates.folder.name
    return hashlib.sha256(json.dumps(templates).encode()).hexdigest()


def _used() -> list[BackendDict[Any]]:
    """The services that hold something."""
    used: list[BackendDict[Any]] = vars(BackendDict)["_instances"]
    return used


def _backends(service: str) -> BackendDict[Any]:
    named: Callable[[str], BackendDict[Any]] = get_backend  # type: ignore[assignment]
    return named(service)


# On disk.


def _file(templates: Templates, place: Place) -> Path | None:
    if not isinstance(templates, Synthesized):
        return None
    return templates.folder / f"account-{place.account}-{place.region}-{_makers()}.pickle"


def _read(templates: Templates, place: Place) -> bytes | None:
    file = _file(templates, place)
    return file.read_bytes() if file and file.exists() else None


def _write(templates: Templates, place: Place, state: bytes) -> None:
    file = _file(templates, place)
    if file is None:
        return
    with suppress(OSError):  # the cache may be pruned meanwhile, or not be ours to write
        handle, made = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "wb") as opened:
            opened.write(state)
        Path(made).replace(file)


@cache
def _makers() -> str:
    """What the state depends on beside the templates: moto, Python and this runtime."""
    digest = hashlib.sha256(f"{sys.version} {version('moto')}".encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# As bytes.


class _Pickler(pickle.Pickler):
    """Takes also the small functions that moto's dictionaries make their defaults with."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, FunctionType) and "<lambda>" in value.__qualname__:
            return _function, (value.__module__, marshal.dumps(value.__code__))
        return NotImplemented


def _function(module: str, code: bytes) -> Any:
    return FunctionType(marshal.loads(code), vars(sys.modules[module]))  # noqa: S302 - as above


def _pickled(state: _State) -> bytes:
    written = io.BytesIO()
    _Pickler(written, protocol=pickle.HIGHEST_PROTOCOL).dump(state)
    return written.getvalue()


def _parameters(parameters: ParameterDict) -> tuple[Any, ...]:
    """moto's own dictionary takes other arguments than the one it derives from."""
    made = ParameterDict, (parameters.account_id, parameters.region_name)
    return (*made, vars(parameters), None, iter(parameters.items()))


copyreg.pickle(ParameterDict, _parameters)
# A copy is locked by nobody.
copyreg.pickle(type(RLock()), lambda _: (RLock, ()))
copyreg.pickle(Condition, lambda _: (Condition, ()))
