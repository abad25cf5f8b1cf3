"""Stops a stream so that it stays stopped: begin, cut, conclude.

begin      open the note `stopping`, which the next holder of the channel's lease would finish
cut        delete the key, since encoders reconnect at once, then stop the stream
conclude   close the note, verify later, and ask rotate_stream_key for the next key

What can fail elsewhere (a new key, its store, tags) comes after the cut, and delays no stop.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ivskit import names
from ivskit.automation.keys.replacing import replacing
from ivskit.automation.memory import Held
from ivskit.automation.messages.delivery import LookAgains, send
from ivskit.automation.messages.look_again import LookAgain
from ivskit.automation.records import Blocked, Intent, Lockout, Stopping
from ivskit.client import Ivs
from ivskit.client.channels import Channel
from ivskit.client.stream_keys import StreamKeySummary
from ivskit.errors import Refused, Unavailable
from ivskit.outcomes import ChannelBlocked, ChannelUnblocked, Outcome, StreamStopped
from ivskit.policy.tags import is_blocked
from stop_stream.decisions import STRICTNESS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

VERIFY_AFTER = timedelta(seconds=30)
# Many stops at once use the rates of IVS first, and their keys after them.
KEY_AFTER = timedelta(seconds=2)
# Encoders that reconnect by themselves have given up by then.
LOCKOUT = timedelta(minutes=15)


class Stopper:
    """Carries out the stops; its calls are made under the channel's lease."""

    def __init__(
        self,
        ivs: Ivs,
        sqs: "SQSClient",
        look_agains: LookAgains,
        *,
        rotation_queue_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._ivs = ivs
        self._sqs = sqs
        self._look_agains = look_agains
        self._rotation_queue_url = rotation_queue_url
        self._clock = clock

    def stop(
        self, held: Held, channel: Channel, stopping: Stopping, *, blocked: Blocked | None
    ) -> list[Outcome]:
        """Stop the stream; `blocked` is what blocks the channel from now on.

        This also completes an open stop.
        """
        stopping = _with(stopping, held.remembered.stopping)
        if stopping.then == "rotate":
            keys = self._keys_or_cut(held, channel, stopping)
            held.write(stopping=stopping, intent=self._intent(held, channel, stopping, keys))
        else:
            keys = []
            held.write(stopping=stopping, **self._marks(stopping, blocked))
        self._cut(held, channel, stopping, keys)
        return self._conclude(held, channel, stopping)

    def finish(self, held: Held, channel: Channel) -> list[Outcome]:
        """Complete an open stop."""
        stopping = held.remembered.stopping
        if stopping is None:
            return []
        if self._is_open_again(channel, stopping):
            held.write(stopping=None)
            return []
        keys = self._keys_left(held, channel, stopping) if stopping.then == "rotate" else []
        if stopping.then == "rotate" and not self._is_re_keyed(held, stopping):
            held.write(intent=self._intent(held, channel, stopping, keys))
        self._cut(held, channel, stopping, keys, is_late=True)
        return self._conclude(held, channel, stopping)

    def unblock(
        self, held: Held, channel: Channel, unblocked: ChannelUnblocked, *, issued_at: datetime
    ) -> list[Outcome]:
        """Lift the block, and ask for a key; a lockout ends with the same key."""
        if held.remembered.blocked is None:
            # An older block may still be on its way.
            newest = max(issued_at, held.remembered.unblocked_at or issued_at)
            causes = held.remembered.with_answer(unblocked)
            held.write(lockout=None, unblocked_at=newest, causes=causes)
            return [unblocked]
        still_tagged = self._untag(channel)
        if still_tagged is not None:
            reason = f"{unblocked.reason}; still tagged, since {still_tagged}"
            unblocked = unblocked.model_copy(update={"reason": reason})
        intent = Intent(
            cause=f"{unblocked.cause}: key",
            reason="the channel was unblocked",
            event_id=unblocked.event_id,
            sender=unblocked.sender,
            at=self._clock(),
            ingest_endpoint=channel.ingest_endpoint,
        )
        self._ask_for_key(channel.arn, intent)
        outcomes = [*self._withdrawn(held, channel), unblocked]
        held.write(
            blocked=None,
            lockout=None,
            stopping=None,
            unblocked_at=issued_at,
            intent=intent,
            causes=held.remembered.with_answer(*outcomes),
        )
        return outcomes

    def _withdrawn(self, held: Held, channel: Channel) -> list[Outcome]:
        """What an open block had done before its function died."""
        stopping = held.remembered.stopping
        if stopping is None:
            return []
        blocked = self._blocked(held, channel, stopping, None)
        live = self._ivs.streams.get(channel.arn)
        if live is not None and live.stream_id == stopping.stream_id:
            return blocked
        self._verify(channel, stopping)
        return [*blocked, *self._stopped(channel, stopping)]

    def _untag(self, channel: Channel) -> str | None:
        """Remove the tag, or return why IVS refuses that; the block ends all the same."""
        try:
            self._ivs.tags.remove(channel.arn, [names.TAG_BLOCKED])
        except Refused as error:
            return str(error)
        return None

    def tag_as_blocked(self, channel: Channel) -> str | None:
        """Tag the channel unless it is tagged already, or return why that failed.

        The tag is for people, and counts where memory was lost; the block holds without it.
        """
        if is_blocked(channel.tags):
            return None
        try:
            self._ivs.tags.add(channel.arn, {names.TAG_BLOCKED: "true"})
        except (Refused, Unavailable) as error:
            return str(error)
        return None

    # Begin.

    def _marks(self, stopping: Stopping, blocked: Blocked | None) -> dict[str, Any]:
        if stopping.then == "lockout":
            now = self._clock()
            fields = {"cause": stopping.cause, "sender": stopping.sender, "by": stopping.by}
            return {
                "lockout": Lockout.model_validate({**fields, "at": now, "until": now + LOCKOUT})
            }
        # A blocked channel gets no key: withdraw what would create one.
        marks = {"intent": None, "lockout": None} if stopping.then == "block" else {}
        return marks if blocked is None else {**marks, "blocked": blocked}

    def _keys_or_cut(
        self, held: Held, channel: Channel, stopping: Stopping
    ) -> list[StreamKeySummary]:
        try:
            return self._keys(held, channel)
        except (Refused, Unavailable):
            # With its key the encoder may reconnect, until a retry can list and delete the key.
            held.write(stopping=stopping)
            self._ivs.streams.stop(channel.arn)
            raise

    def _keys(self, held: Held, channel: Channel) -> list[StreamKeySummary]:
        """The channel's keys; a lagging list does not hide the last delivered one."""
        listed = list(self._ivs.stream_keys.list(channel.arn))
        last = held.remembered.key
        if last is None or any(key.arn == last.arn for key in listed):
            return listed
        # Without its tags, which only a list has; deleting a key twice is harmless.
        return [*listed, StreamKeySummary(arn=last.arn, channel_arn=channel.arn)]

    def _keys_left(
        self, held: Held, channel: Channel, stopping: Stopping
    ) -> list[StreamKeySummary]:
        """The keys still to delete, without the one created for this stop meanwhile."""
        intent = held.remembered.intent
        if self._is_re_keyed(held, stopping):
            return []
        old = intent.old_key_arn if intent is not None else None
        keys = self._keys(held, channel)
        return keys if intent is None else [key for key in keys if key.arn == old]

    def _intent(
        self, held: Held, channel: Channel, stopping: Stopping, keys: Sequence[StreamKeySummary]
    ) -> Intent:
        """The cause of the new key is the session, so that its Stream End does not rotate again."""
        before = held.remembered.intent
        cause = _cause_of_key(stopping)
        if before is not None and before.cause == cause:
            return before
        also = tuple(why for why in (before.everybody if before else ()) if why.cause != cause)
        why = stopping.why().model_copy(update={"cause": cause})
        intent = Intent(
            **why.model_dump(),
            at=self._clock(),
            ingest_endpoint=channel.ingest_endpoint,
            also=also,
        )
        if keys:
            return replacing(keys[0], intent)
        return intent if before is None else intent.model_copy(update={"tags": before.tags})

    @staticmethod
    def _is_re_keyed(held: Held, stopping: Stopping) -> bool:
        return held.remembered.acted_on(_cause_of_key(stopping)) is not None

    def _is_open_again(self, channel: Channel, stopping: Stopping) -> bool:
        """Whether a policy's kick was never carried out: it is decided again on fresh facts.

        The record that asked for it is retried by itself.
        """
        if stopping.then != "kick" or stopping.by == "command":
            return False
        live = self._ivs.streams.get(channel.arn)
        return live is not None and live.stream_id == stopping.stream_id

    # Cut.

    def _cut(
        self,
        held: Held,
        channel: Channel,
        stopping: Stopping,
        keys: Sequence[StreamKeySummary],
        *,
        is_late: bool = False,
    ) -> None:
        """Delete the keys where the stop says so, then stop the stream even if that failed."""
        try:
            taken = self._keys(held, channel) if stopping.then == "block" else keys
            for key in taken:
                self._ivs.stream_keys.delete(key.arn)
        finally:
            if not is_late or stopping.then == "block" or self._is_on(channel, stopping):
                self._disconnect(channel, stopping)

    def _is_on(self, channel: Channel, stopping: Stopping) -> bool:
        """Whether the session to stop is still live, or not live yet."""
        live = self._ivs.streams.get(channel.arn)
        return live is None or live.stream_id == stopping.stream_id

    def _disconnect(self, channel: Channel, stopping: Stopping) -> None:
        if self._ivs.streams.stop(channel.arn):
            return
        newest = self._ivs.streams.newest_session(channel.arn)
        if newest is None or newest.start_time is not None or newest.end_time is not None:
            return
        if stopping.then == "block" or newest.stream_id == stopping.stream_id:
            raise Unavailable("the stream is just starting, and cannot be stopped yet")

    # Conclude.

    def _conclude(self, held: Held, channel: Channel, stopping: Stopping) -> list[Outcome]:
        outcomes = list(self._stopped(channel, stopping))
        if stopping.then == "block":
            untagged = self.tag_as_blocked(channel)
            outcomes = [*self._blocked(held, channel, stopping, untagged), *outcomes]
        self._verify(channel, stopping)
        intent = held.remembered.intent
        if stopping.then == "rotate" and intent is not None:
            self._ask_for_key(channel.arn, intent)
        held.write(stopping=None, causes=held.remembered.with_answer(*outcomes))
        return outcomes

    def _blocked(
        self, held: Held, channel: Channel, stopping: Stopping, untagged: str | None
    ) -> list[Outcome]:
        blocked = held.remembered.blocked
        causes = {why.cause: why for why in stopping.everybody}
        asked = causes.get(blocked.command_id) if blocked is not None else None
        if asked is None:
            return []
        why = asked.model_dump()
        why["reason"] += f"; not tagged, since {untagged}" if untagged else ""
        if asked.stream_id is not None:
            why["cause"] = f"{asked.cause}: block"
        return [ChannelBlocked(**why, channel_arn=channel.arn, mode="enforce", at=self._clock())]

    def _stopped(self, channel: Channel, stopping: Stopping) -> list[Outcome]:
        fields: dict[str, Any] = {
            "by": stopping.by,
            "then": stopping.then,
            "again": stopping.again,
            "channel_arn": channel.arn,
            "mode": "enforce",
            "at": self._clock(),
        }
        stopped = (why for why in stopping.everybody if why.stream_id is not None)
        return [StreamStopped(**fields, **why.model_dump()) for why in stopped]

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

    def _ask_for_key(self, channel_arn: str, intent: Intent) -> None:
        """Ask rotate_stream_key for the next key, a moment later than other stops."""
        now = self._clock()
        look = LookAgain(
            channel_arn=channel_arn,
            stream_id=intent.stream_id,
            purpose="finish rotation",
            cause=intent.cause,
            since=now,
            due=now + KEY_AFTER,
            event_id=intent.event_id,
        )
        send(self._sqs, self._rotation_queue_url, look, now=now)


def _cause_of_key(stopping: Stopping) -> str:
    return stopping.stream_id or stopping.cause


def _with(stopping: Stopping, left_open: Stopping | None) -> Stopping:
    """One stop for both: as strict as the stricter, with the causes of both."""
    if left_open is None or _is_decided_again(left_open, stopping):
        return stopping
    then = max(stopping.then, left_open.then, key=STRICTNESS.index)
    also = tuple(why for why in left_open.everybody if why.cause != stopping.cause)
    verify = stopping.verify if then == "kick" else "verify stop"
    return stopping.model_copy(update={"then": then, "verify": verify, "also": also})


def _is_decided_again(left_open: Stopping, stopping: Stopping) -> bool:
    """Whether a policy's kick was never carried out: its session is the one to stop now."""
    is_of_policy = left_open.then == "kick" and left_open.by == "policy"
    return is_of_policy and left_open.stream_id == stopping.stream_id
