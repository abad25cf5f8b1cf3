"""Clients of sandboxes, copied from one per service, since making one costs as much as ten calls.

A copy has no state of its own until a call of it fails: then it gets its own quota of retries. What
asks for more of its events gets a whole client, as each sandbox would have made its own.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from botocore.client import ClientMeta
from botocore.handlers import BUILTIN_HANDLERS
from botocore.hooks import HierarchicalEmitter
from botocore.retries import standard
from botocore.session import Session

# Of these, no call of a function goes over HTTP.
_SERVICES = {"dynamodb", "events", "ivs", "secretsmanager", "sqs", "ssm"}
# What differs from sandbox to sandbox without a meaning for a client.
_OWN = ("AWS_LAMBDA_", "AWS_ACCESS_KEY", "AWS_SECRET_", "AWS_SESSION_")

# The events that a call which does without HTTP emits once it has failed.
_OF_RETRIES = ("needs-retry.", "after-call.")

_make: Callable[..., Any] = vars(Session)["create_client"]
_FIRST: dict[tuple[object, ...], Any] = {}


@contextmanager
def shared_clients() -> Iterator[None]:
    """Meanwhile, sessions hand out copies."""
    with patch.object(Session, "create_client", _create_client):
        yield


def whole(client: Any) -> Any:
    """The client with all that HTTP needs."""
    return client.meta.whole() if isinstance(client.meta, _Meta) else client


def _create_client(session: Session, service_name: str, *given: Any, **named: Any) -> Any:
    make = partial(_make, session, service_name, *given, **named)
    environment = _environment()
    is_plain = not given and named.keys() <= {"config"}
    is_plain = is_plain and not any(name.startswith("AWS_ENDPOINT_URL") for name in environment)
    if service_name not in _SERVICES or not is_plain:
        return make()
    key = (service_name, _written(named.get("config")), tuple(sorted(environment.items())))
    if key not in _FIRST:
        _FIRST[key] = make()
    first = _FIRST[key]
    client = object.__new__(type(first))
    vars(client).update(vars(first), meta=_Meta(first.meta, make))
    return client


def _environment() -> Mapping[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("AWS_") and not name.startswith(_OWN)
    }


def _written(config: Any) -> str:
    return repr(sorted(config._user_provided_options.items())) if config is not None else ""


class _Meta(ClientMeta):
    """What is known of a copied client."""

    def __init__(self, first: Any, make: Callable[[], Any]) -> None:
        self._make = make
        self._whole: Any = None
        self._events = _Events(self)
        vars(self).update(vars(first), events=self._events)

    def whole(self) -> Any:
        """The whole client, made when it is first needed."""
        if self._whole is None:
            self._whole = self._make()
            self._events.replay(self._whole.meta.events)
        return self._whole


class _Events:
    """Keeps what is registered until an event is emitted."""

    def __init__(self, meta: _Meta) -> None:
        self._meta = meta
        self._registered: list[Callable[[Any], None]] = []
        self._retries: Any = None

    def replay(self, events: Any) -> None:
        """Register with other events what was registered with the copy."""
        for register in self._registered:
            register(events)

    def emit(self, event_name: str, **said: Any) -> Any:
        """Ask the handlers; those about retries need no whole client."""
        is_light = self._meta._whole is None and event_name.startswith(_OF_RETRIES)
        if is_light and vars(self._meta.config)["retries"]["mode"] == "standard":
            return self._of_retries().emit(event_name, **said)
        return self._meta.whole().meta.events.emit(event_name, **said)

    def _of_retries(self) -> Any:
        if self._retries is None:
            self._retries = _retry_events(self._meta)
            self.replay(self._retries)
        return self._retries

    def __getattr__(self, name: str) -> Any:
        if name.startswith("register") and self._meta._whole is None:
            return partial(self._note, name)
        return getattr(self._meta.whole().meta.events, name)

    def _note(self, name: str, *given: Any, **named: Any) -> None:
        def register(events: Any) -> None:
            getattr(events, name)(*given, **named)

        self._registered.append(register)
        if self._retries is not None:
            register(self._retries)


def _retry_events(meta: Any) -> Any:
    """Botocore's handlers of these events, as a client of this configuration has them."""
    events = HierarchicalEmitter()
    for name, handler, *_ in BUILTIN_HANDLERS:
        if name.startswith(_OF_RETRIES):
            events.register(name, handler)
    attempts = meta.config.retries.get("total_max_attempts")
    client: Any = SimpleNamespace(
        meta=SimpleNamespace(events=events, service_model=meta.service_model)
    )
    standard.register_retry_handler(client, attempts)
    return events
