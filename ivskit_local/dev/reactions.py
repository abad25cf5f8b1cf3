"""Reads what events led to: decisions with their calls, outcomes, mails and dead letters."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ivskit import names
from ivskit_local.dev.fact import Fact, Mark, call_document, channels_of
from ivskit_local.dev.happened import Names, Steps
from ivskit_local.dev.tail import Tail
from ivskit_local.report import event_name, in_one_line
from ivskit_local.runtime.calls import Call
from ivskit_local.runtime.dead_letters import DeadLetter
from ivskit_local.runtime.deliveries import Delivery, Event, Message, Reaction
from ivskit_local.runtime.put_events import Published
from ivskit_local.runtime.world import World

_REFUSALS = (names.COMMAND_REFUSED, names.TAG_REFUSED)
_NOTHING_DONE = ("Skipped", names.WILL_LOOK_AGAIN)
_EARLY = timedelta(seconds=1)
# Outcomes whose reaction is not over yet.
_MOST_PENDING = 1_000
_AT_A_TIME = 1_000


@dataclass(eq=False)
class _Watched:
    """A delivery, and what is new of its effects; looks: when functions decide again."""

    delivery: Delivery
    fact: Fact
    reactions: Tail[Reaction]
    messages: Tail[Message]
    looks: list[tuple[datetime, str, Fact]] = field(default_factory=list)
    failed: dict[str, Fact] = field(default_factory=dict)

    def asked_by(self, reaction: Reaction) -> Fact:
        """What asked for this decision: an earlier one that put it off, or the event."""
        at = reaction.at or self.delivery.at
        for look in self.looks:
            due, function, fact = look
            if function == reaction.function and due - _EARLY <= at:
                self.looks.remove(look)
                return fact
        return self.fact


class Reactions:
    """Events on the way in and all that came of them."""

    def __init__(self, world: World, names: Names, steps: Steps, *, consume: bool) -> None:
        self._world = world
        self._consume = consume
        self._deliveries = Tail(world.deliveries, consume=consume)
        self._unasked = Tail(world._queues.unasked, consume=consume)
        # What was published stays: a scenario that somebody saves expects it.
        self._published = Tail(world._put_events.published, consume=False)
        self._mails = Tail(world._topics.mails, consume=consume)
        self._names = names
        self._steps = steps
        self._watched: list[_Watched] = []
        self._by_event: dict[str, _Watched] = {}
        self._said: dict[tuple[str, str | None], tuple[str | None, str | None]] = {}
        self._outcomes: dict[tuple[str, str, str], deque[Published]] = defaultdict(deque)
        self._acts: dict[tuple[str, str], Fact] = {}
        self._told: dict[tuple[str, str], Fact] = {}
        self._letters: Counter[DeadLetter] = Counter()

    def acted(self, operation: str, channel: str) -> Fact | None:
        """The last decision that called this operation of IVS on the channel."""
        return self._acts.get((operation, channel))

    def new(self) -> Iterator[Fact]:
        """What happened since the last look."""
        self._take_published()
        for delivery in self._deliveries.new():
            yield self._watch(delivery)
        for watched in self._watched:
            if watched.reactions or watched.messages:
                yield from self._effects(watched)
        for reaction in self._unasked.new():
            yield from self._on_its_own(reaction)
        yield from self._new_mails()
        yield from self._new_letters()

    @property
    def unread(self) -> int:
        """How many deliveries are new, and decisions that no delivery led to."""
        return len(self._deliveries) + len(self._unasked)

    def forget(self, most: int) -> None:
        """Keep only the last deliveries: what older ones still lead to stands on its own then."""
        if len(self._watched) > most + _AT_A_TIME:
            del self._watched[:-most]
            self._by_event = {each.delivery.event["id"]: each for each in self._watched}
            self._world._provenance.keep({id(each.delivery) for each in self._watched})

    # Events.

    def _watch(self, delivery: Delivery) -> Fact:
        event, at = delivery.event, delivery.at
        is_command, channels = event["source"] == names.COMMAND, channels_of(event)
        detail: Mapping[str, Any] = event["detail"]
        title = event["detail-type"] if is_command else event_name(event)
        parent = None
        if is_command:
            only = channels[0] if len(channels) == 1 else None
            parent = self._steps.behind(at, only, command=event["detail-type"])
        fact = Fact(
            at,
            "command" if is_command else "event",
            title,
            channels,
            self._about(event),
            cause=str((is_command and detail.get("command_id")) or event["id"]),
            parent=parent,
            more={
                "event": event,
                "stream_id": detail.get("stream_id"),
                "rules": list(delivery.rules),
                "queues": list(delivery.queues),
                "lost": list(delivery.lost),
            },
        )
        watched = _Watched(
            delivery,
            fact,
            Tail(delivery.reactions, consume=self._consume),
            Tail(delivery.messages, consume=self._consume),
        )
        self._watched.append(watched)
        self._by_event[event["id"]] = watched
        return fact

    def _about(self, event: Event) -> str | None:
        """Who sent it and why, or which session it names."""
        detail = event["detail"]
        said = detail.get("reason") or detail.get("stream_id")
        return self._names.in_text(said) if isinstance(said, str) else None

    def _effects(self, watched: _Watched) -> Iterator[Fact]:
        for reaction in watched.reactions.new():
            yield from self._attempt(reaction, watched)
        for message in watched.messages.new():
            self._told[message.topic, message.text] = watched.fact

    # Decisions.

    def _attempt(self, reaction: Reaction, watched: _Watched) -> Iterator[Fact]:
        at = reaction.at or watched.delivery.at
        parent = watched.asked_by(reaction)
        decision = self._decision(reaction, at, parent, cause=watched.fact.cause)
        yield decision
        if decision.mark == "failed":
            watched.failed[reaction.function] = decision
        for name, reason in reaction.outcomes:
            outcome, detail = self._outcome(reaction, decision, name, reason)
            yield outcome
            if name == names.WILL_LOOK_AGAIN and isinstance(detail.get("due"), str):
                due = datetime.fromisoformat(detail["due"])
                watched.looks.append((due, reaction.function, outcome))

    def _on_its_own(self, reaction: Reaction) -> Iterator[Fact]:
        """What a recurring schedule led to, unless it only repeats itself."""
        at = reaction.at or self._world.now
        key, now = (reaction.function, reaction.channel_arn), (reaction.outcome, reaction.reason)
        repeats, self._said[key] = self._said.get(key) == now, now
        decision = self._decision(reaction, at, None, cause=None)
        outcomes = [self._outcome(reaction, decision, *each)[0] for each in reaction.outcomes]
        if reaction.error or not repeats:
            yield decision
            yield from outcomes

    def _decision(
        self, reaction: Reaction, at: datetime, parent: Fact | None, *, cause: str | None
    ) -> Fact:
        outcomes = ", ".join(name for name, _ in reaction.outcomes)
        came_to = outcomes or ("failed" if reaction.error else "nothing to say")
        text = reaction.reason if reaction.outcome else in_one_line(reaction.error)
        arn = reaction.channel_arn
        fact = Fact(
            at,
            "decision",
            f"{reaction.function}: {came_to}",
            [arn] if arn else parent.channels if parent else (),
            text and self._names.in_text(text),
            cause=cause,
            parent=parent,
            function=reaction.function,
            mark=_mark(reaction),
            more={
                "calls": [self._call(call) for call in reaction.calls],
                "ms": reaction.ms,
                "error": in_one_line(reaction.error),
            },
        )
        for call in reaction.calls:
            if call.service == "ivs" and call.error is None and arn:
                self._acts[call.operation, arn] = fact
        return fact

    def _call(self, call: Call) -> dict[str, Any]:
        document = call_document(call)
        return {**document, "error": call.error and self._names.in_text(call.error)}

    # Outcomes.

    def _take_published(self) -> None:
        for one in self._published.new():
            event = one.event
            if event["source"] == names.OUTCOME:
                key = (one.function, event["detail-type"], str(event["detail"].get("reason")))
                self._outcomes[key].append(one)
        while len(self._outcomes) > _MOST_PENDING:
            del self._outcomes[next(iter(self._outcomes))]

    def _outcome(
        self, reaction: Reaction, decision: Fact, name: str, reason: str
    ) -> tuple[Fact, Mapping[str, Any]]:
        """The outcome as a fact, and its fields."""
        published = self._published_as(reaction.function, name, reason)
        detail = published.event["detail"] if published else {}
        arn = detail.get("channel_arn") or reaction.channel_arn
        fact = Fact(
            published.at if published else decision.at,
            "outcome",
            name,
            [arn] if arn else decision.channels,
            self._names.in_text(reason),
            cause=decision.cause,
            parent=decision,
            function=reaction.function,
            mark="refused"
            if name in _REFUSALS
            else None
            if name.endswith(_NOTHING_DONE)
            else "well",
            more={"event": published.event} if published else {},
        )
        return fact, detail

    def _published_as(self, function: str, name: str, reason: str) -> Published | None:
        key = (function, name, reason)
        pending = self._outcomes.get(key)
        if not pending:
            return None
        found = pending.popleft()
        if not pending:
            del self._outcomes[key]
        return found

    # What people get, and what nobody could handle.

    def _new_mails(self) -> Iterator[Fact]:
        for mail in self._mails.new():
            parent = self._told.pop((mail.topic, mail.text), None)
            channels = parent.channels if parent else ()
            cause = parent.cause if parent else None
            title = f"Mail to {mail.to}"
            yield Fact(mail.at, "mail", title, channels, mail.text, cause=cause, parent=parent)
        self._told.clear()

    def _new_letters(self) -> Iterator[Fact]:
        letters = Counter(self._world.dead_letters())
        for letter in (letters - self._letters).elements():
            watched = self._by_event.get(letter.event_id or "")
            tried = watched.failed.get(letter.function or "") if watched else None
            yield Fact(
                tried.at if tried else self._world.now,
                "dead letter",
                f"Dead letter of {letter.function or letter.queue}",
                watched.fact.channels if watched else (),
                in_one_line(letter.error),
                cause=watched.fact.cause if watched else None,
                parent=tried or (watched.fact if watched else None),
                function=letter.function,
                mark="failed",
                more={"queue": letter.queue, "event_id": letter.event_id},
            )
        self._letters = letters


def _mark(reaction: Reaction) -> Mark | None:
    if reaction.error:
        return "failed"
    if reaction.outcome in _REFUSALS:
        return "refused"
    did_nothing = reaction.outcome is None or reaction.outcome.endswith(_NOTHING_DONE)
    return None if did_nothing else "well"
