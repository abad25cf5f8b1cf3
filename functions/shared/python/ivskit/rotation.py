"""Replaces a stream key so that a crash at any point is made good by whoever comes next.

IVS allows one key per channel, so the old key goes before the new one can be made. In between
stands the intent: as long as it is open, every invocation that gets the channel's lease first
makes and delivers the key that is missing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ivskit.client import Ivs
from ivskit.client.channels import Channel
from ivskit.client.stream_keys import StreamKey, StreamKeySummary
from ivskit.errors import QuotaExceeded, Unavailable
from ivskit.look_again import LookAgain, send
from ivskit.memory import Held, Intent, Key
from ivskit.outcomes import Outcome, StreamKeyDelivered, StreamKeyKept, StreamKeyRotated
from ivskit.pacing import Pacer
from ivskit.policy import Adopt
from ivskit.store import Store

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

VERIFY_AFTER = timedelta(minutes=1)
VERIFY_KEY = "verify key"
_MOST_TAGS = 50
# Reads lag behind writes, by how much nobody says: after this long they are believed.
LONGEST_LAG = timedelta(minutes=1)


class Undecided(Unavailable):
    """It cannot be told yet whether a rotation has deleted the old key."""


def _nothing() -> None:
    """What most rotations do while the channel has no key."""


class Rotation:
    """What gives a channel its key; its calls are made under the channel's lease.

    Whoever rotates, rotate_stream_key is asked by its queue to see a while later that the channel
    still has the key that was delivered. `permit` keeps creating within its share of the rate, and
    is held before a key is deleted. `meanwhile` is done when the old key is gone and the new
    one is not there yet, also when somebody else's half-done rotation is finished.
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

    def rotate(
        self,
        held: Held,
        channel: Channel,
        intent: Intent,
        *,
        meanwhile: Callable[[], None] = _nothing,
    ) -> Outcome:
        """Replace the channel's key."""
        self._store.prove_writable(channel.arn)
        old = self._current(channel.arn, held.remembered.key)
        if old is None:
            meanwhile()
            return self.restore(held, channel, intent)
        intent = intent.model_copy(update={"old_key_arn": old.arn, "tags": _own_tags(old.tags)})
        with self._permit.turn():
            held.write(intent=intent)
            self._ivs.stream_keys.delete(old.arn)
            meanwhile()
            key = self._create(channel.arn, intent)
        return self._deliver(held, channel, intent, key)

    def restore(self, held: Held, channel: Channel, intent: Intent) -> Outcome:
        """Deliver the key that the channel has now, or a new one where it has none."""
        held.write(intent=intent)
        return self.conclude(held, channel, intent)

    def mend(self, held: Held, channel: Channel) -> Outcome | None:
        """Make good what was left half done: a key, unless the channel must have none.

        Raises Undecided while it cannot be told whether the old key is gone.
        """
        intent = held.remembered.intent
        if intent is None:
            return None
        if held.remembered.blocked is not None:
            return self._withdraw(held, channel, intent)
        if self._nothing_was_done(channel.arn, intent):
            held.write(intent=None)
            return None
        return self.conclude(held, channel, intent)

    def resume(
        self, held: Held, channel: Channel, intent: Intent, *, meanwhile: Callable[[], None]
    ) -> Outcome:
        """Go on with a rotation that is decided, whether or not the old key is gone."""
        if intent.old_key_arn is not None:
            self._ivs.stream_keys.delete(intent.old_key_arn)
        return self.conclude(held, channel, intent, meanwhile=meanwhile)

    def conclude(
        self,
        held: Held,
        channel: Channel,
        intent: Intent,
        *,
        meanwhile: Callable[[], None] = _nothing,
    ) -> Outcome:
        """Deliver the key that was made already, or one that is made now."""
        key = self._made_already(channel.arn, intent)
        meanwhile()
        if key is None:
            with self._permit.turn():
                key = self._create(channel.arn, intent)
        self._store.prove_writable(channel.arn)
        return self._deliver(held, channel, intent, key)

    def agree(self, held: Held, channel: Channel, *, cause: str, event_id: str) -> Outcome | None:
        """Make key, memory and store agree; None where nothing was to be told.

        Whoever calls has mended what was half done, and seen that the channel is managed and that
        nothing forbids to act on it. A blocked channel is left alone. Else:

        - The key that was delivered is gone, and no other is there: a new one is made.
        - Somebody else made the key: it stays. It is delivered where the store holds the one
          before it, or `adopt` says so; else it is only remembered, and its age counts from now.
        - The store no longer holds the key: it is delivered anew.

        The same cause is answered again. One ListStreamKeys, and what the store takes to tell what
        it holds; GetStreamKey only where key and memory differ, or a key is delivered.
        Raises StoreRefused where the store will not take the key.
        """
        known = held.remembered.answer_to(cause)
        if known is not None or held.remembered.blocked is not None:
            return known
        key, last = self._current(channel.arn, held.remembered.key), held.remembered.key
        if key is None:
            return self._replace_lost(held, channel, cause=cause, event_id=event_id)
        why = {"cause": cause, "event_id": event_id, "stream_key_arn": key.arn}
        if last is None or last.arn != key.arn:
            return self._meet(held, channel, why)
        if not self._is_to_deliver(last) or self._store.holds(channel.arn, last.version):
            return None
        reason = "the store did not hold the channel's key"
        return self._deliver_as_is(held, channel, why | {"reason": reason}, last.made_at)

    def withdraw_keys(self, channel_arn: str) -> None:
        """Leave the channel without any key."""
        for key in self._ivs.stream_keys.list(channel_arn):
            self._ivs.stream_keys.delete(key.arn)

    def key_is_there(self, channel_arn: str, key: Key | None) -> bool:
        """Whether the key that was delivered last still exists."""
        if key is None:
            return self._ivs.stream_keys.of(channel_arn) is not None
        return self._ivs.stream_keys.find(key.arn) is not None

    def _current(self, channel_arn: str, delivered: Key | None) -> StreamKeySummary | None:
        """The channel's key; a list that lags behind does not hide the one delivered last."""
        listed = self._ivs.stream_keys.of(channel_arn)
        if delivered is None or (listed is not None and listed.arn == delivered.arn):
            return listed
        return self._ivs.stream_keys.find(delivered.arn) or listed

    def remember(self, held: Held, key_arn: str) -> None:
        """Remember a key that somebody else made: its age counts from now.

        A store that holds the one before it is still to get it.
        """
        last = held.remembered.key
        delivered = last is not None and last.delivered
        held.write(key=Key(arn=key_arn, made_at=self._clock(), delivered=delivered))

    def _replace_lost(
        self, held: Held, channel: Channel, *, cause: str, event_id: str
    ) -> Outcome | None:
        """Of a key that was only remembered, its owner may be about to make the next."""
        last = held.remembered.key
        if last is None or not last.delivered:
            return None
        reason = "the key that was delivered is gone"
        intent = Intent(cause=cause, reason=reason, event_id=event_id, at=self._clock())
        return self.restore(held, channel, intent)

    def _meet(self, held: Held, channel: Channel, why: Mapping[str, str]) -> Outcome | None:
        if self._is_to_deliver(held.remembered.key):
            reason = "somebody else made the channel's key"
            return self._deliver_as_is(held, channel, {**why, "reason": reason}, self._clock())
        self.remember(held, why["stream_key_arn"])
        return None

    def _is_to_deliver(self, last: Key | None) -> bool:
        return self._adopt == "deliver" or (last is not None and last.delivered)

    def _deliver_as_is(
        self, held: Held, channel: Channel, why: Mapping[str, str], made_at: datetime
    ) -> Outcome:
        key = self._ivs.stream_keys.find(why["stream_key_arn"])
        if key is None:
            raise Unavailable("the channel's key changed while it was looked at")
        self._store.prove_writable(channel.arn)
        version = self._store.deliver(channel, key, anew_for=why["cause"])
        told: dict[str, Any] = {"channel_arn": channel.arn, "mode": "enforce", "version": version}
        outcome = StreamKeyDelivered(**why, **told, at=self._clock())
        delivered = Key(arn=key.arn, made_at=made_at, version=version)
        held.write(key=delivered, causes=held.remembered.with_answer(outcome))
        return outcome

    def _nothing_was_done(self, channel_arn: str, intent: Intent) -> bool:
        """Whether the old key still stands, so that everything is to be decided anew."""
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
            # Somebody was faster, or the answer to our own call got lost on its way.
            key = self._made_already(channel_arn, intent)
            if key is None:
                raise Unavailable("the channel has a key that cannot be read yet") from error
            return key

    def _made_already(self, channel_arn: str, intent: Intent) -> StreamKey | None:
        found = self._ivs.stream_keys.of(channel_arn)
        if found is None or found.arn == intent.old_key_arn:
            return None
        return self._ivs.stream_keys.find(found.arn)

    def _deliver(self, held: Held, channel: Channel, intent: Intent, key: StreamKey) -> Outcome:
        version = self._store.deliver(channel, key)
        now = self._clock()
        look = _verification(channel.arn, intent, now)
        send(self._sqs, self._queue_url, look, now=now)
        outcome = StreamKeyRotated(
            channel_arn=channel.arn,
            mode="enforce",
            at=now,
            stream_key_arn=key.arn,
            version=version,
            **intent.why(),
        )
        delivered = Key(arn=key.arn, made_at=now, version=version)
        held.write(intent=None, key=delivered, causes=held.remembered.with_answer(outcome))
        return outcome

    def _withdraw(self, held: Held, channel: Channel, intent: Intent) -> Outcome:
        self.withdraw_keys(channel.arn)
        held.write(intent=None)
        return StreamKeyKept(
            channel_arn=channel.arn,
            mode="enforce",
            at=self._clock(),
            **intent.why() | {"reason": "the channel was blocked while its key was replaced"},
        )


def _own_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that a new key may carry: those of the system are nobody else's to write."""
    own = {name: value for name, value in tags.items() if not name.startswith("aws:")}
    return dict(list(own.items())[:_MOST_TAGS])


def _verification(channel_arn: str, intent: Intent, now: datetime) -> LookAgain:
    return LookAgain(
        channel_arn=channel_arn,
        stream_id=intent.stream_id,
        purpose=VERIFY_KEY,
        cause=intent.cause,
        since=now,
        due=now + VERIFY_AFTER,
        event_id=intent.event_id,
    )
