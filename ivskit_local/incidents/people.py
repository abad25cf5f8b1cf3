"""What people did: commands, tags, pauses, and the store of the keys, from what came of it."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from ivskit import names
from ivskit.commands import ABOUT_CHANNELS, DETAIL_TYPES
from ivskit.policy import PolicySettings
from ivskit_local.incidents.lines import Line, Log, Step
from ivskit_local.incidents.sessions import TO_START, Session

Tags = Mapping[str, str]
_PAUSED = re.compile(
    r"paused since (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) by ([^(:]+?)(?: \((.*?)\))?(?::|$)"
)
_DIES_HALF_WAY = {
    "do": "kill",
    "function": "stop_stream",
    "when": "after",
    "may_fail": True,
}
_METADATA = (names.METADATA_PUSHED, names.METADATA_EXPIRED, names.METADATA_DROPPED)
_DELETED = "is scheduled for deletion"
_STORED = (names.STREAM_KEY_ROTATED, names.STREAM_KEY_DELIVERED)
_NOT_IN_ORDER = re.compile(r"key not in order at ([0-9T:.+-]+)")
# A sweep verifies a channel every half hour; its outcome says when it was done.
_UNNOTICED = timedelta(minutes=35)
_SOON = timedelta(seconds=5)
_SAME_SWEEP = timedelta(minutes=2)
# How a refusal begins on a channel that is observed.
_OBSERVED = "observing only"
_UNWATCHED = re.compile(r"without viewers since ([0-9T:.+-]+)")
# A sweep sees within five minutes that nobody watches.
_UNSEEN = timedelta(seconds=100)


def commands(log: Log, sessions: Mapping[str, int]) -> Iterator[Step]:
    """Every command of the log, and metadata that went straight to its queue."""
    for moment, line in _one_by_one(log):
        if _is_half_done(line, log):
            yield moment, {**_DIES_HALF_WAY, "operation": _last_of(line, log)}
        yield moment, _command(line, log, sessions)
    seen = {line.detail.get("command_id") for line in log.of(names.COMMAND)}
    for line in log.outcomes:
        cause = line.detail["cause"]
        if _is_of_metadata(line) and cause not in seen and ":" not in cause:
            seen.add(cause)
            yield line.at, _queued(line, log)


def _one_by_one(log: Log) -> Iterator[tuple[datetime, Line]]:
    """Commands when they were handled, each a second after the one before about its channel.

    At the same moment, either might be first. A function that failed was tried again.
    """
    places: dict[str, int] = {}
    for number, line in enumerate(log.new_outcomes):
        places.setdefault(line.detail["cause"].partition(": ")[0], number)
    taken: dict[str | None, datetime] = {}
    sent = [
        (
            _handled(line, log),
            places.get(str(line.detail.get("command_id")), len(log.new_outcomes)),
            line,
        )
        for line in log.of(names.COMMAND)
        if line.name in DETAIL_TYPES
    ]
    for at, _, line in sorted(sent, key=lambda each: each[:2]):
        moment = at
        if line.channel in taken:
            moment = max(at, taken[line.channel] + timedelta(seconds=1))
        if line.channel is not None:
            taken[line.channel] = moment
        yield moment, line


def _handled(line: Line, log: Log) -> datetime:
    at_once = line.name not in ABOUT_CHANNELS or _is_half_done(line, log)
    return line.at if at_once else log.handled(line)


def _is_half_done(line: Line, log: Log) -> bool:
    """Whether the function died after it had noted a block, which somebody took back meanwhile.

    The unblock publishes what the block had done by then.
    """
    blocks = (
        line.name in (names.BLOCK_CHANNEL, names.TAKE_DOWN) or line.detail.get("then") == "block"
    )
    if not blocks or line.channel is None:
        return False
    last: Line | None = None
    for outcome in log.new_outcomes_of(line.channel):
        if outcome.name not in (names.CHANNEL_BLOCKED, names.CHANNEL_UNBLOCKED):
            continue
        if outcome.name == names.CHANNEL_UNBLOCKED and line.at < outcome.at <= log.handled(line):
            is_blocked = last is not None and last.name == names.CHANNEL_BLOCKED
            return not is_blocked or _is_said_by(outcome, last, line)
        last = outcome
    return False


def _last_of(line: Line, log: Log) -> str:
    """The last call of a function that died in the middle of a block."""
    cut = (
        each
        for each in log.new_outcomes_of(str(line.channel))
        if (each.name, each.detail["cause"]) == (names.STREAM_STOPPED, line.detail["command_id"])
    )
    return "StopStream" if any(cut) else "DeleteStreamKey"


def _is_said_by(unblocked: Line, blocked: Line | None, command: Line) -> bool:
    if blocked is None:
        return False
    is_its_own = blocked.detail["cause"].partition(": ")[0] == command.detail["command_id"]
    return is_its_own and blocked.at == unblocked.at


def _is_of_metadata(line: Line) -> bool:
    refused = line.name == names.COMMAND_REFUSED
    return line.name in _METADATA or (refused and line.detail["command"] == names.PUSH_METADATA)


def _command(line: Line, log: Log, sessions: Mapping[str, int]) -> dict[str, Any]:
    detail = dict(line.detail)
    step: dict[str, Any] = {"do": "command", "command": line.name}
    channel = log.channels.get(str(detail.get("channel_arn")))
    if channel is not None:
        del detail["channel_arn"]
        step["channel"] = channel
        number = sessions.get(str(detail.get("stream_id")))
        if number is not None:
            del detail["stream_id"]
            step["session"] = number
    return {**step, "detail": _with_names(detail, log.channels), "may_fail": True}


def _with_names(value: Any, channels: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _with_names(inner, channels) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_names(inner, channels) for inner in value]
    return channels.get(value, value) if isinstance(value, str) else value


def _queued(line: Line, log: Log) -> dict[str, Any]:
    """The log has no text of metadata, and what goes straight to the queue only by its outcome."""
    named = log.channels[str(line.channel)]
    return {
        "do": "command",
        "command": names.PUSH_METADATA,
        "id": line.detail["cause"],
        "detail": {"channel_arns": [named], "metadata": line.detail["cause"]},
        "to": "metadata queue",
        "may_fail": True,
    }


def tags_worn(log: Log, arn: str) -> Iterator[tuple[datetime, Tags]]:
    """Every set of tags that a decision about the channel read, and when it was first read."""
    last: Tags | None = None
    for line in log.outcomes:
        tags = line.detail.get("tags")
        if line.channel == arn and tags is not None and tags != last:
            last = tags
            yield line.at, tags


def tagging(log: Log, arn: str) -> Iterator[Step]:
    """What people changed of the channel's tags."""
    worn = list(tags_worn(log, arn))
    for (_, old), (read, new) in pairwise(worn):
        changed = {name: text for name, text in new.items() if old.get(name) != text}
        gone: dict[str, str | None] = {name: None for name in old if name not in new}
        at = _first_shown(log, arn, old, new, read)
        yield (
            _between(log.last_outcome(arn, at), at),
            {"do": "tag", "channel": log.channels[arn], "tags": changed | gone},
        )


def _first_shown(log: Log, arn: str, old: Tags, new: Tags, read: datetime) -> datetime:
    """When the new tags were read first, or a refusal first says what only they explain.

    The refusal of a revocation has no tags, since it may be about many channels.
    """
    if _is_observed(old) or not _is_observed(new):
        return read
    knew_old = max(line.at for line in log.outcomes if _read(line, arn, old) and line.at < read)
    refused = (
        line.at
        for line in log.new_outcomes_of(arn)
        if _OBSERVED in str(line.detail["reason"]) and knew_old < line.at < read
    )
    return min(refused, default=read)


def _is_observed(tags: Tags) -> bool:
    return PolicySettings().of(tags, stage="").is_observed


def _read(line: Line, arn: str, tags: Tags) -> bool:
    return line.channel == arn and line.detail.get("tags") == tags


def _between(seen: datetime, at: datetime) -> datetime:
    """When it changed: after a decision that read the old tags, well before that of the new."""
    return max(seen + (at - seen) / 2, at - timedelta(seconds=90))


def pauses(log: Log) -> Iterator[Step]:
    """Every pause that an outcome names, until the last outcome that names it."""
    said: dict[datetime, list[tuple[Line, str | None]]] = {}
    for line in log.outcomes:
        found = _PAUSED.search(str(line.detail["reason"]))
        if found:
            said.setdefault(datetime.fromisoformat(found[1]), []).append((line, found[3]))
    for since, lines in said.items():
        refused = any(line.name == names.COMMAND_REFUSED for line, _ in lines)
        why = {"reason": lines[0][1]} if lines[0][1] else {}
        yield since, {"do": "pause", "commands_too": refused, **why}
        yield lines[-1][0].at + timedelta(seconds=1), {"do": "resume"}


def secrets(log: Log, arn: str) -> Iterator[Step]:
    """The secret was deleted before an outcome says so, and restored before one says otherwise."""
    about = {"channel": log.channels[arn], "may_fail": True}
    # When an outcome said so last.
    lost: datetime | None = None
    stored = log.lines[0].at
    for line in log.new_outcomes_of(arn):
        if _DELETED in str(line.detail["reason"]):
            if lost is None:
                seen = _seen(line)
                unnoticed = max(stored, seen - _UNNOTICED, _verified_before(seen, log) + _SOON)
                yield unnoticed, {"do": "delete secret", **about}
            lost = line.at
        elif lost is not None and line.name in _STORED:
            yield lost + _SOON, {"do": "restore secret", **about}
            lost = None
        if line.name in _STORED:
            stored = line.at + _SOON


def _verified_before(seen: datetime, log: Log) -> datetime:
    """When a sweep before this one had verified all channels."""
    earlier = (done for done in log.verifications.values() if done < seen - _SAME_SWEEP)
    return max(earlier, default=log.lines[0].at - _SOON)


def _seen(line: Line) -> datetime:
    """When a sweep saw that the key is not in order, or a function that it cannot be stored."""
    found = _NOT_IN_ORDER.search(str(line.detail["cause"]))
    return datetime.fromisoformat(found[1]) if found else line.at


def viewers(log: Log, session: Session, channel: str) -> Iterator[Step]:
    """Somebody watched, except where an outcome says that nobody did."""
    worn = [tags for _, tags in tags_worn(log, session.channel)]
    if all(PolicySettings().of(tags, stage="").max_idle is None for tags in worn):
        return
    start = (session.time(names.STREAM_START) or session.began + TO_START) + timedelta(seconds=1)
    yield start, _watched(channel, 1)
    for since, line in _without_viewers(log, session).items():
        yield max(start, since - _UNSEEN), _watched(channel, 0)
        if "has viewers" in str(line.detail["reason"]):
            yield line.at - timedelta(minutes=1), _watched(channel, -1)


def _watched(channel: str, count: int) -> dict[str, Any]:
    return {"do": "watch", "channel": channel, "viewers": count, "may_fail": True}


def _without_viewers(log: Log, session: Session) -> Mapping[datetime, Line]:
    """Since when a sweep saw no viewers, and the outcome that says so."""
    found: dict[datetime, Line] = {}
    for line in log.outcomes:
        since = _UNWATCHED.search(str(line.detail["cause"]))
        if since and line.session == session.stream_id:
            found.setdefault(datetime.fromisoformat(since[1]), line)
    return found
