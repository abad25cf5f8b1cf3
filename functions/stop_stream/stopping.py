"""Stops a stream so that it stays stopped: the key goes first, since encoders reconnect at once.

Before anything is done stands the note `stopping`: as long as it is open, every invocation that
gets the channel's lease first does what is left to do.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from ivskit import names
from ivskit.client import Ivs
from ivskit.client.channels import Channel
from ivskit.errors import Refused, Unavailable
from ivskit.look_again import LookAgain, LookAgains
from ivskit.memory import Blocked, Held, Intent, Stopping
from ivskit.outcomes import (
    ChannelBlocked,
    ChannelUnblocked,
    Outcome,
    StreamKeyRotated,
    StreamStopped,
)
from ivskit.rotation import Rotation
from ivskit.store import Store
from ivskit.store.copies import StoreRefused

VERIFY_AFTER = timedelta(seconds=30)


class Stopper:
    """The acting half of stop_stream; its calls are made under the channel's lease."""

    def __init__(
        self,
        ivs: Ivs,
        rotation: Rotation,
        store: Store,
        look_agains: LookAgains,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._ivs = ivs
        self._rotation = rotation
        self._store = store
        self._look_agains = look_agains
        self._clock = clock

    def stop(
        self, held: Held, channel: Channel, stopping: Stopping, *, blocked: Blocked | None
    ) -> list[Outcome]:
        """Stop the stream; `blocked` is what blocks the channel from now on."""
        stopping = self._as_the_store_allows(channel, stopping)
        marks = {"blocked": blocked} if blocked is not None else {}
        held.write(stopping=stopping, **marks)
        return self.finish(held, channel, stopping)

    def is_open_again(self, channel: Channel, stopping: Stopping) -> bool:
        """Whether a policy's kick never came about: its reason may be gone, so it is decided anew.

        The record that wanted it comes back by itself.
        """
        if stopping.then != "kick" or stopping.by == "command":
            return False
        live = self._ivs.streams.get(channel.arn)
        return live is not None and live.stream_id == stopping.stream_id

    def finish(self, held: Held, channel: Channel, stopping: Stopping) -> list[Outcome]:
        """Do what is left of stopping."""
        match stopping.then:
            case "rotate":
                also = self._re_key(held, channel, stopping)
            case "block":
                also = self._lock_out(held, channel, stopping)
            case "kick":
                self._cut(channel, stopping)
                also = []
        outcomes = [*also, *self._stopped(channel, stopping)]
        self._verify(channel, stopping)
        held.write(stopping=None, causes=held.remembered.with_answer(*outcomes))
        return outcomes

    def unblock(
        self, held: Held, channel: Channel, unblocked: ChannelUnblocked, *, issued_at: datetime
    ) -> list[Outcome]:
        """Take the block away, and give the channel a key."""
        self._ivs.tags.remove(channel.arn, [names.TAG_BLOCKED])
        intent = Intent(
            cause=f"{unblocked.cause}: key",
            reason="the channel was unblocked",
            event_id=unblocked.event_id,
            at=self._clock(),
        )
        answered = held.remembered.with_answer(unblocked)
        held.write(blocked=None, unblocked_at=issued_at, intent=intent, causes=answered)
        return [self._rotation.conclude(held, channel, intent), unblocked]

    def _as_the_store_allows(self, channel: Channel, stopping: Stopping) -> Stopping:
        """A key that could not be delivered is not replaced; the stream is cut all the same."""
        if stopping.then != "rotate":
            return stopping
        try:
            self._store.prove_writable(channel.arn)
        except StoreRefused as error:
            reason = f"{stopping.reason}; only kicked, with its key as it was, since {error}"
            return stopping.model_copy(update={"then": "kick", "reason": reason})
        return stopping

    def _re_key(self, held: Held, channel: Channel, stopping: Stopping) -> list[Outcome]:
        """The cause of the new key is the session, so that its Stream End finds it done."""

        def cut() -> None:
            self._cut(channel, stopping)

        session = stopping.stream_id or stopping.cause
        known = held.remembered.answer_to(session)
        open_intent = held.remembered.intent
        if open_intent is not None:
            return [self._rotation.resume(held, channel, open_intent, meanwhile=cut)]
        if isinstance(known, StreamKeyRotated):
            cut()
            return [known]
        intent = Intent(**stopping.why() | {"cause": session, "at": self._clock()})
        return [self._rotation.rotate(held, channel, intent, meanwhile=cut)]

    def _lock_out(self, held: Held, channel: Channel, stopping: Stopping) -> list[Outcome]:
        self._rotation.withdraw_keys(channel.arn)
        self._cut(channel, stopping)
        # Somebody else may have made a key meanwhile.
        self._rotation.withdraw_keys(channel.arn)
        why = stopping.why()
        why["reason"] += self._tag(channel)
        blocked = held.remembered.blocked
        if blocked is None or blocked.command_id != stopping.cause:
            return []
        if stopping.stream_id is not None:
            why["cause"] = f"{stopping.cause}: block"
        return [ChannelBlocked(**why, channel_arn=channel.arn, mode="enforce", at=self._clock())]

    def _tag(self, channel: Channel) -> str:
        """The tag is for people: a channel that can carry no more is blocked all the same."""
        try:
            self._ivs.tags.add(channel.arn, {names.TAG_BLOCKED: "true"})
        except Refused as error:
            return f"; not tagged, since {error}"
        return ""

    def _cut(self, channel: Channel, stopping: Stopping) -> None:
        live = self._ivs.streams.get(channel.arn)
        if live is None:
            self._wait_for_start(channel, stopping)
        elif stopping.then == "block" or live.stream_id == stopping.stream_id:
            self._ivs.streams.stop(channel.arn)

    def _wait_for_start(self, channel: Channel, stopping: Stopping) -> None:
        newest = self._ivs.streams.newest_session(channel.arn)
        named = newest is not None and newest.stream_id == stopping.stream_id
        if newest and named and newest.start_time is None and newest.end_time is None:
            raise Unavailable("the stream is just starting, and cannot be stopped yet")

    def _stopped(self, channel: Channel, stopping: Stopping) -> list[Outcome]:
        if stopping.stream_id is None:
            return []
        told = {**stopping.why(), "by": stopping.by, "channel_arn": channel.arn}
        return [StreamStopped(**told, mode="enforce", at=self._clock())]

    def _verify(self, channel: Channel, stopping: Stopping) -> None:
        now = self._clock()
        look = LookAgain(
            channel_arn=channel.arn,
            stream_id=stopping.stream_id,
            purpose=stopping.verify,
            cause=stopping.cause,
            since=now,
            due=now + VERIFY_AFTER,
            event_id=stopping.event_id,
        )
        self._look_agains.ask(look, now=now)
