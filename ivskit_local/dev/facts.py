"""What happened in a run and how its world stands, as JSON: for the page, and for files of it.

A fact is one thing that happened:

    n         its number; a fact has a higher one than what led to it
    at        when, in the world's time, as ISO 8601
    kind      step: somebody did it, or it was noted; session: what an IVS session went through;
              event, command: arrived on a bus; decision: one attempt of a function at a record;
              outcome: published by a function; mail: sent to people; dead letter; check: an
              expectation of a scenario
    channel   the ARN of its channel, null where there is none or several (more.channels)
    cause     the id of the event, or of the command, with which it began; null where nobody asked
    parent    the number of the fact that led to it, null where none is known; it may be dropped
    function  the function that decided
    title     a few words; text: a reason or a sentence, or null
    mark      well, refused, failed, or null where nothing was done
    more      session: stream_id, session (its name), status from then on (connecting, live,
              starving, offline); event and command: event (the whole JSON), stream_id, rules,
              queues, lost; decision: calls (service, operation, at, ms of the world's time, error),
              ms (of this machine), error; outcome: event; dead letter: queue, event_id

No fact has a stream key, a token, or what only viewers may see.
"""

from bisect import bisect_left
from typing import Any

from ivskit_local.dev.fact import Fact
from ivskit_local.dev.happened import Names, Sessions, Steps
from ivskit_local.dev.reactions import Reactions
from ivskit_local.dev.standing import Standing
from ivskit_local.scenarios.run import Run

# About 40 MB of memory. Beyond it the oldest are dropped, some at a time.
MOST = 20_000
_AT_A_TIME = 1_000
_MUCH = 200


class Facts:
    """The facts of one run. Reading is cheap where little is new.

    most: how many are left, about; consume: the world forgets what was read, so that one that runs
    for days does not grow. No scenario can be judged then. Otherwise nothing in the world changes.
    """

    def __init__(self, run: Run, *, most: int = MOST, consume: bool = False) -> None:
        world = run.world
        self._world = world
        self._most = most
        self._consume = consume
        self._facts: list[dict[str, Any]] = []
        self._next = 0
        self._dropped_before: str | None = None
        self._names = Names(run)
        self._steps = Steps(run, self._names, consume=consume)
        self._reactions = Reactions(world, self._names, self._steps, consume=consume)
        self._sessions = Sessions(run, self._names, self._steps, self._reactions.acted)
        self._standing = Standing(run)

    def read(self) -> None:
        """Take in what happened since the last reading."""
        self._names.learn()
        self._sessions.meet()
        fresh = [*self._steps.new(), *self._reactions.new(), *self._sessions.new()]
        for fact in fresh:
            if fact.kind == "event" and fact.parent is None:
                fact.parent = self._sessions.moment(str(fact.more["stream_id"]), fact.title)
        for fact in sorted(fresh, key=lambda fact: fact.place):
            self._add(fact)
        if len(self._facts) > self._most + _AT_A_TIME:
            del self._facts[: -self._most]
            self._dropped_before = self._facts[0]["at"]
        if self._consume:
            self._world.gate.calls.clear()
            self._world._lambdas.lines.clear()
            self._reactions.forget(self._most)

    def keep_up(self) -> None:
        """Take in what happened if it is much, although nobody asks."""
        if self._reactions.unread > _MUCH:
            self.read()

    def _add(self, fact: Fact) -> None:
        fact.number, self._next = self._next, self._next + 1
        self._facts.append(fact.document())

    def since(self, number: int) -> dict[str, Any]:
        """The facts from this number on; first: the oldest that is left; next: for the next call.

        dropped_before: the moment before which facts were dropped, or null.
        """
        self.read()
        here = bisect_left(self._facts, number, key=lambda fact: fact["n"])
        return {
            "first": self._facts[0]["n"] if self._facts else self._next,
            "next": self._next,
            "dropped_before": self._dropped_before,
            "facts": self._facts[here:],
        }

    def recorded(self) -> dict[str, Any]:
        """All of it, for a page that is no longer connected to a world."""
        return {"facts": self.since(0), "state": self.state()}

    def state(self) -> dict[str, Any]:
        """How the channels, the automation and the queues stand now."""
        return self._standing.document()
