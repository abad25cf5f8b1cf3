"""The health of streams: judged as tables, then in a world, where a sweep may die at any call."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ivs_emulator.ingest import Video
from ivskit import names
from ivskit.automation.records import Episode
from ivskit.policy.health import HealthRule
from ivskit_local.runtime.gate import When
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.applications import Pause, Resume
from ivskit_local.scenarios.run import ChannelSpec, Run
from ivskit_local.scenarios.steps import GoLive
from reconcile_streams.decide import Live
from reconcile_streams.health.decide import (
    Judged,
    is_judged,
    judged,
    last_minute,
    referral,
    verdict,
)
from tests.crashes import kill_points
from tests.ivskit_local.laws.runs import broken
from tests.outcomes import outcomes_of
from tests.pruned import pruned
from tests.samples import CHANNEL, STREAM
from tests.worlds import NOT_CALLED, ROOT, granted

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULE = HealthRule.model_validate({"below": 500, "for": "3m", "then": "kick"})
NOTIFY = HealthRule.model_validate({"above": 4, "for": "3m"})
SHOW = Live(CHANNEL, STREAM, NOW - 30 * MINUTE)
FUNCTION = "reconcile_streams"
# As the scenarios have them, so that their templates serve.
SETTINGS = {
    "policy": {
        "health": {
            "ingest_bitrate": {"below": 500_000, "for": "5m", "then": "kick"},
            "keyframe_interval": {"above": 4, "for": "5m"},
        }
    }
}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([400, 499, 1], "unhealthy"),
        ([500, 501, 900], "healthy"),
        ([400, 500, 400], None),
        # A minute without a value is never judged.
        ([400, 400], None),
        ([600, 600], None),
        ([], None),
    ],
)
def test_every_minute_of_the_time_has_to_agree(values: list[float], expected: str | None) -> None:
    assert verdict(values, RULE) == expected


@pytest.mark.parametrize(
    ("known", "values", "number", "is_open", "turned"),
    [
        (None, [1, 1, 1], 1, True, "unhealthy"),
        (Episode(number=1), [1, 1, 1], 2, True, "unhealthy"),
        (Episode(number=1, since=NOW), [1, 1, 1], 1, True, None),
        (Episode(number=1, since=NOW), [1, 900, 1], 1, True, None),
        (Episode(number=1, since=NOW), [], 1, True, None),
        (Episode(number=1, since=NOW), [900, 900, 900], 1, False, "healthy"),
        (Episode(number=1), [900, 900, 900], 1, False, None),
    ],
)
def test_an_episode_begins_once_and_ends_once(
    known: Episode | None, values: list[float], number: int, is_open: bool, turned: str | None
) -> None:
    found = judged(SHOW, "ingest_bitrate", RULE, values, known, until=NOW)

    assert found is not None
    assert (found.episode.number, found.episode.since is not None) == (number, is_open)
    assert found.turned == turned


@pytest.mark.parametrize("values", [[900, 900, 900], [1, 900, 1], []])
def test_of_a_stream_that_was_never_unhealthy_nothing_is_remembered(values: list[float]) -> None:
    assert judged(SHOW, "ingest_bitrate", RULE, values, None, until=NOW) is None


@pytest.mark.parametrize(
    ("rule", "turned", "since", "is_enforced", "asks"),
    [
        (RULE, "unhealthy", NOW, True, True),
        (RULE, "unhealthy", NOW, False, True),
        (RULE, None, NOW, True, True),
        (RULE, None, NOW, False, False),
        (RULE, None, None, True, False),
        (RULE, "healthy", None, True, False),
        (NOTIFY, "unhealthy", NOW, True, False),
    ],
)
def test_who_stops_streams_is_asked_while_one_is_unhealthy(
    rule: HealthRule, turned: Any, since: datetime | None, is_enforced: bool, asks: bool
) -> None:
    episode = Episode(number=1, since=since)
    found = Judged(SHOW, "ingest_bitrate", rule, 1.0, episode, NOW, turned)

    assert (referral(found, is_enforced=is_enforced) is not None) is asks


def test_a_stream_is_judged_once_all_minutes_are_its_own() -> None:
    assert last_minute(NOW + timedelta(seconds=59)) == NOW - MINUTE
    assert not is_judged(Live(CHANNEL, STREAM, NOW - 4 * MINUTE + MINUTE / 2), RULE, NOW)
    assert is_judged(Live(CHANNEL, STREAM, NOW - 4 * MINUTE), RULE, NOW)


@pytest.fixture(scope="module")
def templates() -> Templates:
    return pruned(synthesize(ROOT, SETTINGS), FUNCTION, "stop_stream")


@contextmanager
def low(templates: Templates, **tags: str) -> Iterator[Run]:
    """An encoder that has sent too little for seven minutes."""
    with World(templates, project_root=ROOT) as world:
        worn = {"ivskit:managed": "true", **{f"ivskit:{name}": tags[name] for name in tags}}
        run = Run(world, {"show": ChannelSpec(tags=worn)}, folder=Path())
        GoLive.model_validate({"at": "0s", "do": "go live", "channel": "show"}).carry_out(run)
        world.run_for(5 * MINUTE)
        world.ivs.send(run.arns["show"], video=Video(bitrate=100_000))
        world.run_for(7 * MINUTE)
        yield run


def published_of(run: Run, name: str) -> Sequence[dict[str, Any]]:
    """The outcomes of this name, each once."""
    return list({each["id"]: each for each in outcomes_of(run.world, name)}.values())


CALLS = {"unhealthy": 11}


@pytest.mark.parametrize(("_", "call", "when"), kill_points(CALLS))
def test_a_sweep_that_dies_at_any_call_says_it_once_and_has_it_stopped_once(
    templates: Templates, _: str, call: int, when: When
) -> None:
    with low(templates) as run:
        kill = run.world.gate.kill(function=FUNCTION, call=call, when=when)
        run.world.run_for(30 * MINUTE)

        assert kill.struck
        assert len(published_of(run, names.STREAM_UNHEALTHY)) == 1
        assert len(published_of(run, names.STREAM_STOPPED)) == 1
        assert "an outcome id always has the same content" not in broken(run)
        stops = [call for call in run.world.calls if call.operation == "StopStream"]
        assert len(stops) == 1


def test_calls_is_how_many_a_sweep_makes(templates: Templates) -> None:
    with low(templates) as run:
        since = len(run.world.calls)
        run.world.run_for(3 * MINUTE)
        made = [call for call in run.world.calls[since:] if call.function == FUNCTION]

        assert len(published_of(run, names.STREAM_UNHEALTHY)) == 1
        assert len(made) == CALLS["unhealthy"]


@pytest.mark.parametrize(
    ("tags", "says", "stops"),
    [
        ({}, 1, 1),
        ({"mode": "observe"}, 1, 0),
        ({"health": "off"}, 0, 0),
        ({"managed": "false"}, 0, 0),
        ({"hold-until": "2027-01-01T00:00:00Z"}, 1, 0),
    ],
)
def test_the_tags_of_the_channel_count(
    templates: Templates, tags: dict[str, str], says: int, stops: int
) -> None:
    with low(templates, **tags) as run:
        run.world.run_for(20 * MINUTE)

        assert len(published_of(run, names.STREAM_UNHEALTHY)) == says
        assert len(published_of(run, names.STREAM_STOPPED)) == stops


def test_a_pause_holds_the_kick_back_and_its_end_lets_it_go(templates: Templates) -> None:
    with low(templates) as run:
        Pause.model_validate({"at": "0s", "do": "pause"}).carry_out(run)
        run.world.run_for(20 * MINUTE)
        assert len(published_of(run, names.STREAM_UNHEALTHY)) == 1
        assert published_of(run, names.STREAM_STOPPED) == []

        Resume.model_validate({"at": "0s", "do": "resume"}).carry_out(run)
        run.world.run_for(20 * MINUTE)
        assert len(published_of(run, names.STREAM_STOPPED)) == 1


@pytest.mark.parametrize("error", ["AccessDenied", "InternalServiceFault"])
def test_metrics_that_cannot_be_read_change_nothing(templates: Templates, error: str) -> None:
    with low(templates) as run:
        run.world.gate.fault("cloudwatch", "GetMetricData", error, times=20)
        run.world.run_for(10 * MINUTE)

        assert published_of(run, names.STREAM_UNHEALTHY) == []
        assert len(published_of(run, names.STREAMS_RECONCILED)) >= 3
        assert any("Health not read" in line.line for line in run.world.logs)


def test_a_starving_encoder_has_no_minutes_to_judge(templates: Templates) -> None:
    with low(templates) as run:
        run.world.ivs.timing.without_data = timedelta(hours=1)
        run.world.ivs.starve(run.arns["show"])
        run.world.run_for(20 * MINUTE)

        assert published_of(run, names.STREAM_UNHEALTHY) == []


def test_one_call_asks_for_all_streams_and_the_role_allows_that_alone(
    templates: Templates,
) -> None:
    with low(templates) as run:
        run.world.run_for(4 * MINUTE)
        asked = [each for each in run.world.calls if each.operation == "GetMetricData"]

    sweeps = {each.invocation for each in asked}
    assert len(asked) == len(sweeps)
    without = granted(pruned(synthesize(ROOT), FUNCTION), "ReconcileStreams")
    more = granted(templates, "ReconcileStreams") - without
    assert more - NOT_CALLED == {"cloudwatch:GetMetricData"}


def test_a_stop_without_an_unhealthy_stream_breaks_a_law(templates: Templates) -> None:
    law = "every stop has a reason: a command, a limit or a block"
    with low(templates) as run:
        run.world.run_for(20 * MINUTE)
        assert law not in broken(run)
        published = run.world.published
        assert isinstance(published, list)
        published[:] = [
            put for put in published if put.event["detail-type"] != names.STREAM_UNHEALTHY
        ]
        assert law in broken(run)
