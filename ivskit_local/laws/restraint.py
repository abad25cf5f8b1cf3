"""Laws about what automation leaves alone, and for how long."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ivs_emulator.stream_sessions import StreamSession
from ivskit import names
from ivskit.policy import Policy
from ivskit.policy.tags import is_blocked
from ivskit_local.laws.story import FLAP, PATIENCE, Answer, Breach, Story

# A function's clock may be a second off, and IVS cuts fractions off its times.
_SKEW = timedelta(seconds=3)
# What a command began may take: a lockout of 15 minutes, and what is looked at again.
_AFTER_A_COMMAND = timedelta(minutes=20)
BETWEEN_ROTATIONS = timedelta(minutes=15)
_OPERATIONS = ("CreateStreamKey", "DeleteStreamKey", "StopStream")


def while_held(story: Story) -> Iterator[Breach]:
    """A hold and a pause leave people alone."""
    law = "while a channel is held, or automation is paused, only commands change it"
    for at, operation, _ in story.calls(*_OPERATIONS):
        policies = story.policies_between(at - FLAP, at)
        held = all(policy.held_at(at + _SKEW) for policy in policies)
        if (held or story.run.is_paused(at - FLAP, at)) and not _may(story, at):
            yield law, f"{operation} on {story.channel} at {at.isoformat()}"


def _may(story: Story, at: datetime) -> bool:
    """Whether a command, a block or an earlier mishap explains a call."""
    since = at - _AFTER_A_COMMAND
    asked = any(since <= command.at <= at for command in story.commands())
    return asked or story.blocked_at(at) or story.in_trouble(since, at)


def where_keys_stay(story: Story) -> Iterator[Breach]:
    """The policy `rotate: never` holds for automation."""
    law = "where a policy never rotates, only commands replace a key"
    for at, _, _ in story.calls("DeleteStreamKey"):
        policies = story.policies_between(at - PATIENCE, at)
        if all(_keeps(policy) for policy in policies) and not _may(story, at):
            yield law, f"the key of {story.channel} is gone at {at.isoformat()}"


def _keeps(policy: Policy) -> bool:
    return policy.rotate == "never" and policy.then != "block"


def until_grace_is_over(story: Story) -> Iterator[Breach]:
    """An encoder whose network drops keeps its key."""
    law = "a key outlives its stream by the grace period"
    for at, _, function in story.calls("DeleteStreamKey"):
        if function != "rotate_stream_key" or _may(story, at):
            continue
        policies = story.policies_between(at - PATIENCE, at)
        grace = min(policy.grace for policy in policies) - _SKEW
        if any(ended > at - grace for ended in _ends_known(story, at)):
            yield law, f"the key of {story.channel} is gone at {at.isoformat()}"


def _ends_known(story: Story, at: datetime) -> Iterator[datetime]:
    """The ends of streams that a function has seen by then."""
    for delivery in story.run.world.deliveries:
        detail = delivery.event["detail"]
        known = delivery.at <= at and detail.get("event_name") == names.STREAM_END
        if known and delivery.reactions and story.arn in delivery.event.get("resources", ()):
            yield from (
                one.end_time
                for one in story.sessions
                if one.stream_id == detail["stream_id"] and one.end_time is not None
            )


def of_newer_keys(story: Story) -> Iterator[Breach]:
    """A late or repeated Stream End is no reason to replace what came since."""
    law = "no stream replaces a key that was made after its end"
    made = [at for at, _, _ in story.calls("CreateStreamKey")]
    for session, rotated in _rotations(story):
        *before, _ = [at for at in made if at <= rotated + _SKEW] or [rotated]
        is_newer = session.over_at and before and before[-1] > session.over_at + _SKEW
        # What died between the two steps of a rotation made this very key.
        if is_newer and not story.in_trouble(before[-1], rotated):
            yield law, f"{session.stream_id} at {rotated.isoformat()}"


def not_too_often(story: Story) -> Iterator[Breach]:
    """A flapping encoder must not use up the versions that a store keeps."""
    law = "after streams, a key changes at most once in 15 minutes"
    all_keys = sorted(_at(one) for one in _first(story, names.STREAM_KEY_ROTATED))
    for session, rotated in _rotations(story):
        since = rotated - BETWEEN_ROTATIONS
        others = [at for at in all_keys if since + _SKEW < at < rotated - _SKEW]
        if others and not story.in_trouble(since, rotated):
            yield law, f"{session.stream_id} at {rotated.isoformat()}"


def of_kicked_streams(story: Story) -> Iterator[Breach]:
    """A kicked stream may come back."""
    endings = _endings(story)
    for one in _first(story, names.STREAM_KEY_ROTATED):
        if endings.get(one.cause) == {"kick"}:
            yield "a stream that was kicked keeps its key", one.cause


def _rotations(story: Story) -> Iterator[tuple[StreamSession, datetime]]:
    """The sessions after which a policy replaced the key, and when; stops replace keys too."""
    sessions, stopped = {one.stream_id: one for one in story.sessions}, _endings(story)
    for one in _first(story, names.STREAM_KEY_ROTATED):
        if one.cause in sessions and one.cause not in stopped:
            yield sessions[one.cause], _at(one)


def _endings(story: Story) -> Mapping[str, set[str]]:
    """How each stopped session was stopped."""
    endings: dict[str, set[str]] = {}
    for one in story.answers(names.STREAM_STOPPED):
        endings.setdefault(one.detail["stream_id"], set()).add(one.detail["then"])
    return endings


def undone(story: Story) -> Iterator[Breach]:
    """Commands may arrive in any order."""
    issued: dict[str, datetime] = {}
    for sent in story.commands():
        if sent.blocks or sent.name in (names.UNBLOCK_CHANNEL, names.RESTORE):
            issued.setdefault(sent.id, sent.issued_at)
    unblocks = {sent.id for sent in story.commands(names.UNBLOCK_CHANNEL, names.RESTORE)}
    turns = [
        (_at(one), one.name, issued[command])
        for one in _first(story, names.CHANNEL_BLOCKED, names.CHANNEL_UNBLOCKED)
        if (command := one.cause.removesuffix(": block")) in issued
    ]
    # Where nothing was blocked, an older block may still be on its way.
    turns += [
        (_at(one), names.CHANNEL_UNBLOCKED, issued[one.cause])
        for one in _first(story, names.STOP_SKIPPED)
        if one.cause in unblocks
    ]
    newest: datetime | None = None
    last = ""
    for at, name, asked in sorted(turns):
        if newest is not None and asked < newest and name != last:
            yield "no command undoes a newer one", f"{name} of {story.channel} at {at.isoformat()}"
        newest, last = asked, name


def no_key_while_blocked(story: Story) -> Iterator[Breach]:
    """A blocked streamer gets no key by any path."""
    turns = _first(story, names.CHANNEL_BLOCKED, names.CHANNEL_UNBLOCKED)
    asked = [command.at for command in story.commands(names.UNBLOCK_CHANNEL, names.RESTORE)]
    for at, _, _ in story.calls("CreateStreamKey"):
        before = [one for one in turns if _at(one) <= at - FLAP]
        last = max(before, key=_at, default=None)
        is_asked = any(each <= at for each in asked)
        if last is None and not is_asked and _is_tagged_as_blocked(story, at):
            yield "a blocked channel gets no key", f"{story.channel} at {at.isoformat()}"
        if last is None or last.name != names.CHANNEL_BLOCKED:
            continue
        # What is retried is answered long after it was asked.
        lifted = [_at(one) for one in turns if one.name == names.CHANNEL_UNBLOCKED]
        is_lifted = any(_at(last) <= each <= at for each in lifted)
        if not is_lifted and not any(_at(last) - FLAP <= each <= at for each in asked):
            yield "a blocked channel gets no key", f"{story.channel} at {at.isoformat()}"


def _is_tagged_as_blocked(story: Story, at: datetime) -> bool:
    """Whether people had tagged it so, which counts where no command has said otherwise."""
    worn = [each for each in story.run.tags_worn[story.channel] if each.at <= at - FLAP]
    later = [each for each in story.run.tags_worn[story.channel] if at - FLAP < each.at <= at]
    return all(is_blocked(each.tags) for each in (*worn[-1:], *later))


def _first(story: Story, *of_names: str) -> Sequence[Answer]:
    """Each outcome of these names once, as it was first published."""
    return list({one.detail["id"]: one for one in reversed([*story.answers(*of_names)])}.values())


def _at(answer: Answer) -> datetime:
    """When it was decided."""
    return datetime.fromisoformat(answer.detail["at"])
