"""The effects of an event: the rules it matched, and every attempt to react to it, however late.

Each queue message and each schedule has a delivery that it goes back to. What an attempt sends goes
back to the delivery of the record that it works on, so that retries and later looks stay with the
event that began it all.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ivskit_local.runtime.calls import Call

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Reaction:
    """One attempt of a function at one record: the outcome that it published, or its error.

    before: outcomes of earlier work that it completed first, each with its reason. at: its first
    call, or the batch's last call if other records made all of them. event, message_id: the
    record's; a message that was sent twice has two.
    """

    function: str
    outcome: str | None
    reason: str | None
    channel_arn: str | None
    calls: Sequence[Call]
    ms: float
    error: str | None
    at: datetime | None = None
    before: Sequence[tuple[str, str]] = ()
    event: Event = field(default_factory=dict, compare=False, repr=False)
    message_id: str = field(default="", compare=False, repr=False)

    @property
    def outcomes(self) -> Sequence[tuple[str, str]]:
        """All outcomes that it published, each with its reason; the last is the record's own."""
        answer = [(self.outcome, self.reason or "")] if self.outcome else []
        return [*self.before, *answer]


@dataclass(frozen=True)
class Message:
    """A text that was published to a topic, for people."""

    topic: str
    text: str


@dataclass(eq=False)
class Delivery:
    """An event that was put on a bus, or straight into queues, from outside.

    lost: what could not be delivered.
    """

    event: Event
    at: datetime
    rules: list[str] = field(default_factory=list)
    queues: list[str] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Provenance:
    """Which delivery a message or a schedule goes back to, and through which functions.

    As in Lambda, only messages that a function sends straight to a queue keep the trail: a bus or
    a schedule in between loses it.
    """

    def __init__(self) -> None:
        self._by_key: dict[str, Delivery] = {}
        self._trails: dict[str, Sequence[str]] = {}

    def trace(self, key: str, delivery: Delivery | None, trail: Sequence[str] = ()) -> None:
        """This message or schedule comes of that delivery, by way of these functions."""
        if delivery is not None:
            self._by_key[key] = delivery
        if trail:
            self._trails[key] = trail

    def trail_of(self, key: str) -> Sequence[str]:
        """The functions that led to a message, one for each invocation."""
        return self._trails.get(key, ())

    def of(self, key: str) -> Delivery | None:
        """The delivery that a message or schedule goes back to."""
        return self._by_key.get(key)

    def keep(self, deliveries: Set[int]) -> None:
        """Forget what goes back to other deliveries than those with these `id()`s."""
        by_key = self._by_key.items()
        self._by_key = {key: one for key, one in by_key if id(one) in deliveries}
        self._trails = {key: each for key, each in self._trails.items() if key in self._by_key}
