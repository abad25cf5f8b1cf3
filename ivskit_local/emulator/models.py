"""The state of IVS in one account and region, and what can be done to it from outside the API."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any, cast

from moto.core.base_backend import BackendDict, BaseBackend

from . import encoders
from .agenda import Agenda
from .channels import Channel
from .encoders import Encoder
from .identifiers import Identifiers
from .lifecycle import Timing
from .resources import Resource, kind_of
from .stream_keys import KeysMade, StreamKey
from .stream_sessions import Phase, StreamSession
from .streams import Metadata

EVENTS_KEPT = 10_000
METADATA_KEPT = 10_000

Subscriber = Callable[[dict[str, Any]], None]


class IVSBackend(BaseBackend):
    """Channels, keys and sessions; time is whatever `datetime.now` says, and nothing sleeps."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = RLock()
        self.agenda = Agenda(self.lock)
        self.identifiers = Identifiers(account_id, region_name)
        self.timing = Timing()
        self.channels: dict[str, Channel] = {}
        self.stream_keys: dict[str, StreamKey] = {}
        self.keys_made: dict[str, KeysMade] = {}
        self.sessions: dict[str, dict[str, StreamSession]] = {}
        self.metadata: deque[Metadata] = deque(maxlen=METADATA_KEPT)
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self._subscribers: list[Subscriber] = []

    def now(self) -> datetime:
        return datetime.now(UTC)

    # Who wants to know what happens.

    def subscribe(self, subscriber: Subscriber) -> None:
        """Be called with every event from now on, in its full envelope; a reset ends this."""
        self._subscribers.append(subscriber)

    def emit(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        for subscriber in self._subscribers:
            subscriber(event)

    # What there is.

    def shelf(self, arn: str) -> dict[str, Resource]:
        """Where resources of the kind that this ARN names are kept."""
        shelves = {"channel": self.channels, "stream-key": self.stream_keys}
        return cast("dict[str, Resource]", shelves.get(kind_of(arn), {}))

    def keys_of(self, channel_arn: str) -> list[StreamKey]:
        return [key for key in self.stream_keys.values() if key.channel_arn == channel_arn]

    def holds_key(self, channel_arn: str, value: str) -> bool:
        """Whether an encoder with this value could go live on the channel now."""
        return any(key.value == value for key in self.keys_of(channel_arn))

    def sessions_of(self, channel_arn: str) -> list[StreamSession]:
        """All sessions, oldest first."""
        return list(self.sessions.get(channel_arn, {}).values())

    def open_session(self, channel_arn: str) -> StreamSession | None:
        """The session that is not over yet, even if it is not live yet."""
        sessions = self.sessions_of(channel_arn)
        return next((s for s in sessions if s.phase is not Phase.OVER), None)

    def live_session(self, channel_arn: str) -> StreamSession | None:
        """The session that GetStream shows."""
        session = self.open_session(channel_arn)
        return session if session and session.is_live else None

    # What encoders do.

    def connect(self, stream_key_value: str, reconnect_after: float | None = None) -> StreamSession:
        """Go live with a key; cut off later, try again after so many seconds, a few times."""
        patience = None if reconnect_after is None else timedelta(seconds=reconnect_after)
        with self.lock:
            self.agenda.run_due(self.now())
            return encoders.connect(self, Encoder(stream_key_value, patience), self.now())

    def disconnect(self, channel_arn: str) -> None:
        """The encoder leaves."""
        self._at_once(encoders.disconnect, channel_arn)

    def starve(self, channel_arn: str) -> None:
        """The encoder falls silent."""
        self._at_once(encoders.starve, channel_arn)

    def recover(self, channel_arn: str) -> None:
        """The encoder sends again."""
        self._at_once(encoders.recover, channel_arn)

    def _at_once(
        self, act: Callable[["IVSBackend", str, datetime], None], channel_arn: str
    ) -> None:
        with self.lock:
            self.agenda.run_due(self.now())
            act(self, channel_arn, self.now())


ivs_backends = BackendDict(IVSBackend, "ivs")
