"""What is live on a channel now, as far as the question needs to know."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ivskit import names
from ivskit.client import Ivs
from ivskit.client.stream_sessions import StreamEvent
from stop_stream.decide import STARVATION, VERIFY_STOP, Live, Request


def live_session(ivs: Ivs, request: Request) -> Live | None:
    """The session that is live or just starting, or None."""
    live = _now(ivs, request.channel_arn)
    if live is None or not _details_matter(live, request):
        return live
    session = ivs.streams.session(request.channel_arn, live.stream_id)
    events = session.truncated_events if session else ()
    return replace(
        live,
        began=_newest(events, names.SESSION_CREATED),
        recovered_at=_newest(events, names.STARVATION_END),
    )


def _now(ivs: Ivs, channel_arn: str) -> Live | None:
    stream = ivs.streams.get(channel_arn)
    if stream is not None:
        starving = stream.health == "STARVING"
        return Live(stream.stream_id, stream.start_time, starving, stream.viewer_count)
    session = ivs.streams.newest_session(channel_arn)
    if session is None or session.end_time is not None:
        return None
    # Just starting, or over for a moment: IVS shows no stream, and no end yet.
    return Live(session.stream_id, session.start_time)


def _details_matter(live: Live, request: Request) -> bool:
    if request.by == STARVATION:
        return live.starving
    return request.by == VERIFY_STOP and live.stream_id != request.stream_id


def _newest(events: Sequence[StreamEvent], name: str) -> datetime | None:
    """IVS lists the newest event first."""
    times = (event.event_time for event in events if event.name == name)
    return next(times, None)
