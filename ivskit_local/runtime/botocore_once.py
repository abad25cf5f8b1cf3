"""What each of botocore's sessions and clients makes anew, made once per process.

Every sandbox has a session and clients of its own, as a function on Lambda has. Their service
models, endpoint rules and built-in handlers are the same for all, and most of what they cost.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import botocore.hooks
import botocore.regions
import botocore.session
import moto.core.loaders
import moto.core.utils
from botocore.configprovider import ConfigValueStore, create_botocore_default_config_mapping
from botocore.endpoint_provider import EndpointProvider
from botocore.hooks import EventAliaser
from botocore.loaders import Loader
from botocore.session import Session


class _Folders:
    """Knows services by their folders: botocore looks into each of 400, for each kind of model."""

    search_paths: list[str]

    def list_available_services(self, type_name: str) -> list[str]:
        """All services; those without this kind of model too."""
        folders = [Path(path) for path in self.search_paths if Path(path).is_dir()]
        return sorted({child.name for folder in folders for child in folder.iterdir()})


class _Loader(_Folders, Loader):
    """Of botocore's models."""


class _MotoLoader(_Folders, moto.core.loaders.Loader):
    """Of the same with what moto adds; both share a model to which neither adds anything."""

    def load_service_model(
        self, service_name: str, type_name: str, api_version: str | None = None
    ) -> Mapping[str, Any]:
        """As botocore's, with the same errors."""
        version = api_version or self.determine_latest_version(service_name, type_name)
        model = service_name, type_name, version
        is_changed = any(True for one in (self, LOADER) for _ in one._find_extras(*model))
        load = super().load_service_model if is_changed else LOADER.load_service_model
        found: Mapping[str, Any] = load(*model)
        return found


LOADER: Any = _Loader()


@contextmanager
def made_once() -> Iterator[None]:
    """Meanwhile, sessions and clients share what never differs."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(botocore.regions, "EndpointProvider", _rules))
        stack.enter_context(patch.object(botocore.session, "create_loader", _loader))
        stack.enter_context(patch.object(moto.core.utils, "create_loader", _moto_loader))
        stack.enter_context(patch.object(Session, "_register_builtin_handlers", _handlers))
        stack.enter_context(patch.object(Session, "_register_config_store", _config_store))
        stack.enter_context(patch.object(EventAliaser, "__init__", _aliaser))
        yield


def _loader(search_path_string: str | None = None) -> Any:
    return LOADER


@cache
def _moto_loader() -> Loader:
    return _MotoLoader(extra_search_paths=[moto.core.loaders.moto_root])


# By the id() of a service's rules; holding the rules keeps that id theirs.
_PROVIDERS: dict[int, tuple[Any, EndpointProvider]] = {}


def _rules(*, ruleset_data: Any, **more: Any) -> EndpointProvider:
    key = id(ruleset_data)
    if key not in _PROVIDERS:
        _PROVIDERS[key] = ruleset_data, EndpointProvider(ruleset_data=ruleset_data, **more)
    return _PROVIDERS[key][1]


_register: Any = vars(Session)["_register_builtin_handlers"]


@cache
def _built_in() -> Any:
    """An emitter that has botocore's own handlers."""
    session: Any = Session(include_builtin_handlers=False)
    _register(session, session.get_component("event_emitter"))
    return session._original_handler


_Handlers: Any = vars(botocore.hooks)["_PrefixTrie"]


class _Shared(_Handlers):  # type: ignore[misc] # it is Any
    """Handlers that many emitters read: a change of one copies what leads to it.

    A copy of all takes as long as a call, and most sessions add one handler or none.
    """

    def __init__(self, root: Any) -> None:
        self._root = root

    def append_item(self, key: str, *given: Any, **named: Any) -> None:
        """Add a handler of an event."""
        self._copy(key)
        super().append_item(key, *given, **named)

    def remove_item(self, key: str, *given: Any) -> None:
        """Remove a handler of an event."""
        self._copy(key)
        super().remove_item(key, *given)

    def _copy(self, key: str) -> None:
        node = self._root = _copied(self._root)
        for part in key.split("."):
            if part not in node["children"]:
                return
            node["children"][part] = node = _copied(node["children"][part])

    def __copy__(self) -> "_Shared":
        return _Shared(self._root)


def _copied(node: dict[str, Any]) -> dict[str, Any]:
    values = node["values"]
    return {
        "chunk": node["chunk"],
        "children": dict(node["children"]),
        "values": values and type(values)(*map(list, values)),
    }


def _handlers(session: Any, events: Any) -> None:
    session._original_handler._handlers = _Shared(_built_in()._handlers._root)


def _config_store(session: Any) -> None:
    """A session whose clients are copies never reads its configuration, which has 50 settings."""
    session._components.lazy_register_component(
        "config_store",
        lambda: ConfigValueStore(mapping=create_botocore_default_config_mapping(session)),
    )


_init: Any = vars(EventAliaser)["__init__"]
# The new name of each event, which follows from its old one.
_NAMES: dict[str, str] = {}


def _aliaser(aliaser: Any, emitter: Any, aliases: Any = None) -> None:
    _init(aliaser, emitter, aliases)
    if aliaser._event_aliases == botocore.hooks.EVENT_ALIASES:
        aliaser._alias_name_cache = _NAMES
