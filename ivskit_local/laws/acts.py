"""Laws about acts and their outcomes: each once, in time, and each with an outcome."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import ValidationError

from ivskit import names
from ivskit.commands import BY_DETAIL_TYPE, too_late
from ivskit.policy import PolicySettings
from ivskit_local.laws.story import (
    FLAP,
    Answer,
    Breach,
    Commanded,
    Deployed,
    Stop,
    Story,
    answers,
    commands,
    over_by,
)
from ivskit_local.scenarios.run import Run

# A function's clock may be a second off.
_SKEW = timedelta(seconds=5)
_OF_KEYS = (names.STREAM_KEY_ROTATED, names.STREAM_KEY_NOT_DELIVERED, names.STREAM_KEY_DELIVERED)
_ACTS = (
    *_OF_KEYS,
    names.STREAM_STOPPED,
    names.CHANNEL_BLOCKED,
    names.CHANNEL_UNBLOCKED,
    names.METADATA_PUSHED,
    names.REVOCATION_PLANNED,
)


def one_id_each(run: Run) -> Iterator[Breach]:
    """Who counts outcomes by their ids counts each act once."""
    ids: dict[tuple[str, str, str], set[str]] = {}
    for one in answers(run):
        is_none_yet = one.name == names.STREAM_KEY_NOT_DELIVERED and not one.detail.get(
            "stream_key_arn"
        )
        if one.name in _ACTS and not is_none_yet:
            about = one.name, one.cause, one.detail.get("channel_arn", "")
            ids.setdefault(about, set()).add(one.detail["id"])
    for (name, cause, _), known in ids.items():
        if len(known) > 1:
            yield "a cause has one outcome of each kind", f"{name} of {cause}: {len(known)} ids"


def in_time(run: Run) -> Iterator[Breach]:
    """A redrive or a replay must never cut a newer show."""
    sent: dict[str, list[Commanded]] = {}
    for command in commands(run):
        sent.setdefault(command.id, []).append(command)
    for act in answers(run):
        command_id = act.cause.removesuffix(": block")
        # Of several commands with one id, the first that is not too late is carried out.
        under_it = sent.get(command_id, []) if act.name in _ACTS else []
        if under_it and all(_is_too_late(each, _decided(each, act)) for each in under_it):
            yield "a command that comes too late does nothing", f"{act.name} of {command_id}"


def _decided(command: Commanded, act: Answer) -> datetime:
    """Only metadata waits for its turn; anything else is decided when it arrives."""
    return (act.at if act.name == names.METADATA_PUSHED else command.at) - _SKEW


def _is_too_late(command: Commanded, at: datetime) -> bool:
    try:
        read = BY_DETAIL_TYPE[command.name].model_validate(command.detail)
    except ValidationError:
        return False
    expires = getattr(read, "expires_at", None)
    is_expired = expires is not None and expires <= at
    return is_expired or too_late(read, now=at, from_archive=False) is not None


def _is_just_over(stop: Stop, story: Story) -> str | None:
    """The session before one that was just starting: StopStream names a channel, not a session."""
    if stop.session.start_time is not None:
        return None
    before = [each for each in story.sessions if each.created_at < stop.session.created_at]
    newest = max(before, key=lambda each: each.created_at, default=None)
    return newest.stream_id if newest and not over_by(newest, stop.at - FLAP) else None


def of_all_that_was_done(run: Run) -> Iterator[Breach]:
    """The audit log has every stop, and every new key."""
    for channel in run.arns:
        story = Story(run, channel, Deployed(PolicySettings()))
        published = {one.detail.get("stream_id") for one in story.answers(names.STREAM_STOPPED)}
        for stop in story.stops:
            meant = {stop.session.stream_id, _is_just_over(stop, story)}
            if not (meant & published or story.blocked_at(stop.at)):
                yield "every stop and every new key has an outcome", stop.session.stream_id
        # A function may die before it publishes a key, which a stop may then replace.
        calls = story.calls("CreateStreamKey")
        made = sum(not story.in_trouble(at, at + FLAP) for at, _, _ in calls)
        keys = {one.detail.get("stream_key_arn") for one in story.answers(*_OF_KEYS)} - {None}
        if made > len(keys) and not any(one.blocks for one in story.commands()):
            case = f"{channel}: {made} keys were made, {len(keys)} have an outcome"
            yield "every stop and every new key has an outcome", case
