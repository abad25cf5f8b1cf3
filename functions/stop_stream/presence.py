"""Which session is live, and which one a stop means that names none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivskit.automation.records import STARTING

# An encoder that connects this soon is the one that dropped out.
FLAP = timedelta(minutes=1)


@dataclass(frozen=True)
class Live:
    """The session that is live, or just starting; then it has not started yet.

    viewers: None where IVS could not count them; began: when its encoder connected; recovered_at:
    when its last starvation ended. The last two are read only where they matter.
    """

    stream_id: str
    started_at: datetime | None
    starving: bool = False
    viewers: int | None = None
    began: datetime | None = None
    recovered_at: datetime | None = None


@dataclass(frozen=True)
class Past:
    """An ended session; was_stopped: by ivskit, so that the next one does not continue it."""

    stream_id: str
    started_at: datetime | None
    ended_at: datetime
    was_stopped: bool = False

    def may_reconnect(self, at: datetime) -> bool:
        """Whether its encoder had dropped out so shortly before that it may come back."""
        return at <= self.ended_at + FLAP


def is_meant(
    issued_at: datetime, live: Live | None, past: Sequence[Past], *, now: datetime
) -> bool:
    """Whether the live session, or else the last one, was live when the command was issued.

    past: newest first. Sessions that follow each other within a minute count as one, unless ivskit
    ended the earlier one.
    """
    if live is None and not past:
        return False
    begin = _begin(live, now) if live is not None else past[0].ended_at
    for session in past:
        if begin - session.ended_at > FLAP or (session.was_stopped and live is not None):
            break
        begin = session.started_at or session.ended_at
    return begin <= issued_at and (live is not None or past[0].may_reconnect(issued_at))


def _begin(live: Live, now: datetime) -> datetime:
    if live.began is not None:
        return live.began
    return now if live.started_at is None else live.started_at - STARTING
