"""What a scenario expects at a moment, and what is found instead."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StringConstraints

from ivs_emulator import playback
from ivskit import names
from ivskit.commands import ViewerId
from ivskit.recordings.records import Status
from ivskit_local.scenarios.metadata_reader import delivered
from ivskit_local.scenarios.revocations import JobState, of_jobs
from ivskit_local.scenarios.run import Found, Run
from ivskit_local.scenarios.words import (
    ChannelName,
    Count,
    IvsOperation,
    OutcomeName,
    SessionNumber,
    Strict,
    Text,
)

Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
Fate = Literal["plays", "refused"]


class ChannelState(Strict):
    """The expected state of a channel; fields that are absent are not checked.

    live: whether it is, or which of its sessions is; key: none, the first (that it had when the
    scenario began), any other (new), or the same as at the last check; keys_made: how many it has
    ever had; tags: null is no such tag; viewers: whether each token that a viewer
    was issued plays, in that order; expiry does not count, since playback goes on; metadata: all
    that players read from what was inserted, in that order, envelopes unpacked; recordings: the
    status of each in the index, the oldest first, and missing ones last; watched_from: whether the
    channel plays in each of these countries without a token.
    """

    live: StrictBool | SessionNumber | None = None
    key: Literal["first", "same", "new", "none"] | None = None
    keys_made: Count | None = None
    tags: Mapping[str, str | None] = {}
    viewers: Mapping[ViewerId, Annotated[tuple[Fate, ...], Field(min_length=1)]] = {}
    metadata: tuple[Any, ...] | None = None
    recordings: tuple[Status, ...] | None = None
    watched_from: Mapping[Country, Fate] = {}


class ExpectedOutcome(Strict):
    """An outcome that must have been published, after the one listed before it.

    says: a part of its reason, with the scenario's names for channels and sessions.
    """

    name: OutcomeName
    channel: ChannelName | None = None
    says: Text | None = None

    def __str__(self) -> str:
        about = f" of {self.channel}" if self.channel else ""
        return f"{self.name}{about}" + (f", because {self.says!r}" if self.says else "")


class Expect(Strict):
    """What is expected.

    outcomes: published in this order, others may come between; told: how often each was published,
    not counting repeats; called: how often functions called an operation of IVS successfully; jobs:
    the state of revocations, by the ids of their commands, or of the sessions that they follow,
    such as session 1 of show; dead_letters: how many there are; of trouble: any number that trouble
    in AWS excuses.
    """

    channels: Mapping[ChannelName, ChannelState] = {}
    outcomes: tuple[ExpectedOutcome, ...] = ()
    told: Mapping[OutcomeName, Count] = {}
    called: Mapping[IvsOperation, Count] = {}
    jobs: Mapping[Text, JobState] = {}
    dead_letters: Count | Literal["of trouble"] | None = None

    @property
    def channels_named(self) -> tuple[str, ...]:
        """The channels that it names."""
        named = (outcome.channel for outcome in self.outcomes if outcome.channel)
        return (*self.channels, *named)


def findings(expect: Expect, run: Run) -> Iterator[Found]:
    """Each expectation in words, and what was found instead."""
    for channel, state in expect.channels.items():
        yield from _of_channel(channel, state, run)
        yield from _recordings(channel, state.recordings, run)
    yield from _in_order(expect.outcomes, run)
    for name, count in expect.told.items():
        found = sum(outcome["name"] == name for outcome in _published(run))
        yield f"{name} was published {count} time(s)", _unless(count, found)
    for operation, count in expect.called.items():
        yield f"{operation} was called {count} time(s)", _unless(count, _calls(operation, run))
    yield from of_jobs(expect.jobs, run)
    if isinstance(expect.dead_letters, int):  # what excuses them is a law
        yield _dead_letters(expect.dead_letters, run)


def _unless(expected: object, found: object) -> str | None:
    return None if expected == found else str(found)


def _of_channel(channel: str, state: ChannelState, run: Run) -> Iterator[Found]:
    if state.live is not None:
        yield _live(channel, state.live, run)
    if state.key is not None:
        yield _key(channel, state.key, run)
    if state.keys_made is not None:
        made = run.world.ivs.keys_made.get(run.arns[channel])
        found = made.count if made else 0
        yield f"{channel} has had {state.keys_made} key(s)", _unless(state.keys_made, found)
    yield from _tags(channel, state.tags, run)
    yield from _watched_from(channel, state.watched_from, run)
    for viewer, fates in state.viewers.items():
        yield _viewer(channel, viewer, fates, run)
    if state.metadata is not None:
        yield _metadata(channel, state.metadata, run)


def _watched_from(channel: str, expected: Mapping[str, Fate], run: Run) -> Iterator[Found]:
    for country, fate in expected.items():
        viewing = playback.Viewing(channel_arn=run.arns[channel], country=country)
        verdict = playback.judge(run.world.ivs, viewing, run.world.now)
        found = "plays" if verdict.allowed else "refused"
        said = None if found == fate else f"{found} ({verdict.reason})"
        yield f"{channel} in {country}: {fate}", said


def _tags(channel: str, expected: Mapping[str, str | None], run: Run) -> Iterator[Found]:
    there = run.world.ivs.channels.get(run.arns[channel])
    tags = there.tags if there is not None else {}
    for tag, value in expected.items():
        yield (
            f"{channel} has {_tag(tag, value)}",
            _unless(_tag(tag, value), _tag(tag, tags.get(tag))),
        )


def _tag(name: str, value: str | None) -> str:
    return f"no tag {name}" if value is None else f"the tag {name} = {value}"


def _viewer(channel: str, viewer: str, expected: Sequence[Fate], run: Run) -> Found:
    verdicts = run.viewers.verdicts(channel, viewer)
    fates = ["plays" if verdict.allowed else "refused" for verdict in verdicts]
    what = f"the tokens of {viewer} for {channel}: {', '.join(expected)}"
    shown = (f"{fate} ({each.reason})" for fate, each in zip(fates, verdicts, strict=True))
    return what, None if fates == list(expected) else ", ".join(shown) or "none was issued"


def _metadata(channel: str, expected: Sequence[Any], run: Run) -> Found:
    arn = run.arns[channel]
    found = list(delivered(one.text for one in run.world.ivs.metadata if one.channel_arn == arn))
    what = f"the viewers of {channel} received {_listed(expected)}"
    return what, None if found == list(expected) else _listed(found)


def _recordings(channel: str, expected: Sequence[Status] | None, run: Run) -> Iterator[Found]:
    if expected is None:
        return
    newest_first = run.recordings.of_channel(run.arns[channel])
    found = [each.status for each in reversed([*newest_first])]
    what = f"the index has these recordings of {channel}: {', '.join(expected) or 'none'}"
    yield what, None if found == list(expected) else ", ".join(found) or "none"


def _listed(items: Sequence[Any]) -> str:
    return ", ".join(map(json.dumps, items)) or "no metadata"


def _live(channel: str, expected: bool | int, run: Run) -> Found:
    session = run.world.ivs.live_session(run.arns[channel])
    now = f"{run.named(session.stream_id)} is live" if session else f"{channel} is not live"
    if expected is False:
        return f"{channel} is not live", now if session else None
    if expected is True:
        return f"{channel} is live", None if session else now
    wanted = f"session {expected} of {channel} is live"
    return wanted, _unless(wanted, now)


def _key(channel: str, expected: Literal["first", "same", "new", "none"], run: Run) -> Found:
    key, first, seen = run.key(channel), run.first_keys[channel], run.seen_keys[channel]
    is_so = {
        "first": key is not None and first is not None and key.arn == first.arn,
        "same": key is not None and seen is not None and key.arn == seen.arn,
        "new": key is not None and (first is None or key.arn != first.arn),
        "none": key is None,
    }
    words = {
        "first": "its first key",
        "same": "the key of the check before",
        "new": "a new key",
        "none": "no key",
    }
    return f"{channel} has {words[expected]}", None if is_so[expected] else run.key_named(channel)


def _published(run: Run) -> Sequence[Mapping[str, Any]]:
    """Every outcome, each once, in order."""
    published = (put.event for put in run.world.published if put.event["source"] == names.OUTCOME)
    named = ({**event["detail"], "name": event["detail-type"]} for event in published)
    return list({outcome["id"]: outcome for outcome in named}.values())


def _in_order(expected: Sequence[ExpectedOutcome], run: Run) -> Iterator[Found]:
    left = list(_published(run))
    for outcome in expected:
        suits = (number for number, each in enumerate(left, 1) if _suits(outcome, each, run))
        number = next(suits, None)
        yield str(outcome), None if number else _in_short(left, outcome.channel, run)
        left = left[number or 0 :]


def _suits(expected: ExpectedOutcome, outcome: Mapping[str, Any], run: Run) -> bool:
    channel_arn = outcome.get("channel_arn", "")
    return (
        outcome["name"] == expected.name
        and expected.channel in (None, run.named(channel_arn))
        and (expected.says or "") in run.named(outcome["reason"])
    )


def _in_short(outcomes: Sequence[Mapping[str, Any]], channel: str | None, run: Run) -> str:
    """The outcomes about the channel, or all of them."""
    arn = run.arns.get(channel or "")
    about = (each for each in outcomes if arn in (None, each.get("channel_arn")))
    said = [f"{each['name']}, because {run.named(each['reason'])!r}" for each in about]
    return "; ".join(said) or "no outcome"


def _calls(operation: str, run: Run) -> int:
    calls = (call for call in run.world.calls if call.service == "ivs" and call.error is None)
    return sum(call.operation == operation for call in calls)


def _dead_letters(expected: int, run: Run) -> Found:
    letters = run.world.dead_letters()
    what = f"{expected or 'no'} dead letter{'s' * (expected != 1)}"
    if len(letters) == expected:
        return what, None
    return what, "; ".join(f"{letter.function}: {letter.error}" for letter in letters) or "none"
