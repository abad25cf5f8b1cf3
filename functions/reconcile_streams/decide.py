"""What nobody has heard of or finished, decided on what IVS shows and what is remembered."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ivskit.memory import Intent, Remembered, Session, Stopping

# The functions that act, and are asked to by their queues.
Owner = Literal["rotate_stream_key", "stop_stream"]


@dataclass(frozen=True)
class Live:
    """A stream that is live."""

    channel_arn: str
    stream_id: str
    started_at: datetime


@dataclass(frozen=True)
class Errand:
    """What another function is to look at; it decides by itself what to do about it."""

    owner: Owner
    channel_arn: str
    purpose: str
    cause: str
    stream_id: str | None = None


def unheard_starts(
    live: Iterable[Live], remembered: Mapping[str, Remembered], *, before: datetime
) -> list[Live]:
    """The streams that began before then, and whose start nobody has heard of."""
    return [
        stream
        for stream in live
        if stream.started_at < before and not _heard_of(stream, remembered.get(stream.channel_arn))
    ]


def _heard_of(stream: Live, remembered: Remembered | None) -> bool:
    session = remembered.session if remembered else None
    if session is None:
        return False
    # Lists lag behind: what they show may be over, and the next session heard of.
    return session.stream_id == stream.stream_id or session.is_newer_than(stream.started_at)


def unheard_ends(
    live: Iterable[Live], remembered: Mapping[str, Remembered]
) -> list[tuple[str, Session]]:
    """The sessions that are not live any more, and whose end nobody has heard of."""
    streams = {stream.stream_id for stream in live}
    return [
        (channel_arn, each.session)
        for channel_arn, each in remembered.items()
        if each.session is not None and _is_gone(each.session, streams)
    ]


def _is_gone(session: Session, live: Collection[str]) -> bool:
    return session.is_open and session.stream_id not in live


def unfinished(remembered: Mapping[str, Remembered], *, before: datetime) -> list[Errand]:
    """The rotations and stops that somebody began before then, each for the function to finish."""
    return [
        _to_finish(channel_arn, note)
        for channel_arn, each in remembered.items()
        # Whoever finishes a stop also finishes the rotation that is a part of it.
        if (note := each.stopping or each.intent) is not None and note.at < before
    ]


def _to_finish(channel_arn: str, note: Intent | Stopping) -> Errand:
    if isinstance(note, Stopping):
        return Errand("stop_stream", channel_arn, note.verify, note.cause, note.stream_id)
    return Errand("rotate_stream_key", channel_arn, "verify key", note.cause, note.stream_id)
