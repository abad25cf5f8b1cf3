"""Inserts one channel's next messages in one call, or returns why not."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ivskit import envelope, names
from ivskit.automation.command_refusals import refusal
from ivskit.client import Ivs
from ivskit.errors import Ambiguous, Invalid, IvsError, NotLive, Refused, Unavailable
from ivskit.outcomes import MetadataDropped, MetadataExpired, MetadataPushed, Outcome
from ivskit.policy import Policy
from ivskit.policy.values import Mode
from push_metadata.decide import Decision, Drop, Expire, Push, Refuse, decide, lateness
from push_metadata.messages import Malformed, Message, Received

_LOST = "it may be in the stream: the answer was lost, and a retry could insert it twice"


class Pusher:
    """Acts for one invocation, on the channels' policies at its beginning.

    policies: of each channel, None where there is no such channel, or the error of reading it;
    mode: the deployment's, for answers to messages that name no channel.
    """

    def __init__(
        self,
        ivs: Ivs,
        policies: Mapping[str, Policy | IvsError | None],
        *,
        mode: Mode,
        clock: Callable[[], datetime],
    ) -> None:
        self._ivs = ivs
        self._policies = policies
        self._mode = mode
        self._clock = clock

    def push(self, group: Sequence[Received]) -> list[Outcome]:
        """Handle the first message of a group, and those that go into the same call.

        One outcome for each handled message. Raises Unavailable; then nothing was inserted, or an
        envelope may have been, which players recognize as a repeat.
        """
        first = group[0]
        if isinstance(first, Malformed):
            return [self._refusal(first, first.errors)]
        decision = self._decide(first)
        if isinstance(decision, Push):
            return self._insert(self._together(first, group[1:]))
        return [self._left(first, decision)]

    def give_up(self, received: Received, why: str) -> Outcome:
        """The answer to a message that went to the dead-letter queue."""
        reason = f"it went to the dead-letter queue: {why}"
        if isinstance(received, Message):
            return self._dropped(received, reason)
        fields = {"cause": received.event_id, "event_id": received.event_id}
        return MetadataDropped(**fields, reason=reason, mode=self._mode, at=self._clock())

    def _decide(self, message: Message) -> Decision:
        late = lateness(message.command, self._clock())
        if late is not None:
            return late
        policy = self._policies[message.channel_arn]
        match policy:
            case Unavailable():
                raise policy
            case Invalid():
                return Refuse(f"channel_arns: {policy}")
            case IvsError():
                return Drop(f"IVS refuses it: {policy}")
        return decide(message.command, policy)

    def _together(self, first: Message, others: Sequence[Received]) -> list[Message]:
        """The first, and as many after it as fit into its envelope, if it takes one."""
        together = [first]
        for other in others:
            if not isinstance(other, Message) or not self._joins(together, other):
                break
            together.append(other)
        return together

    def _joins(self, together: Sequence[Message], other: Message) -> bool:
        items = [message.item for message in (*together, other)]
        willing = together[0].command.coalesce and other.command.coalesce
        return willing and isinstance(self._decide(other), Push) and envelope.fits(items)

    def _insert(self, messages: Sequence[Message]) -> list[Outcome]:
        first = messages[0]
        alone = not first.command.coalesce
        items = [message.item for message in messages]
        text = first.command.metadata if alone else envelope.wrapped(items)
        try:
            self._ivs.metadata.put(first.channel_arn, text, twice_is_fine=not alone)
        except Invalid as error:
            return [self._refusal(message, [str(error)]) for message in messages]
        except (Refused, Ambiguous) as error:
            return [self._dropped(message, _why(error)) for message in messages]
        return [self._pushed(message) for message in messages]

    def _pushed(self, message: Message) -> MetadataPushed:
        command = message.command
        seq = envelope.numbered(message.number) if command.coalesce else None
        fields = self._fields(message, command.reason or "commanded") | {"mode": "enforce"}
        return MetadataPushed(**fields, seq=seq)

    def _dropped(self, message: Message, why: str) -> MetadataDropped:
        return MetadataDropped(**self._fields(message, why))

    def _left(self, message: Message, decision: Drop | Expire | Refuse) -> Outcome:
        match decision:
            case Drop(reason):
                return self._dropped(message, reason)
            case Expire(reason):
                return MetadataExpired(**self._fields(message, reason))
            case Refuse(reason):
                return self._refusal(message, [reason])

    def _refusal(self, received: Received, errors: Sequence[str]) -> Outcome:
        event = {**received.event, "detail-type": names.PUSH_METADATA}
        refused = refusal(event, errors, mode=self._mode, at=self._clock())
        arn = received.channel_arn if isinstance(received, Message) else None
        return refused.model_copy(update={"channel_arn": arn})

    def _fields(self, message: Message, reason: str) -> dict[str, Any]:
        policy = self._policies.get(message.channel_arn)
        return {
            "cause": message.command.command_id,
            "channel_arn": message.channel_arn,
            "event_id": message.event_id,
            "sender": message.command.sender,
            "reason": reason,
            "mode": policy.mode if isinstance(policy, Policy) else self._mode,
            "at": self._clock(),
        }


def _why(error: Refused | Ambiguous) -> str:
    match error:
        case NotLive():
            return "the channel is not live"
        case Ambiguous():
            return _LOST
        case Refused():
            return f"IVS refuses it: {error}"
