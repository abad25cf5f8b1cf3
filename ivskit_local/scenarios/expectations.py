"""What must be so at a moment of a scenario, and what is found in its place."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool

from ivskit import names
from ivskit.commands import ViewerId
from ivskit_local.scenarios.player import delivered
from ivskit_local.scenarios.revocations import JobState, of_jobs
from ivskit_local.scenarios.stage import Found, Stage
from ivskit_local.scenarios.words import (
    ChannelName,
    Count,
    IvsOperation,
    OutcomeName,
    SessionNumber,
    Strict,
    Text,
)

Fate = Literal["plays", "refused"]


class ChannelState(Strict):
    """How a channel must be; what is not said is not asked.

    live: whether it is, or which of its sessions is; key: none, the first (that it had when the
    scenario began), any other (new), or the same as at the last check; keys_made: how many it has
    ever had; tags: null is no such tag; viewers: what became of each token that a viewer was
    issued, in that order, its short life aside, since who watches by then goes on; metadata: all
    that players made of what was inserted, in that order, envelopes unpacked.
    """

    live: StrictBool | SessionNumber | None = None
    key: Literal["first", "same", "new", "none"] | None = None
    keys_made: Count | None = None
    tags: Mapping[str, str | None] = {}
    viewers: Mapping[ViewerId, Annotated[tuple[Fate, ...], Field(min_length=1)]] = {}
    metadata: tuple[Any, ...] | None = None


class ExpectedOutcome(Strict):
    """An outcome that must have been told, after the one listed before it.

    says: a part of its reason, with the scenario's names for channels and sessions.
    """

    name: OutcomeName
    channel: ChannelName | None = None
    says: Text | None = None

    def __str__(self) -> str:
        about = f" of {self.channel}" if self.channel else ""
        return f"{self.name}{about}" + (f", since {self.says!r}" if self.says else "")


class Expect(Strict):
    """What must be so.

    outcomes: told in this order, whatever came between; told: how often each was told, a repeat
    not counted; called: how often functions called an operation of IVS with success; jobs: how
    revocations stand, by the ids of their commands, or of the sessions that they follow, such as
    session 1 of show; dead_letters: how many there are.
    """

    channels: Mapping[ChannelName, ChannelState] = {}
    outcomes: tuple[ExpectedOutcome, ...] = ()
    told: Mapping[OutcomeName, Count] = {}
    called: Mapping[IvsOperation, Count] = {}
    jobs: Mapping[Text, JobState] = {}
    dead_letters: Count | None = None

    @property
    def channels_named(self) -> tuple[str, ...]:
        """The channels that it names."""
        named = (outcome.channel for outcome in self.outcomes if outcome.channel)
        return (*self.channels, *named)


def findings(expect: Expect, stage: Stage) -> Iterator[Found]:
    """Each expectation in words, and what was found."""
    for channel, state in expect.channels.items():
        yield from _of_channel(channel, state, stage)
    yield from _in_order(expect.outcomes, stage)
    for name, count in expect.told.items():
        found = sum(outcome["name"] == name for outcome in _told(stage))
        yield f"{name} was told {count} time(s)", _unless(count, found)
    for operation, count in expect.called.items():
        yield f"{operation} was called {count} time(s)", _unless(count, _calls(operation, stage))
    yield from of_jobs(expect.jobs, stage)
    if expect.dead_letters is not None:
        yield _dead_letters(expect.dead_letters, stage)


def _unless(expected: object, found: object) -> str | None:
    return None if expected == found else str(found)


def _of_channel(channel: str, state: ChannelState, stage: Stage) -> Iterator[Found]:
    if state.live is not None:
        yield _live(channel, state.live, stage)
    if state.key is not None:
        yield _key(channel, state.key, stage)
    if state.keys_made is not None:
        made = stage.world.ivs.keys_made.get(stage.arns[channel])
        found = made.count if made else 0
        yield f"{channel} has had {state.keys_made} key(s)", _unless(state.keys_made, found)
    yield from _tags(channel, state.tags, stage)
    for viewer, fates in state.viewers.items():
        yield _viewer(channel, viewer, fates, stage)
    if state.metadata is not None:
        yield _metadata(channel, state.metadata, stage)


def _tags(channel: str, expected: Mapping[str, str | None], stage: Stage) -> Iterator[Found]:
    there = stage.world.ivs.channels.get(stage.arns[channel])
    tags = there.tags if there is not None else {}
    for tag, value in expected.items():
        yield (
            f"{channel} has {_tag(tag, value)}",
            _unless(_tag(tag, value), _tag(tag, tags.get(tag))),
        )


def _tag(name: str, value: str | None) -> str:
    return f"no tag {name}" if value is None else f"the tag {name} = {value}"


def _viewer(channel: str, viewer: str, expected: Sequence[Fate], stage: Stage) -> Found:
    verdicts = stage.viewers.verdicts(channel, viewer)
    fates = ["plays" if verdict.allowed else "refused" for verdict in verdicts]
    what = f"{viewer}, with each token of {channel}, is: {', '.join(expected)}"
    told = (f"{fate} ({each.reason})" for fate, each in zip(fates, verdicts, strict=True))
    return what, None if fates == list(expected) else ", ".join(told) or "issued no token"


def _metadata(channel: str, expected: Sequence[Any], stage: Stage) -> Found:
    arn = stage.arns[channel]
    found = list(delivered(one.text for one in stage.world.ivs.metadata if one.channel_arn == arn))
    what = f"the viewers of {channel} got {_listed(expected)}"
    return what, None if found == list(expected) else _listed(found)


def _listed(items: Sequence[Any]) -> str:
    return ", ".join(map(json.dumps, items)) or "no metadata"


def _live(channel: str, expected: bool | int, stage: Stage) -> Found:
    session = stage.world.ivs.live_session(stage.arns[channel])
    now = f"{stage.named(session.stream_id)} is live" if session else f"{channel} is down"
    if expected is False:
        return f"{channel} is down", now if session else None
    if expected is True:
        return f"{channel} is live", None if session else now
    wanted = f"session {expected} of {channel} is live"
    return wanted, _unless(wanted, now)


def _key(channel: str, expected: Literal["first", "same", "new", "none"], stage: Stage) -> Found:
    key, first, seen = stage.key(channel), stage.first_keys[channel], stage.seen_keys[channel]
    is_so = {
        "first": key is not None and first is not None and key.arn == first.arn,
        "same": key is not None and seen is not None and key.arn == seen.arn,
        "new": key is not None and (first is None or key.arn != first.arn),
        "none": key is None,
    }
    words = {
        "first": "its first key",
        "same": "the key of the last check",
        "new": "a new key",
        "none": "no key",
    }
    return f"{channel} has {words[expected]}", None if is_so[expected] else stage.key_named(channel)


def _told(stage: Stage) -> Sequence[Mapping[str, Any]]:
    """Every outcome, each once, in order."""
    published = (put.event for put in stage.world.published if put.event["source"] == names.OUTCOME)
    told = ({**event["detail"], "name": event["detail-type"]} for event in published)
    return list({outcome["id"]: outcome for outcome in told}.values())


def _in_order(expected: Sequence[ExpectedOutcome], stage: Stage) -> Iterator[Found]:
    left = list(_told(stage))
    for outcome in expected:
        suits = (number for number, each in enumerate(left, 1) if _suits(outcome, each, stage))
        number = next(suits, None)
        yield str(outcome), None if number else _in_short(left, outcome.channel, stage)
        left = left[number or 0 :]


def _suits(expected: ExpectedOutcome, told: Mapping[str, Any], stage: Stage) -> bool:
    channel_arn = told.get("channel_arn", "")
    return (
        told["name"] == expected.name
        and expected.channel in (None, stage.named(channel_arn))
        and (expected.says or "") in stage.named(told["reason"])
    )


def _in_short(told: Sequence[Mapping[str, Any]], channel: str | None, stage: Stage) -> str:
    """What was told of the channel, or at all."""
    arn = stage.arns.get(channel or "")
    about = (each for each in told if arn in (None, each.get("channel_arn")))
    said = [f"{each['name']}, since {stage.named(each['reason'])!r}" for each in about]
    return "; ".join(said) or "no outcome"


def _calls(operation: str, stage: Stage) -> int:
    calls = (call for call in stage.world.calls if call.service == "ivs" and call.error is None)
    return sum(call.operation == operation for call in calls)


def _dead_letters(expected: int, stage: Stage) -> Found:
    letters = stage.world.dead_letters()
    what = f"{expected or 'nothing'} in dead letters"
    if len(letters) == expected:
        return what, None
    return what, "; ".join(f"{letter.function}: {letter.error}" for letter in letters) or "nothing"
