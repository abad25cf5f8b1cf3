"""The state of IVS in one account and region, and what can be done to it outside the API."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, ClassVar, cast

from moto.core.base_backend import BackendDict, BaseBackend

from . import encoders
from .ad_configurations import AdConfiguration
from .agenda import Agenda
from .calls import Call
from .channels import Channel
from .clock import CLOCK
from .conditions import Conditions
from .encoders import Encoder, Refusal
from .failover_slates import FailoverSlateConfiguration
from .faults import Faults
from .identifiers import Identifiers
from .ingest import Video
from .playback import UsedTokens, Verdict, Viewing, judge
from .playback_key_pairs import PlaybackKeyPair
from .playback_restriction_policies import PlaybackRestrictionPolicy
from .readings import READINGS, Readings
from .recording_configurations import RecordingConfiguration
from .recordings import Recording
from .resources import Resource, kind_of
from .shelves import Shelf
from .stream_keys import KeysMade, StreamKey
from .stream_sessions import Phase, StreamSession
from .streams import Metadata
from .throttling import Throttle, Throttling
from .viewer_sessions import Revocations

CALLS_KEPT = 10_000
EVENTS_KEPT = 10_000
METADATA_KEPT = 10_000
REFUSALS_KEPT = 1_000
SESSIONS_REMEMBERED = timedelta(days=60)


Subscriber = Callable[[dict[str, Any]], None]


class IVSBackend(BaseBackend):
    """Channels, keys and sessions; time is whatever the clock says."""

    # How new backends count calls; None: not at all.
    throttling: ClassVar[Throttling | None] = None
    # What backends do where the documentation is silent and callers could suffer.
    readings: ClassVar[Readings] = READINGS["strict"]
    # The conditions that new backends share; None: each has its own.
    shared: ClassVar[Conditions | None] = None

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = RLock()
        self._begin()

    def reset(self) -> None:
        """Forget everything; a caller that waits for the lock then finds an empty backend."""
        with self.lock:
            self._begin()

    def _begin(self) -> None:
        self.conditions = self.shared or self._own_conditions()
        self.faults, self.failures = self.conditions.faults, self.conditions.failures
        self.timing, self.limits = self.conditions.timing, self.conditions.limits
        seed = self.conditions.seed_of(self.account_id, self.region_name)
        self.identifiers = Identifiers(self.account_id, self.region_name, seed)
        self.agenda = Agenda(self.lock, self.failures)
        # AWS's user guide says limit_name, its schema registry limit.
        self.limit_member = "limit" if self.readings.limit_as_registered else "limit_name"
        self.channels: dict[str, Channel] = Shelf(self.now)
        self.stream_keys: Shelf[StreamKey] = Shelf(self.now)
        self.keys_made: dict[str, KeysMade] = {}
        self.sessions: dict[str, dict[str, StreamSession]] = {}
        self.playback_key_pairs: Shelf[PlaybackKeyPair] = Shelf(self.now)
        self.playback_restriction_policies: Shelf[PlaybackRestrictionPolicy] = Shelf(self.now)
        self.recording_configurations: dict[str, RecordingConfiguration] = Shelf(self.now)
        self.ad_configurations: dict[str, AdConfiguration] = Shelf(self.now)
        self.failover_slates: dict[str, FailoverSlateConfiguration] = Shelf(self.now)
        self.recordings: dict[str, Recording] = {}
        self.revocations = Revocations()
        self.used_tokens = UsedTokens()
        self.metadata: deque[Metadata] = deque(maxlen=METADATA_KEPT)
        self.refusals: deque[Refusal] = deque(maxlen=REFUSALS_KEPT)
        self.events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.throttle = Throttle(self.throttling)
        # The past moment that a lagging read sees; None: now.
        self._seen_at: datetime | None = None
        self._subscribers: list[Subscriber] = []

    def _own_conditions(self) -> Conditions:
        return Conditions(faults=Faults(f"{self.account_id}/{self.region_name}"), seed="")

    @property
    def buckets(self) -> dict[str, str] | None:
        """The region of each bucket; None: every bucket exists, in this region."""
        return self.conditions.buckets

    @buckets.setter
    def buckets(self, buckets: dict[str, str] | None) -> None:
        self.conditions.buckets = buckets

    def now(self) -> datetime:
        return CLOCK.now()

    # Subscribers.

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call this with every event from now on, in its full envelope; a reset ends it."""
        self._subscribers.append(subscriber)

    def emit(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if self.conditions.journal:
            self.conditions.journal.add(event)
        for subscriber in self._subscribers:
            subscriber(event)

    # What there is.

    def shelf(self, arn: str) -> dict[str, Resource]:
        """The shelf for the kind of resource that this ARN names."""
        shelves = {
            "channel": self.channels,
            "stream-key": self.stream_keys,
            "playback-key": self.playback_key_pairs,
            "playback-restriction-policy": self.playback_restriction_policies,
            "recording-configuration": self.recording_configurations,
            "ad-configuration": self.ad_configurations,
            "failover-slate-configuration": self.failover_slates,
        }
        return cast("dict[str, Resource]", shelves.get(kind_of(arn), {}))

    @contextmanager
    def as_of(self, moment: datetime) -> Iterator[None]:
        """Show reads the resources and streams as they were at a past moment."""
        shelves = {name: shelf for name, shelf in vars(self).items() if isinstance(shelf, Shelf)}
        past = {name: shelf.as_of(moment) for name, shelf in shelves.items()}
        vars(self).update(past, _seen_at=moment)
        try:
            yield
        finally:
            vars(self).update(shelves, _seen_at=None)

    def keys_of(self, channel_arn: str) -> list[StreamKey]:
        return [key for key in self.stream_keys.values() if key.channel_arn == channel_arn]

    def holds_key(self, channel_arn: str, value: str) -> bool:
        """Whether an encoder with this value could go live on the channel now."""
        return any(key.value == value for key in self.keys_of(channel_arn))

    def sessions_of(self, channel_arn: str) -> list[StreamSession]:
        """The sessions that IVS still remembers, in the order they were made."""
        sessions, gone = self.sessions.get(channel_arn, {}), self.now() - SESSIONS_REMEMBERED
        for session in [s for s in sessions.values() if s.end_time and s.end_time <= gone]:
            del sessions[session.stream_id]
        return list(sessions.values())

    def open_session(self, channel_arn: str) -> StreamSession | None:
        """The session that is not over yet, even if it is not live yet."""
        sessions = self.sessions.get(channel_arn, {}).values()
        return next((s for s in reversed(sessions) if s.phase is not Phase.OVER), None)

    def live_session(self, channel_arn: str) -> StreamSession | None:
        """The session that GetStream shows."""
        moment = self._seen_at
        if moment is not None:
            sessions = self.sessions_of(channel_arn)
            return next((s for s in reversed(sessions) if s.was_live(moment)), None)
        session = self.open_session(channel_arn)
        if session and (session.is_live or self.readings.live_once_created):
            return session
        return None

    # What encoders do.

    def connect(
        self,
        stream_key_value: str,
        reconnect_after: float | None = None,
        *,
        priority: int | None = None,
        video: Video | None = None,
    ) -> StreamSession:
        """Go live with a key; with a priority (1 to 2,147,483,647), take over what is live.

        The key may carry the priority, as `KEY?priority=5`. An encoder that is cut off reconnects
        after `reconnect_after` seconds, up to 5 times. Raises EncoderRefused.
        """
        patience = None if reconnect_after is None else timedelta(seconds=reconnect_after)
        key, of_key = encoders.key_in(stream_key_value), encoders.priority_in(stream_key_value)
        rank = of_key if priority is None else priority
        encoder = Encoder(key, patience, rank, video or Video())
        with self.lock:
            self.agenda.run_due(self.now())
            return encoders.connect(self, encoder, self.now())

    def disconnect(self, channel_arn: str) -> None:
        """The encoder leaves."""
        self._at_once(encoders.disconnect, channel_arn)

    def starve(self, channel_arn: str) -> None:
        """The encoder falls silent."""
        self._at_once(encoders.starve, channel_arn)

    def recover(self, channel_arn: str) -> None:
        """The encoder sends again."""
        self._at_once(encoders.recover, channel_arn)

    def fail(self, channel_arn: str) -> None:
        """IVS cannot process the stream."""
        self._at_once(encoders.fail, channel_arn)

    def send(self, channel_arn: str, video: Video) -> None:
        """The encoder sends this from now on."""
        self._at_once(encoders.send, channel_arn, video)

    def watch(self, channel_arn: str, viewers: int) -> None:
        """Set the viewer count; -1: IVS could not count."""
        self._at_once(encoders.watch, channel_arn, viewers)

    # What viewers do.

    def play(
        self,
        token: str | None = None,
        *,
        channel_arn: str | None = None,
        origin: str | None = None,
        country: str | None = None,
    ) -> Verdict:
        """Begin to watch; `channel_arn` is only needed where there is no token."""
        viewing = Viewing(token=token, channel_arn=channel_arn, origin=origin, country=country)
        with self.lock:
            self.agenda.run_due(self.now())
            return judge(self, viewing, self.now())

    def _at_once(self, act: Callable[..., None], channel_arn: str, *what: object) -> None:
        with self.lock:
            self.agenda.run_due(self.now())
            act(self, channel_arn, *what, self.now())


ivs_backends = BackendDict(IVSBackend, "ivs")
