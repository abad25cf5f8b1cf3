"""Laws about stream keys: deletion, replacement and delivery."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ivs_emulator.stream_sessions import StreamSession
from ivskit import names
from ivskit_local.laws.secrets import STORES
from ivskit_local.laws.story import FLAP, LINGERS, PATIENCE, Breach, Story, is_hampered

LONGEST_KEYLESS = timedelta(seconds=10)
LONGEST_UNSTORED = timedelta(minutes=2)
# How seldom a sweep reads the newest session of a channel that no event was about.
VERIFY_EVERY = timedelta(minutes=30)
_ABOUT_A_KEY = (
    names.STREAM_KEY_ROTATED,
    names.ROTATION_SKIPPED,
    names.STREAM_KEY_NOT_DELIVERED,
    names.STREAM_KEY_DELIVERED,
    names.WILL_LOOK_AGAIN,
)
# How long a command is tried, and what it began is then looked for.
_TRIED = timedelta(minutes=45)
# Calls around the moment at which somebody deletes or restores a secret.
_SKEW = timedelta(seconds=5)


def of_a_live_session(story: Story) -> Iterator[Breach]:
    """No policy deletes the key of a session that goes on."""
    for at, _, function in story.calls("DeleteStreamKey"):
        live = _live_at(story, at)
        if live is None or function != "rotate_stream_key":
            continue
        cut = any(abs(stop - at) <= FLAP for stop, _, _ in story.calls("StopStream"))
        if not (cut or story.blocked_at(at) or _is_commanded(story, at)):
            law = "no policy deletes the key of a live session"
            yield law, f"{live.stream_id} at {at.isoformat()}"


def _live_at(story: Story, at: datetime) -> StreamSession | None:
    live = (one for one in story.sessions if one.was_live(at) and one.was_live(at + LINGERS))
    return next(live, None)


def _is_commanded(story: Story, at: datetime) -> bool:
    return any(
        command.detail.get("if_live") == "proceed" and at - _TRIED <= command.at <= at
        for command in story.commands(names.ROTATE_STREAM_KEY)
    )


def not_without_a_key(story: Story) -> Iterator[Breach]:
    """A rotation leaves no long gap between keys, unless the channel is blocked."""
    made = [at for at, operation, _ in story.calls("CreateStreamKey")]
    # A person who creates one is faster at times.
    made += [at for at, channel in story.run.keys_by_hand if channel == story.channel]
    for gone, _, _ in story.calls("DeleteStreamKey"):
        until = gone + LONGEST_KEYLESS + _lateness(story) + _starting(story, gone)
        is_blocked = any(story.blocked_at(at) for at in (gone + LONGEST_KEYLESS, until))
        is_excused = is_blocked or is_hampered(story.run, gone - FLAP, until)
        if until > story.now or is_excused or any(gone <= at <= until for at in made):
            continue
        law = "a rotation leaves a channel without a key for at most 10 s"
        yield law, f"{story.channel} since {gone.isoformat()}"


def _lateness(story: Story) -> timedelta:
    """How late the queue delivered what asks for the new key after a stop."""
    late = [
        each.by
        for each in story.run.late_messages
        if (each.channel, each.purpose) == (story.channel, "finish rotation")
    ]
    return max(late, default=timedelta())


def _starting(story: Story, at: datetime) -> timedelta:
    """How long the stream had still to start: a stop waits for that, for IVS cuts none before."""
    started = [one.start_time for one in story.sessions if one.created_at <= at and one.start_time]
    return max([each - at for each in started if each > at], default=timedelta())


def kept_while_the_store_refuses(story: Story) -> Iterator[Breach]:
    """A key that works is not given up for one that nobody could read."""
    law = "no rotation deletes a key while the store refuses the next one"
    spans = list(story.run.without_secret(story.channel))
    for at, _, function in story.calls("DeleteStreamKey"):
        refuses = any(begun + _SKEW <= at <= ended - _SKEW for begun, ended in spans)
        if refuses and function == "rotate_stream_key" and not story.blocked_at(at):
            yield law, f"{story.channel} at {at.isoformat()}"


def after_a_stream(story: Story) -> Iterator[Breach]:
    """A channel that rotates gets a new key after a stream, or an outcome says why not."""
    law = (
        "within 15 minutes of a stream, or 45 of one whose events were both lost,"
        " its channel has a new key, or an outcome says why not"
    )
    for session in story.sessions:
        ended = session.end_time
        until = _looked_after_by(story, session) or story.now
        if ended is None or session.start_time is None or until > story.now:
            continue
        policies = story.policies_between(ended - FLAP, until)
        rotates = all(one.managed and one.rotate != "never" for one in policies)
        # An encoder that reconnects keeps the key, whether or not a function saw the end.
        over = min(ended, session.over_at or ended)  # IVS may say a second later
        is_back = any(over <= one.created_at <= until for one in story.sessions)
        excused = is_back or story.in_trouble(ended, until)
        if not rotates or excused or _is_answered(story, session, until):
            continue
        yield law, session.stream_id


def _looked_after_by(story: Story, session: StreamSession) -> datetime | None:
    """By when the end of the session has had its effect; None while it is live."""
    if session.end_time is None:
        return None
    soon = session.end_time + PATIENCE
    is_seen = any(
        each.reactions
        and each.event["detail"].get("stream_id") == session.stream_id
        and each.event["detail"].get("event_name") in (names.STREAM_START, names.STREAM_END)
        # Of an unmanaged channel nothing is noted.
        and all(one.managed for one in story.policies_between(each.at, each.at))
        for each in story.run.world.deliveries
        if each.at <= soon
    )
    return soon if is_seen else soon + VERIFY_EVERY


def _is_answered(story: Story, session: StreamSession, until: datetime) -> bool:
    return any(
        session.stream_id in (one.cause, one.detail.get("stream_id")) and one.at <= until
        for one in story.answers(*_ABOUT_A_KEY)
    )


def in_the_store(story: Story) -> Iterator[Breach]:
    """A new key is in the store soon, or an outcome says that it is not."""
    if story.deployed.store == "none":
        return
    stored = [
        call.at
        for call in story.run.world.calls
        if call.operation in STORES and story.channel_id in call.resource and call.error is None
    ]
    for made, _, _ in story.calls("CreateStreamKey"):
        until = made + LONGEST_UNSTORED
        said = story.answers(names.STREAM_KEY_NOT_DELIVERED)
        excused = any(made <= one.at <= until for one in said) or story.blocked_at(until)
        if until > story.now or excused or story.in_trouble(made, until):
            continue
        if not any(made <= at <= until for at in stored):
            law = "a new key is in the store within two minutes"
            yield law, f"{story.channel} at {made.isoformat()}"
