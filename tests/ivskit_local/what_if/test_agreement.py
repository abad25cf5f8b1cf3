"""The past is judged as a replay of the same events judges it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import ivs_emulator
from ivskit_local.replay import pass_time
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.what_if.tally import Tally
from tests.incidents import happened as played
from tests.ivskit_local.what_if.pasts import MANAGED, START, Event, happened, judged, stream
from tests.outcomes import outcomes_of
from tests.samples import EVENTS
from tests.worlds import ROOT, with_settings

PASTS: Mapping[str, tuple[Mapping[str, Any], Sequence[Event]]] = {
    "a long and a short stream": (
        {"max_duration": "4h"},
        [*stream("0:00", "5:00"), *stream("6:00", "7:00", 2)],
    ),
    "one that starves for long, and one that recovers": (
        {"max_starvation": "10m"},
        [
            happened("0:00", "Stream Start"),
            happened("0:05", "Starvation Start"),
            happened("0:30", "Stream End"),
            happened("1:00", "Stream Start", 2),
            happened("1:05", "Starvation Start", 2),
            happened("1:10", "Starvation End", 2),
            happened("1:30", "Stream End", 2),
        ],
    ),
    "a lockout cuts who comes back too soon": (
        {"rotate": "never", "max_duration": "1h"},
        [
            *stream("0:00", "1:05"),
            *stream("1:06", "1:07", 2),
            *stream("1:30", "1:50", 3),
        ],
    ),
    "an encoder that reconnects within the grace period": (
        {},
        [*stream("0:00", "0:30"), *stream("0:30:20", "1:00", 2)],
    ),
    "automation that only observes": (
        {"mode": "observe", "max_duration": "1h"},
        stream("0:00", "2:00"),
    ),
    "a key that grows too old": (
        {"rotate": "3h"},
        [*stream("0:00", "0:30"), *stream("2:00", "4:02", 2), *stream("5:00", "5:30", 3)],
    ),
}
# Scenarios in which automation decides about streams and keys.
SCENARIOS = (
    "a-hold-puts-off-what-comes-due",
    "a-channel-whose-key-never-changes",
    "a-show-whose-maximum-is-extended-goes-on",
    "a-typing-error-in-a-protective-tag-protects",
    "an-encoder-that-drops-for-20-s-keeps-its-key",
    "nobody-watches",
    "observe-mode-touches-nothing",
    "two-starvation-episodes-are-judged-apart",
)
LATER = timedelta(hours=1, minutes=5)


@contextmanager
def replayed(policy: Mapping[str, Any], events: Sequence[Event]) -> Iterator[World]:
    """As `ivskit replay --keep-time` plays the events, and an hour longer."""
    templates = with_settings(synthesize(ROOT), IVSKIT_POLICY=policy)
    start = datetime.fromisoformat(events[0]["time"])
    with World(templates, project_root=ROOT, start=start, region="us-west-2") as world:
        for event in events:
            pass_time(world, datetime.fromisoformat(event["time"]), lambda _: None)
            if has_ended(world, event):
                continue
            ivs_emulator.bring_to(ivs_emulator.backend, event, tags=MANAGED)
            world.deliver(event)
            world.settle(keep_time=True)
        world.run_for(LATER)
        yield world


def end_of(events: Sequence[Event]) -> datetime:
    """When the last of them happened."""
    return datetime.fromisoformat(events[-1]["time"])


def has_ended(world: World, event: Event) -> bool:
    """Whether it is the end of a stream that was stopped: one such event is there already."""
    stopped = {one["stream_id"] for one in outcomes_of(world, "Stream Stopped")}
    return event["detail"]["event_name"] == "Stream End" and event["detail"]["stream_id"] in stopped


def calls_made(world: World) -> Counter[str]:
    """The calls to IVS of both functions, without the first look at a key that is unknown."""
    made = Counter(
        call.operation
        for call in world.calls
        if call.service == "ivs" and call.function in ("stop_stream", "rotate_stream_key")
    )
    by_sweeps = [each for each in world.unasked if each.function == "rotate_stream_key"]
    for call in by_sweeps[0].calls if by_sweeps else ():
        made[call.operation] -= call.service == "ivs"
    return +made


def calls_of(tally: Tally) -> Counter[str]:
    """How often each operation is called."""
    counted: Counter[str] = Counter()
    for (_, operation), minutes in tally.calls.items():
        counted[operation] += minutes.total()
    return counted


@pytest.mark.parametrize("name", PASTS)
def test_the_same_streams_are_stopped_and_the_same_keys_replaced(name: str, tmp_path: Path) -> None:
    policy, events = PASTS[name]
    last = happened(end_of(events) + LATER - START, "Session Created", 9)

    tally = judged([*events, last], tmp_path, policy).as_set

    with replayed(policy, events) as world:
        stops = [
            (one["stream_id"], one["then"], datetime.fromisoformat(one["at"]))
            for one in outcomes_of(world, "Stream Stopped")
        ]
        rotations = [
            datetime.fromisoformat(one["at"]) for one in outcomes_of(world, "Stream Key Rotated")
        ]
        made = calls_made(world)
    assert [(one.stream_id, one.then) for one in tally.stopped] == [one[:2] for one in stops]
    for mine, (_, _, at) in zip(tally.stopped, stops, strict=True):
        assert abs(mine.at - at) < timedelta(seconds=10)
    assert len(tally.rotated) == len(rotations)
    for mine_rotated, at in zip(tally.rotated, rotations, strict=True):
        # A sweep looks at ages, and sweeps of a world begin with it.
        assert abs(mine_rotated.at - at) < timedelta(minutes=6)
    assert calls_of(tally) == made


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_audit_log_is_judged_as_it_was_decided(name: str, tmp_path: Path) -> None:
    """Tags, commands and stops for want of viewers are those of the log."""
    file = EVENTS / "scenarios" / f"{name}.json"
    script = parse_scenario(str(file), json.loads(file.read_text()))
    lines = played(script, synthesize(ROOT)).lines

    tally = judged(
        [dict(line.event) for line in lines], tmp_path, {}, assume_managed=False
    ).as_they_are

    done = {line.detail["id"]: line for line in lines if line.source == "ivskit.outcome"}.values()
    stopped = {
        (line.detail["stream_id"], line.detail["then"])
        for line in done
        if line.name == "Stream Stopped"
        and line.detail["by"] == "policy"
        and "without viewers" not in line.detail["cause"]
    }
    re_keyed = {line.detail["stream_id"] for line in done if line.name == "Stream Stopped"}
    after_streams = [
        line.channel
        for line in done
        if line.name == "Stream Key Rotated" and line.detail["cause"].startswith("st-")
        if line.detail["cause"] not in re_keyed
    ]
    assert {(one.stream_id, one.then) for one in tally.stopped} == stopped
    rotated = [one.channel_arn for one in tally.rotated if one.because == "after a stream"]
    assert sorted(rotated) == sorted(map(str, after_streams))
