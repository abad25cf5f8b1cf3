"""What encoders did, and how the events of it travelled, from the events of IVS in the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from ivs_emulator.lifecycle import Timing
from ivskit import names
from ivskit_local.incidents.lines import Line, Log, Step
from ivskit_local.scenarios.words import format_span

_ENDED, _FAILED = "Session Ended", "Stream Failure"
_TIMING = Timing()
TO_START = _TIMING.to_start
# An event that took as long as this was late.
_PROMPT = timedelta(seconds=2)
# A stop and the end of its session are no further apart, even if the function died in between.
_SAME_STOP = timedelta(minutes=5)
# An encoder that comes back later was sent back by a person.
_BACK_WITHIN = timedelta(minutes=2)
# A cut may come later in the scenario, by less than this.
_UNTIL_CUT = timedelta(seconds=20)
# How long an encoder starves where the event of its recovery was lost.
_SHORT = timedelta(seconds=5)


@dataclass
class Session:
    """A session; arrivals: of each event, by its name and time, when it arrived.

    missed: the times of what the sweep re-emitted. stopped_at: when ivskit published its stop.
    """

    channel: str
    stream_id: str
    arrivals: dict[tuple[str, datetime], list[datetime]] = field(default_factory=dict)
    missed: dict[str, datetime] = field(default_factory=dict)
    stopped_at: datetime | None = None
    keeps_key: bool = False
    back_after: timedelta | None = None
    is_return: bool = False
    in_storm: bool = False

    def note(self, line: Line, handled: datetime) -> None:
        """What IVS, or the sweep in its place, says of it, and when a function took it in."""
        if line.source == names.RECONCILE:
            self.missed.setdefault(line.name, line.time)
        else:
            self.arrivals.setdefault((line.name, line.time), []).append(handled)

    def note_stop(self, line: Line) -> None:
        """That ivskit stopped it."""
        self.stopped_at = self.stopped_at or line.at
        self.keeps_key = line.detail.get("then") in ("kick", "lockout")

    def time(self, name: str) -> datetime | None:
        """When this happened to it, by its own event or by the sweep's."""
        found = [(time, came) for (event, time), came in self.arrivals.items() if event == name]
        if not found:
            return self.missed.get(name)
        time, came = found[0]
        # An event has whole seconds, and most arrive at once.
        return came[0] if came[0] - time < timedelta(seconds=1) else time

    @property
    def began(self) -> datetime:
        """When the encoder connected."""
        created, started = self.time(names.SESSION_CREATED), self.time(names.STREAM_START)
        if created is not None:
            return created
        first = min([time for _, time in self.arrivals] + [*self.missed.values()])
        return (started or first) - _TIMING.to_start

    @property
    def ended(self) -> datetime | None:
        """When it ended, where any event says so."""
        return self.time(names.STREAM_END) or self.time(_ENDED)

    @property
    def was_stopped(self) -> bool:
        """Whether it ended because ivskit stopped it."""
        if self.stopped_at is None or self.ended is None:
            return False
        return abs(self.stopped_at - self.ended) < _SAME_STOP

    @property
    def was_live(self) -> bool:
        """Whether it came so far that viewers could see it."""
        if self.time(names.STREAM_START) or self.time(names.STREAM_END):
            return True
        return self.ended is None or self.ended - self.began >= _TIMING.to_start


def sessions_of(log: Log) -> Sequence[Session]:
    """Every session, in the order in which they began."""
    found: dict[str, Session] = {}
    for line in log.of(names.IVS, names.RECONCILE):
        if line.channel is not None and line.session is not None:
            found.setdefault(line.session, Session(line.channel, line.session)).note(
                line, log.handled(line)
            )
    for line in log.outcomes:
        if line.name == names.STREAM_STOPPED and line.session in found:
            found[str(line.session)].note_stop(line)
    sessions = sorted(found.values(), key=lambda session: (session.channel, session.began))
    _note_returns(list(pairwise(sessions)))
    return sorted(sessions, key=lambda session: session.began)


def _note_returns(neighbours: Sequence[tuple[Session, Session]]) -> None:
    """Encoders that were cut and came back by themselves, so many seconds after the cut.

    Where an encoder came back again and again, each return has a moment of its own instead, since
    a second more or less between two of them would add up; it waits there for the cut.
    """
    returned = [_came_back(one, other) for one, other in neighbours]
    for number, (one, other) in enumerate(neighbours):
        other.in_storm = returned[number]
        around = returned[max(number - 1, 0) : number] + returned[number + 1 : number + 2]
        if returned[number] and not any(around) and one.ended is not None:
            one.back_after = other.began - (one.ended - _TIMING.to_end_after_stop)
            other.is_return = True


def _came_back(one: Session, other: Session) -> bool:
    if one.channel != other.channel or not one.was_stopped or not one.keeps_key:
        return False
    return one.ended is not None and other.began - one.ended < _BACK_WITHIN


def numbered(sessions: Sequence[Session]) -> dict[str, int]:
    """The number of each session among those of its channel, by its id."""
    by_channel = sorted(sessions, key=lambda session: session.channel)
    groups = groupby(by_channel, key=lambda session: session.channel)
    return {
        session.stream_id: number for _, some in groups for number, session in enumerate(some, 1)
    }


def steps_of(session: Session, channel: str) -> Iterator[Step]:
    """What its encoder did, and how its events arrived."""
    about = {"channel": channel}
    yield from _on_the_way(session, names.STREAM_START, session.began, channel)
    if not session.is_return:
        yield session.began, {"do": "go live", **about, **_returns(session), "may_fail": True}
    yield from _starvation(session, channel)
    if session.ended is None:
        return
    failed = session.time(_FAILED)
    end = failed or session.ended
    # A stop may come a little earlier or later in the scenario.
    early = timedelta(minutes=1) if session.was_stopped else timedelta(seconds=1)
    announced = max(end - early, session.began + timedelta(seconds=1))
    yield from _on_the_way(session, names.STREAM_END, announced, channel)
    if session.was_stopped and session.is_return and session.back_after is None:
        # The encoder gave up, or somebody hung up.
        yield end + timedelta(seconds=1), {"do": "hang up", **about, "may_fail": True}
    if not session.was_stopped:
        yield end, {"do": "fail" if failed else "hang up", **about, "may_fail": True}


def _returns(session: Session) -> dict[str, str]:
    if session.in_storm:
        return {"patience": format_span(_UNTIL_CUT)}
    if session.back_after is not None:
        return {"reconnect_after": format_span(session.back_after)}
    return {}


def _starvation(session: Session, channel: str) -> Iterator[Step]:
    about = {"channel": channel, "may_fail": True}
    episodes = sorted(time for name, time in session.arrivals if name == names.STARVATION_START)
    recovered = sorted(time for name, time in session.arrivals if name == names.STARVATION_END)
    for begin in episodes:
        yield from _travelled(session, names.STARVATION_START, begin, begin, channel)
        yield begin, {"do": "starve", **about}
        end = next((time for time in recovered if time >= begin), None)
        if end is not None:
            yield from _travelled(session, names.STARVATION_END, end, end, channel)
            yield end, {"do": "recover", **about}
        elif _went_on(session, begin):
            yield begin, _handled("lose", names.STARVATION_END, channel)
            yield begin + _SHORT, {"do": "recover", **about}


def _went_on(session: Session, begin: datetime) -> bool:
    """Whether it outlasted the starvation, which IVS ends after half a minute."""
    after = timedelta(seconds=1) + _TIMING.without_data
    return session.ended is None or session.ended > begin + after


def _on_the_way(session: Session, name: str, moment: datetime, channel: str) -> Iterator[Step]:
    if not session.was_live:
        return
    times = [time for event, time in session.arrivals if event == name]
    if times:
        yield from _travelled(session, name, times[0], moment, channel)
    else:
        yield moment, _handled("lose", name, channel)


def _travelled(
    session: Session, name: str, time: datetime, moment: datetime, channel: str
) -> Iterator[Step]:
    first, *others = sorted(session.arrivals[name, time])
    if others:
        yield moment, _handled("repeat", name, channel, after=format_span(others[0] - first))
    elif first - time >= _PROMPT:
        yield moment, _handled("delay", name, channel, by=format_span(first - time))


def _handled(fate: str, name: str, channel: str, **more: Any) -> dict[str, Any]:
    return {"do": fate, "channel": channel, "event_name": name, **more, "may_fail": True}
