"""The law about lockouts, which keep an encoder out where its key stays."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ivs_emulator.stream_sessions import StreamSession
from ivskit import names
from ivskit_local.laws.stops import LOCKOUT, SKEW, is_seen, lasts
from ivskit_local.laws.story import FLAP, PATIENCE, Answer, Breach, Story

# What ends a lockout, or replaces it by something stronger.
_ENDS = (
    names.CHANNEL_UNBLOCKED,
    names.CHANNEL_BLOCKED,
    names.STREAM_KEY_ROTATED,
    names.STREAM_KEY_DELIVERED,
    names.STREAM_KEY_NOT_DELIVERED,
)
# An invocation that dies is retried when its message is visible again.
_RETRIED = timedelta(minutes=5)


def cuts(story: Story) -> Iterator[Breach]:
    """Who is stopped where keys never change must not come back at once, whoever stopped it."""
    # What is published again has the time at which it was.
    stops = {one.detail["id"]: one for one in reversed([*story.answers(names.STREAM_STOPPED)])}
    for stop in stops.values():
        if stop.detail["then"] == "lockout":
            begun, until = _begun(stop, story) + SKEW, _end(stop, story) - SKEW
            for session in story.sessions:
                started = session.start_time or session.created_at
                if begun < started < until and not _is_cut(session, stop, story):
                    law = "a lockout cuts every stream that starts before its end"
                    yield law, f"{session.stream_id}, locked out until {until.isoformat()}"


def _begun(stop: Answer, story: Story) -> datetime:
    """When the stream was cut; whoever died then has left the outcome to others."""
    cuts = (cut for cut in story.stops if cut.session.stream_id == stop.detail["stream_id"])
    return min([stop.done_at, *(cut.at for cut in cuts)])


def _end(stop: Answer, story: Story) -> datetime:
    begun = _begun(stop, story)
    ended = [one.done_at for one in story.answers(*_ENDS) if one.done_at >= begun]
    return min([begun + LOCKOUT, *ended])


def _is_cut(session: StreamSession, stop: Answer, story: Story) -> bool:
    """Whether it was, or need not be, by when a function has surely seen it."""
    limit = FLAP if is_seen(session, story) else PATIENCE
    due = session.created_at + limit
    is_short = lasts(session) <= limit or due > story.now
    # It begins with the note before the cut, which a death leaves to a retry minutes later.
    trouble = story.in_trouble(stop.done_at - _RETRIED, due)
    return is_short or trouble or _is_held_back(stop, due, story)


def _is_held_back(stop: Answer, due: datetime, story: Story) -> bool:
    """A policy's lockout is automation; a command's is not."""
    if stop.detail["by"] == "command":
        return False
    since = stop.done_at - timedelta(seconds=1)
    policies = story.policies_between(since, due)
    acts = all(one.managed and not one.hands_off and not one.held_at(due) for one in policies)
    return not acts or story.run.was_paused(since, due)
