"""The AWS clients of a function, all from one session.

    clients = Clients()
    ivs = Ivs(clients.now("ivs"))            every message needs it
    bus = Bus(clients.later("events"), ...)  made when something of it is first asked for

They come from botocore: importing boto3 takes as long again, for its resources and transfers.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.config import Config
from botocore.session import get_session

from ivskit.client import CONFIG


class Clients:
    """Makes clients; region and credentials come from the environment."""

    def __init__(self, config: Config = CONFIG) -> None:
        self._session = get_session()
        self._config = config

    def now(self, service: str, *, config: Config | None = None) -> Any:
        """A client of the service."""
        return self._session.create_client(service, config=config or self._config)

    def later(self, service: str, *, config: Config | None = None) -> Any:
        """What becomes a client of the service when something of it is first asked for."""
        return _Later(partial(self.now, service, config=config))


class _Later:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._client: Any = None

    def __getattr__(self, name: str) -> Any:
        self._client = self._client or self._make()
        found = getattr(self._client, name)
        setattr(self, name, found)
        return found
