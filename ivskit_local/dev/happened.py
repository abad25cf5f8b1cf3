"""Reads what happened in a run, source by source; each reader remembers how far it has read."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from ivs_emulator.encoders import Refusal
from ivs_emulator.stream_sessions import StreamEvent, StreamSession
from ivskit_local.dev.fact import Fact, Mark
from ivskit_local.dev.tail import Tail
from ivskit_local.scenarios.run import Run

_WORD = re.compile(r"[\w-]+")
_IDS = re.compile(r"arn:aws[a-z-]*:ivs:[^:\s]*:\d*:channel/[\w-]+|st-\w+")
T = TypeVar("T")
_REFUSED = "refused: "
# How long after StopStream its stream ends at the latest.
_CUT_WITHIN = timedelta(minutes=1)
# What happens at each of these moments of a session, and what its channel is from then on.
MOMENTS: Mapping[str, tuple[str, str]] = {
    "Session Created": ("The encoder connects", "connecting"),
    "Stream Start": ("The stream starts", "live"),
    "Starvation Start": ("The stream starves", "starving"),
    "Starvation End": ("The stream recovers", "live"),
    "Stream Takeover": ("Another encoder takes over", "live"),
    "Stream Failure": ("IVS fails the stream", "offline"),
    "Stream End": ("The stream ends", "offline"),
    "Session Ended": ("The session ends", "offline"),
}


class Names:
    """What people call channels and sessions."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._names: dict[str, str] = {}

    def learn(self) -> None:
        """Take in the channels that there are now."""
        for name, arn in self._run.arns.items():
            self._names.setdefault(arn, name)
        for arn, channel in self._run.world.ivs.channels.items():
            self._names.setdefault(arn, channel.name or arn)

    def session(self, session: StreamSession, number: int) -> str:
        """What a session is called."""
        name = f"session {number} of {self.of(session.channel.arn)}"
        self._names[session.stream_id] = name
        return name

    def of(self, arn: str) -> str:
        """The name of a channel or session, or what stands for it."""
        return self._names.get(arn, arn)

    def in_text(self, text: str) -> str:
        """The text with names for ARNs and ids."""
        return _IDS.sub(lambda found: self.of(found[0]), text)


class Steps:
    """What people and encoders did, and what a scenario expected."""

    def __init__(self, run: Run, names: Names, *, consume: bool) -> None:
        self._run = run
        self._names = names
        self._notes = Tail(run.notes, consume=consume)
        self._findings = Tail(run.findings, consume=consume)
        self._last: deque[Fact] = deque(maxlen=50)

    def new(self) -> Iterator[Fact]:
        """What was noted since the last look."""
        for note in self._notes.new():
            yield self._noted(note.at, note.text)
        for one in self._findings.new():
            what = self._names.in_text(one.what)
            found = one.found and self._names.in_text(one.found)
            mark: Mark = "well" if one.holds else "failed"
            yield Fact(one.at, "check", what, text=found and f"found: {found}", mark=mark)

    def _noted(self, at: datetime, text: str) -> Fact:
        if text.startswith(_REFUSED) and self._last:
            asked, why = self._last[-1], text.removeprefix(_REFUSED)
            channels = asked.channels
            return Fact(at, "step", "Refused", channels, why, parent=asked, mark="refused")
        fact = Fact(at, "step", text, self._channels(text))
        self._last.append(fact)
        return fact

    def _channels(self, text: str) -> list[str]:
        words = (word for word in _WORD.findall(text) if word in self._run.arns)
        first = next(words, None)
        return [] if first is None else [self._run.arns[first]]

    def behind(self, at: datetime, channel: str | None, *, command: str | None) -> Fact | None:
        """The step that had this command sent, or the encoder do this, at that moment."""
        for step in reversed(self._last):
            is_its = channel is None or channel in step.channels
            named = step.title.startswith(f"command {command}")
            if step.at == at and is_its and named == (command is not None):
                return step
        return None


@dataclass(eq=False)
class _Followed:
    """A session that is not over, and how far its events are read."""

    session: StreamSession
    name: str
    last: StreamEvent | None = None
    at: datetime | None = None

    def unread(self) -> list[StreamEvent]:
        """Its events since the last look."""
        found = _after(self.last, self.session.events)
        self.last = found[-1] if found else self.last
        return found


class Sessions:
    """What the emulator's sessions went through, whether or not its events arrived.

    acted: the last decision that called an operation of IVS on a channel.
    """

    def __init__(
        self, run: Run, names: Names, steps: Steps, acted: Callable[[str, str], Fact | None]
    ) -> None:
        self._run = run
        self._names = names
        self._steps = steps
        self._acted = acted
        self._newest: dict[str, tuple[str, int]] = {}
        self._open: list[_Followed] = []
        self._refusal: Refusal | None = None
        self._moments: dict[tuple[str, str], Fact] = {}

    def moment(self, stream_id: str, name: str) -> Fact | None:
        """What the event of this name of a session reports."""
        return self._moments.get((stream_id, name))

    def meet(self) -> None:
        """Name the sessions that are new."""
        for arn in self._run.world.ivs.sessions:
            self._open += self._begun(arn)

    def new(self) -> Iterator[Fact]:
        """What happened since the last look."""
        self._moments = {
            key: fact for key, fact in self._moments.items() if key[0] in self._still()
        }
        for followed in self._open:
            yield from self._of(followed)
        self._open = [one for one in self._open if one.session.end_time is None]
        yield from self._refused()

    def _still(self) -> set[str]:
        return {one.session.stream_id for one in self._open}

    def _begun(self, arn: str) -> Iterator[_Followed]:
        """The sessions of a channel that are new; most have none."""
        sessions = self._run.world.ivs.sessions[arn]
        known, number = self._newest.get(arn, ("", 0))
        fresh: list[StreamSession] = []
        for session in reversed(sessions.values()):
            if session.stream_id == known:
                break
            fresh.append(session)
        for session in reversed(fresh):
            number += 1
            self._newest[arn] = (session.stream_id, number)
            yield _Followed(session, self._names.session(session, number))

    def _of(self, followed: _Followed) -> Iterator[Fact]:
        for event in followed.unread():
            if event.name in MOMENTS:
                yield self._moment(followed, event)

    def _moment(self, followed: _Followed, event: StreamEvent) -> Fact:
        session, arn = followed.session, followed.session.channel.arn
        at = _exactly(session, event)
        at = followed.at = max(at, followed.at or at)
        title, status = MOMENTS[event.name]
        fact = Fact(
            at,
            "session",
            title,
            [arn],
            followed.name,
            parent=self._why(arn, event.name, at),
            more={
                "stream_id": session.stream_id,
                "session": followed.name,
                "status": status,
            },
        )
        self._moments[session.stream_id, event.name] = fact
        return fact

    def _why(self, arn: str, name: str, at: datetime) -> Fact | None:
        step = self._steps.behind(at, arn, command=None)
        if step is not None or name not in ("Stream End", "Session Ended"):
            return step
        cut = self._acted("StopStream", arn)
        return cut if cut is not None and cut.at <= at <= cut.at + _CUT_WITHIN else None

    def _refused(self) -> Iterator[Fact]:
        """Encoders that came back by themselves and were not let in."""
        refusals = self._run.world.ivs.refusals
        for refusal in _after(self._refusal, refusals):
            self._refusal, arn = refusal, refusal.channel_arn
            why = f"The encoder came back with the key that it was given: {refusal.why}"
            parent = self._acted("DeleteStreamKey", arn)
            yield Fact(
                refusal.at, "session", "Encoder refused", [arn], why, parent=parent, mark="refused"
            )


def _after(last: T | None, items: "deque[T]") -> list[T]:
    """What came after the last that was read; the oldest may be gone."""
    found: list[T] = []
    for item in reversed(items):
        if item is last:
            break
        found.append(item)
    return found[::-1]


def _exactly(session: StreamSession, event: StreamEvent) -> datetime:
    """IVS's times are whole seconds; where the session knows better, its own."""
    if event.name == "Session Created":
        return session.created_at
    ends = event.name in ("Stream End", "Session Ended")
    return session.over_at if ends and session.over_at else event.event_time
