"""Reads a channel's live and past sessions, as far as the question needs them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ivskit import names
from ivskit.client import Ivs
from stop_stream.decisions import Question
from stop_stream.presence import Live, Past

if TYPE_CHECKING:
    from ivskit.client.stream_sessions import StreamEvent

# As many sessions as a flapping encoder may have had recently.
_MOST_PAST = 20


def live_session(ivs: Ivs, question: Question) -> Live | None:
    """The session that is live or just starting, or None."""
    live = _now(ivs, question.channel_arn)
    if live is None or not _details_matter(live, question):
        return live
    session = ivs.streams.session(question.channel_arn, live.stream_id)
    events = session.truncated_events if session else ()
    return replace(
        live,
        began=_newest(events, names.SESSION_CREATED),
        recovered_at=_newest(events, names.STARVATION_END),
    )


def past_sessions(
    ivs: Ivs, question: Question, live: Live | None, *, was_stopped: Callable[[str], bool]
) -> tuple[Past, ...]:
    """The ended sessions, newest first; none where the question does not need them."""
    if question.by != "stop" or (live is not None and question.stream_id is not None):
        return ()
    if live is not None and live.started_at is not None and live.started_at <= question.since:
        return ()
    # IVS documents no order, so the newest may be on the last page.
    over = [
        Past(each.stream_id, each.start_time, each.end_time, was_stopped(each.stream_id))
        for each in ivs.streams.sessions(question.channel_arn)
        if each.end_time is not None
    ]
    return tuple(sorted(over, key=lambda past: past.ended_at, reverse=True)[:_MOST_PAST])


def _now(ivs: Ivs, channel_arn: str) -> Live | None:
    stream = ivs.streams.get(channel_arn)
    if stream is not None:
        starving = stream.health == "STARVING"
        return Live(stream.stream_id, stream.start_time, starving, stream.viewer_count)
    session = ivs.streams.newest_session(channel_arn)
    if session is None or session.end_time is not None:
        return None
    # Just starting, or just ended: IVS shows no stream, and no end yet.
    return Live(session.stream_id, session.start_time)


def _details_matter(live: Live, question: Question) -> bool:
    match question.by:
        case "starvation":
            return live.starving
        case "verify stop":
            return live.stream_id != question.stream_id
        case "stop":
            # A command that names no session may mean one that started only since.
            is_old = live.started_at is not None and live.started_at <= question.since
            return question.stream_id is None and not is_old
        case _:
            return False


def _newest(events: Sequence["StreamEvent"], name: str) -> datetime | None:
    """IVS lists the newest event first."""
    times = (event.event_time for event in events if event.name == name)
    return next(times, None)
