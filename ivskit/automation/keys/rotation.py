"""Replaces a stream key so that the next invocation can finish after a crash at any point.

IVS allows one key per channel, so the old key is deleted before the new one is created. The intent
is open in between: every invocation that gets the channel's lease first creates and delivers the
missing key.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ivskit.automation.keys.replacing import replacing
from ivskit.automation.keys.rules import is_to_deliver
from ivskit.automation.keys.store import Store
from ivskit.automation.keys.store.copies import StoreFails, StoreRefused
from ivskit.automation.memory import Held
from ivskit.automation.messages.delivery import send
from ivskit.automation.messages.look_again import LookAgain
from ivskit.automation.records import Intent, Key
from ivskit.client import Ivs
from ivskit.client.channels import Channel
from ivskit.client.stream_keys import StreamKey, StreamKeySummary
from ivskit.errors import NotFound, QuotaExceeded, Refused, Unavailable
from ivskit.outcomes import (
    Outcome,
    RotationSkipped,
    StreamKeyDelivered,
    StreamKeyNotDelivered,
    StreamKeyRotated,
)
from ivskit.pacing import Pacer
from ivskit.policy import Adopt

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

VERIFY_AFTER = timedelta(minutes=1)
# How often a key is offered again to a store that refuses it.
# Each wait is as long as the store has already refused the key, within these limits.
SOONEST_OFFER, LATEST_OFFER = timedelta(minutes=5), timedelta(days=1)
# How long a store may fail before a key counts as not delivered, and its rotation as over.
PATIENCE = timedelta(minutes=1)
# Reads lag behind writes; IVS does not say how much. After this long they are trusted.
LONGEST_LAG = timedelta(minutes=1)


class Undecided(Unavailable):
    """It is not clear yet whether a rotation has deleted the old key."""


class Rotation:
    """Gives a channel its key; its calls are made under the channel's lease.

    A minute after a rotation, rotate_stream_key checks that the channel still has the key that was
    delivered. `permit` keeps CreateStreamKey within its share of the rate, and is held before a key
    is deleted.
    """

    def __init__(
        self,
        ivs: Ivs,
        store: Store,
        sqs: "SQSClient",
        *,
        permit: Pacer,
        queue_url: str,
        clock: Callable[[], datetime],
        adopt: Adopt,
    ) -> None:
        self._ivs = ivs
        self._store = store
        self._sqs = sqs
        self._permit = permit
        self._queue_url = queue_url
        self._clock = clock
        self._adopt = adopt

    def rotate(self, held: Held, channel: Channel, intent: Intent) -> list[Outcome]:
        """Replace the channel's key.

        Raises StoreRefused where the store would refuse the next one, StoreFails where it is
        unavailable; the key is unchanged then.
        """
        self._store.prove_writable(channel.arn)
        old = self._current(channel.arn, held.remembered.key)
        if old is not None:
            intent = replacing(old, intent)
        with self._permit.turn():
            held.write(intent=intent)
            if old is not None:
                self._delete(held, old.arn)
            key = self._create(channel.arn, intent)
        return self._deliver(held, channel, intent, key)

    def _delete(self, held: Held, key_arn: str) -> None:
        try:
            self._ivs.stream_keys.delete(key_arn)
        except Refused:  # the key still exists: nothing is open
            held.write(intent=None)
            raise

    def restore(self, held: Held, channel: Channel, intent: Intent) -> list[Outcome]:
        """Deliver the key that the channel has now, or a new one where it has none."""
        held.write(intent=intent)
        return self.conclude(held, channel, intent)

    def mend(self, held: Held, channel: Channel) -> list[Outcome]:
        """Finish an open rotation: a key, unless the channel must have none.

        Raises Undecided while it is unclear whether the old key is gone.
        """
        intent = held.remembered.intent
        if intent is None:
            return []
        if held.remembered.blocked is not None:
            return self._withdraw(held, channel, intent)
        if self._nothing_was_done(channel.arn, intent):
            held.write(intent=None)
            return []
        return self.conclude(held, channel, intent)

    def finish(self, held: Held, channel_arn: str) -> list[Outcome]:
        """Create and deliver the new key after a stop, which deleted the old one."""
        intent = held.remembered.intent
        if intent is None or held.remembered.blocked is not None:
            return []
        channel = Channel(arn=channel_arn, ingest_endpoint=intent.ingest_endpoint)
        with self._permit.turn():
            key = self._create(channel_arn, intent)
        return self._deliver(held, channel, intent, key, is_proved=False)

    def conclude(self, held: Held, channel: Channel, intent: Intent) -> list[Outcome]:
        """Deliver the key that was already created, or create it now."""
        key = self._made_already(channel.arn, intent)
        if key is None:
            with self._permit.turn():
                key = self._create(channel.arn, intent)
        return self._deliver(held, channel, intent, key, is_proved=False)

    def agree(self, held: Held, channel: Channel, *, cause: str, event_id: str) -> Outcome | None:
        """Make key, memory and store agree; None where nothing changed.

        The caller has called `mend`, and has checked that the channel is managed and that nothing
        forbids acting on it. A blocked channel is left alone. Else:

        - The delivered key is gone, and there is no other: a new one is created.
        - ivskit did not create the key: it stays. It is delivered where the store holds the one
          before it, or `adopt` is deliver; else it is only remembered, and its age counts from now.
          Where `adopt` is leave, nothing is done.
        - The store no longer holds the key: it is delivered again.

        A repeated cause gets the same answer. It costs one ListStreamKeys and the store's own
        calls; GetStreamKey only where key and memory differ, or a key is delivered.
        """
        known = held.remembered.answer_to(cause, channel.arn)
        if known is not None or held.remembered.blocked is not None:
            return known
        key, last = self._current(channel.arn, held.remembered.key), held.remembered.key
        if key is None:
            lost = self._lost(held, cause=cause, event_id=event_id)
            return None if lost is None else self.conclude(held, channel, lost)[0]
        why = {"cause": cause, "event_id": event_id, "stream_key_arn": key.arn}
        if last is None or last.arn != key.arn:
            return self._meet(held, channel, why)
        if not is_to_deliver(last, self._adopt):
            return None
        if self._store.holds(channel.arn, last.version):
            self._settle(held, last)
            return None
        reason = "the store did not hold the channel's key"
        return self._deliver_as_is(held, channel, why | {"reason": reason}, last.made_at)

    def offer(self, held: Held, channel: Channel, *, cause: str, event_id: str) -> Outcome | None:
        """Offer the store the key that it has refused, and change nothing else.

        For a channel that is no longer managed, or never was: a command created the key. None
        where the key is gone.
        """
        last = held.remembered.key
        if last is None or last.refused_at is None or held.remembered.blocked is not None:
            return None
        if not self.key_is_there(channel.arn, last):
            self._settle(held, last)
            return None
        why = {"cause": cause, "event_id": event_id, "stream_key_arn": last.arn}
        return self._deliver_as_is(
            held, channel, why | {"reason": "the store accepts the key now"}, last.made_at
        )

    @staticmethod
    def _settle(held: Held, key: Key) -> None:
        if key.refused_at is not None:
            held.write(key=key.model_copy(update={"refused_at": None, "ask_at": None}))

    def key_is_there(self, channel_arn: str, key: Key | None) -> bool:
        """Whether the last delivered key still exists."""
        if key is None:
            return self._has_any(channel_arn)
        return self._ivs.stream_keys.find(key.arn) is not None

    def _has_any(self, channel_arn: str) -> bool:
        try:
            return self._ivs.stream_keys.of(channel_arn) is not None
        except NotFound:  # the channel itself is gone
            return False

    def _current(self, channel_arn: str, delivered: Key | None) -> StreamKeySummary | None:
        """The channel's key; a lagging list does not hide the last delivered one."""
        listed = self._ivs.stream_keys.of(channel_arn)
        if delivered is None or (listed is not None and listed.arn == delivered.arn):
            return listed
        return self._ivs.stream_keys.find(delivered.arn) or listed

    def remember(self, held: Held, key_arn: str) -> None:
        """Remember a key that ivskit did not create: its age counts from now.

        It is still to be delivered where the store holds the one before it.
        """
        last = held.remembered.key
        delivered = last is not None and last.delivered
        held.write(key=Key(arn=key_arn, made_at=self._clock(), delivered=delivered))

    def _lost(self, held: Held, *, cause: str, event_id: str) -> Intent | None:
        """The intent to replace the key that is gone, unless its owner may be about to do so."""
        last = held.remembered.key
        if last is None or not last.delivered:
            return None
        reason = "the key that was delivered is gone"
        intent = Intent(cause=cause, reason=reason, event_id=event_id, at=self._clock())
        held.write(intent=intent)
        return intent

    def _meet(self, held: Held, channel: Channel, why: Mapping[str, str]) -> Outcome | None:
        if self._adopt == "leave":
            return None
        if is_to_deliver(held.remembered.key, self._adopt):
            reason = "ivskit did not create the channel's key"
            return self._deliver_as_is(held, channel, {**why, "reason": reason}, self._clock())
        self.remember(held, why["stream_key_arn"])
        return None

    def _deliver_as_is(
        self, held: Held, channel: Channel, why: Mapping[str, str], made_at: datetime
    ) -> Outcome:
        key = self._ivs.stream_keys.find(why["stream_key_arn"])
        if key is None:
            raise Unavailable("the channel's key changed in the meantime")
        fields: dict[str, Any] = {**why, "channel_arn": channel.arn, "mode": "enforce"}
        try:
            self._store.prove_writable(channel.arn)
            version = self._store.deliver(channel, key, anew_for=why["cause"])
        except (StoreRefused, StoreFails) as error:
            return self._put_off(held, key.arn, made_at, fields | {"reason": str(error)})
        outcome = StreamKeyDelivered(**fields, version=version, at=self._clock())
        delivered = Key(arn=key.arn, made_at=made_at, version=version)
        held.write(key=delivered, causes=held.remembered.with_answer(outcome))
        return outcome

    def _put_off(
        self, held: Held, key_arn: str, made_at: datetime, fields: Mapping[str, Any]
    ) -> Outcome:
        outcome = StreamKeyNotDelivered(**fields, at=self._clock())
        key = self._refused(held, key_arn, made_at)
        held.write(key=key, causes=held.remembered.with_answer(outcome))
        return outcome

    def _refused(self, held: Held, key_arn: str, made_at: datetime) -> Key:
        """The refused key, with the time of its next offer."""
        now, last = self._clock(), held.remembered.key
        since = (last.refused_at if last and last.arn == key_arn else None) or now
        wait = min(max(now - since, SOONEST_OFFER), LATEST_OFFER)
        return Key(arn=key_arn, made_at=made_at, refused_at=since, ask_at=now + wait)

    def _nothing_was_done(self, channel_arn: str, intent: Intent) -> bool:
        """Whether the old key still exists, so that everything is decided again."""
        found = self._ivs.stream_keys.of(channel_arn)
        if found is None or found.arn != intent.old_key_arn:
            return False
        if self._clock() - intent.at < LONGEST_LAG:
            raise Undecided("the old key is still listed, and a list may lag behind")
        return True

    def _create(self, channel_arn: str, intent: Intent) -> StreamKey:
        try:
            return self._ivs.stream_keys.create(channel_arn, tags=intent.tags)
        except QuotaExceeded as error:
            # Another program was faster, or the answer to our own call was lost.
            found = self._ivs.stream_keys.of(channel_arn)
            is_new = found is not None and found.arn != intent.old_key_arn
            key = self._ivs.stream_keys.find(found.arn) if found is not None and is_new else None
            if key is None:
                raise Unavailable("the channel has a key that cannot be read yet") from error
            return key

    def _made_already(self, channel_arn: str, intent: Intent) -> StreamKey | None:
        found = self._ivs.stream_keys.of(channel_arn)
        if found is None or found.arn == intent.old_key_arn:
            return None
        return self._ivs.stream_keys.find(found.arn)

    def _deliver(
        self,
        held: Held,
        channel: Channel,
        intent: Intent,
        key: StreamKey,
        *,
        is_proved: bool = True,
    ) -> list[Outcome]:
        # A person's command may have taken the lease over; its holder decides about this key.
        held.confirm()
        try:
            if not is_proved:
                self._store.prove_writable(channel.arn)
            version = self._store.deliver(channel, key)
        except StoreRefused as refused:
            return self._undelivered(held, channel, intent, key.arn, str(refused))
        except StoreFails as failure:
            if self._clock() - intent.at < PATIENCE:
                raise
            return self._undelivered(held, channel, intent, key.arn, str(failure))
        now = self._clock()
        look = _verification(channel.arn, intent, now)
        send(self._sqs, self._queue_url, look, now=now)
        fields = {"channel_arn": channel.arn, "mode": "enforce", "at": now, "version": version}
        outcomes = [
            StreamKeyRotated(**fields, **why.model_dump(), stream_key_arn=key.arn)
            for why in intent.everybody
        ]
        delivered = Key(arn=key.arn, made_at=now, version=version)
        self._close(held, delivered, outcomes)
        return [*outcomes]

    def _undelivered(
        self, held: Held, channel: Channel, intent: Intent, key_arn: str, refusal: str
    ) -> list[Outcome]:
        now = self._clock()
        fields = {"channel_arn": channel.arn, "mode": "enforce", "at": now}
        outcomes = [
            StreamKeyNotDelivered(
                **fields, **why.model_dump() | {"reason": refusal}, stream_key_arn=key_arn
            )
            for why in intent.everybody
        ]
        self._close(held, self._refused(held, key_arn, now), outcomes)
        return [*outcomes]

    def _close(self, held: Held, key: Key, outcomes: Sequence[Outcome]) -> None:
        causes, lockout = held.remembered.with_answer(*outcomes), held.remembered.lockout
        lockout = lockout and lockout.ended_by_key(self._clock())
        held.write(intent=None, key=key, lockout=lockout, causes=causes)

    def _withdraw(self, held: Held, channel: Channel, intent: Intent) -> list[Outcome]:
        for key in self._ivs.stream_keys.list(channel.arn):
            self._ivs.stream_keys.delete(key.arn)
        held.write(intent=None)
        fields = {"channel_arn": channel.arn, "mode": "enforce", "at": self._clock()}
        reason = {"reason": "the channel was blocked while its key was replaced"}
        return [RotationSkipped(**fields, **why.model_dump() | reason) for why in intent.everybody]


def _verification(channel_arn: str, intent: Intent, now: datetime) -> LookAgain:
    return LookAgain(
        channel_arn=channel_arn,
        stream_id=intent.stream_id,
        purpose="verify key",
        cause=intent.cause,
        since=now,
        due=now + VERIFY_AFTER,
        event_id=intent.event_id,
    )
