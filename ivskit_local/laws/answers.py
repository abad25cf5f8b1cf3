"""Laws about outcomes: every command has one, and none has two contents."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ivskit import names
from ivskit_local.laws.story import (
    Breach,
    answers,
    commands,
    in_trouble,
    is_hampered,
    is_trouble,
    reactions,
)
from ivskit_local.runtime.deliveries import Delivery, Reaction
from ivskit_local.scenarios.run import Run

SOON = timedelta(minutes=2)
# A lease is waited for, and so is a stream that is just starting: for half a minute at most.
MOST_RETRIES = 5
# How long memory keeps every act at least.
REMEMBERED = timedelta(minutes=10)
# But for an encoder that a lockout cuts again and again: no more acts than these.
ACTS_REMEMBERED = 20
# How long a message is hidden whose function died.
_HIDDEN = timedelta(minutes=3)
# A message is given up after twenty minutes, with seconds or minutes between its tries.
_TRIED = timedelta(minutes=5)
# Half of the tries of a message: the others may wait for what the trouble has left unsure.
MOST_TROUBLE = names.TRIES // 2
# The time, which of several repeated events caused it, the tags when it was repeated, what was
# sent under the id of another command that was refused for the same reason, and whether a take-down
# had marked the recording by then.
_MAY_DIFFER = ("at", "event_id", "tags", "original", "taken_down_by")
# A recording is found by each of its streams; what the bucket does not say, a late event adds.
_OF_RECORDINGS = ("cause", "stream_id", "stream_ids", "recording_session_id", "reason")


def to_every_command(run: Run) -> Iterator[Breach]:
    """Every command has an outcome, unless AWS or a death got in the way."""
    said = [(one.cause, one.at) for one in answers(run)]
    for command in commands(run):
        until = command.at + SOON
        if not command.is_routed or until > run.world.now:
            continue
        answered = any(cause == command.id and at <= until for cause, at in said)
        # Metadata waits behind a message of its channel whose function died.
        earlier = _HIDDEN if command.name == names.PUSH_METADATA else timedelta()
        if not answered and not in_trouble(run, command.at - earlier, until):
            yield "every command has an outcome within two minutes", f"{command.name} {command.id}"


def once(run: Run) -> Iterator[Breach]:
    """A repeated outcome id has the same content."""
    known: dict[str, tuple[str, datetime]] = {}
    for one in answers(run):
        said = _content(one.name, one.detail)
        before, at = known.setdefault(one.detail["id"], (said, one.at))
        # Of metadata nothing is remembered: after a death it is decided anew.
        anew = one.name == names.METADATA_DROPPED and in_trouble(run, at - SOON, one.at)
        if before != said and not anew:
            yield "an outcome id always has the same content", f"{one.name} of {one.cause}: {said}"


def _content(name: str, detail: Mapping[str, Any]) -> str:
    may_differ = (*_MAY_DIFFER, *(_OF_RECORDINGS if "recording" in detail else ()))
    said = {field: value for field, value in detail.items() if field not in may_differ}
    return json.dumps({"name": name, **said}, sort_keys=True)


def one_key_each(run: Run) -> Iterator[Breach]:
    """One cause leads to one key, however often it is repeated."""
    keys: dict[str, set[str]] = {}
    for one in answers(run):
        if one.name == names.STREAM_KEY_ROTATED:
            keys.setdefault(one.detail["id"], set()).add(one.detail["stream_key_arn"])
    for outcome, made in keys.items():
        if len(made) > 1:
            yield "one cause leads to one new key", f"{outcome} names {len(made)} keys"


def the_same_again(run: Run) -> Iterator[Breach]:
    """Who repeats a stop learns what it did, and not that there is nothing left to do."""
    law = "what has stopped a stream gets the same answer when it comes again"
    done: dict[tuple[str, str], datetime] = {}
    for one in answers(run):
        channel = one.detail.get("channel_arn", "")
        about = one.cause, channel
        if one.name == names.STREAM_STOPPED:
            done.setdefault(about, one.done_at)
        elif one.name == names.STOP_SKIPPED and about in done:
            since = one.at - done[about]
            newer = sum(arn == channel and at > done[about] for (_, arn), at in done.items())
            is_kept = since <= REMEMBERED and newer < ACTS_REMEMBERED
            if is_kept and not in_trouble(run, done[about] - SOON, one.at):
                yield law, f"{one.name} of {one.cause}: {one.detail['reason']}"


def not_in_vain(run: Run) -> Iterator[Breach]:
    """Functions do not retry again and again where AWS does not fail."""
    law = f"an event is retried at most {MOST_RETRIES} times where AWS does not fail"
    for delivery in run.world.deliveries:
        failed = [one for one in delivery.reactions if one.error is not None]
        retries = Counter((one.function, one.channel_arn) for one in failed)
        often = [about for about, times in retries.items() if times > MOST_RETRIES]
        if often and not is_hampered(run, delivery.at - SOON, _last(delivery, failed)):
            function, channel_arn = often[0]
            yield law, f"{function} on {channel_arn}: {retries[often[0]]} times"


def _last(delivery: Delivery, failed: Sequence[Reaction]) -> datetime:
    """When it failed last; a function that could not start has left no time."""
    return max((one.at for one in failed if one.at is not None), default=delivery.at)


def given_up_for_trouble(run: Run) -> Iterator[Breach]:
    """A message becomes a dead letter only where AWS fails, or functions die, again and again."""
    law = f"a dead letter met trouble in AWS at {MOST_TROUBLE} of its tries, or more"
    for letter in run.world.dead_letters():
        tries = [
            one.error
            for reactions_to, event in _reactions(run)
            for one in reactions_to
            if one.function == letter.function and event in (letter.event_id, None) and one.error
        ]
        met = sum(map(is_trouble, tries))
        if met < MOST_TROUBLE:
            yield law, f"{letter.function}: {letter.error} after {met} of {len(tries)} tries"


def keys_are_owed(run: Run) -> Iterator[Breach]:
    """An open rotation outlives any outage: the channel would stay without a key."""
    law = "no record is given up because no key could be created"
    for function, tries in _failed(run):
        last = tries[names.TRIES - 1 : names.TRIES]
        errors = _errors_of("CreateStreamKey", last)
        # A death at the last try, of which there is no other, is excused.
        if errors and not any("killed" in (one.error or "") for one in last):
            yield law, f"{function} on {tries[0].channel_arn}: {errors[-1]}"


def patient(run: Run) -> Iterator[Breach]:
    """What fails for minutes must not use up the tries of a message."""
    law = "a message is tried for five minutes before it is given up"
    # At the last try, what is open may be left to the sweep.
    most = names.TRIES - 1
    for function, tries in _failed(run):
        times = [one.at for one in tries[:most] if one.at is not None]
        # Metadata is tried for days, and often at first.
        if len(times) == most and function != "push_metadata":
            lasted = max(times) - min(times)
            if lasted < _TRIED:
                yield law, f"{function} on {tries[0].channel_arn}: nine times in {lasted}"


def _failed(run: Run) -> Iterator[tuple[str, Sequence[Reaction]]]:
    """Each message that failed, as its function and the tries that failed."""
    failed: dict[tuple[str, str], list[Reaction]] = {}
    for one in reactions(run):
        if one.error is not None and one.message_id:
            failed.setdefault((one.function, one.message_id), []).append(one)
    for (function, _), tries in failed.items():
        yield function, tries


def _errors_of(operation: str, tries: Sequence[Reaction]) -> Sequence[str]:
    calls = (call for one in tries for call in one.calls if call.operation == operation)
    return [call.error for call in calls if call.error is not None]


def _reactions(run: Run) -> Iterator[tuple[Sequence[Reaction], str | None]]:
    """Those to each event with its id, and those to the clock."""
    yield run.world.unasked, None
    for delivery in run.world.deliveries:
        yield delivery.reactions, delivery.event.get("id")
