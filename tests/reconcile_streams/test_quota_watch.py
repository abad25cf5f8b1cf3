"""Quotas that are nearly full: said once a day, as tables and in a world."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ivskit import names
from ivskit.quota_use import CHANNELS, KEY_PAIRS, STREAMS, Use
from ivskit_local.runtime.gate import When
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Run
from ivskit_local.scenarios.steps import GoLive
from reconcile_streams.quota_watch.decide import is_due, recent, to_say, uses
from tests.crashes import kill_points
from tests.ivskit_local.laws.runs import broken
from tests.outcomes import outcomes_of
from tests.pruned import pruned
from tests.worlds import NOT_CALLED, ROOT, granted

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
FUNCTION = "reconcile_streams"
SETTINGS = {"sweep": {"watch_quotas": True}}
CALLS = {"nearly full": 14}


def use(used: int) -> Use:
    return Use(KEY_PAIRS, used, 10, is_own=True)


@pytest.mark.parametrize(
    ("used", "said", "says", "remembers"),
    [
        (7, {}, False, False),
        (8, {}, True, True),
        (8, {KEY_PAIRS.name: NOW - 23 * HOUR}, False, True),
        (8, {KEY_PAIRS.name: NOW - 24 * HOUR}, True, True),
        # One that goes up and down around the limit is said once a day as well.
        (7, {KEY_PAIRS.name: NOW - HOUR}, False, True),
        (7, {KEY_PAIRS.name: NOW - 25 * HOUR}, False, False),
    ],
)
def test_a_quota_is_said_once_a_day(
    used: int, said: dict[str, datetime], says: bool, remembers: bool
) -> None:
    new, then = to_say([use(used)], said, at=NOW)

    assert (bool(new), KEY_PAIRS.name in then) == (says, remembers)


def test_quotas_are_compared_once_an_hour() -> None:
    assert is_due(None, at=NOW)
    assert is_due(NOW - HOUR, at=NOW)
    assert not is_due(NOW - HOUR + timedelta(seconds=1), at=NOW)


def test_the_forecast_is_the_growth_of_the_last_hour() -> None:
    points = [(NOW - minutes * timedelta(minutes=5), 90 - minutes, 0) for minutes in range(20)]
    kept = recent(points, (NOW, 90, 0))
    [found] = uses({STREAMS: 90}, {}, kept)

    assert min(at for at, _, _ in kept) == NOW - HOUR
    assert found.full_in is not None
    assert timedelta(minutes=49) < found.full_in < timedelta(minutes=55)


def test_the_quota_of_the_account_comes_before_the_published_one() -> None:
    [own], [published] = (uses({CHANNELS: 8}, {"L-C01DFF58": 10}, []), uses({CHANNELS: 8}, {}, []))

    assert (own.quota, own.is_own, own.is_near) == (10, True, True)
    assert (published.quota, published.is_own, published.is_near) == (5_000, False, False)


@pytest.fixture(scope="module")
def templates() -> Templates:
    return pruned(synthesize(ROOT, SETTINGS), FUNCTION)


@contextmanager
def full(templates: Templates) -> Iterator[Run]:
    """An account that may have two streams, and has both."""
    with World(templates, project_root=ROOT) as world:
        own = [{"QuotaCode": STREAMS.code, "QuotaName": "streams", "Value": 2.0}]
        world.gate.own["service-quotas", "ListServiceQuotas"] = lambda *_: {"Quotas": own}
        run = Run(world, {"one": ChannelSpec(), "two": ChannelSpec()}, folder=Path())
        for channel in run.arns:
            go = {"at": "0s", "do": "go live", "channel": channel}
            GoLive.model_validate(go).carry_out(run)
        world.run_for(timedelta(minutes=3))
        yield run


def published_of(run: Run) -> Sequence[dict[str, Any]]:
    """What was said, each once."""
    found = outcomes_of(run.world, names.QUOTA_NEARLY_FULL)
    return list({each["id"]: each for each in found}.values())


def test_a_full_quota_is_said_once_with_what_to_do(templates: Templates) -> None:
    with full(templates) as run:
        run.world.run_for(3 * HOUR)
        [outcome] = published_of(run)
        assert outcome["reason"].startswith("2 of 2 concurrent streams are used (100%)")
        assert "request-service-quota-increase" in outcome["reason"]
        assert (outcome["share"], outcome["is_own"]) == (1.0, True)


@pytest.mark.parametrize(("_", "call", "when"), kill_points(CALLS))
def test_a_sweep_that_dies_at_any_call_says_it_once(
    templates: Templates, _: str, call: int, when: When
) -> None:
    with full(templates) as run:
        kill = run.world.gate.kill(function=FUNCTION, call=call, when=when)
        run.world.run_for(HOUR / 2)

        assert kill.struck
        assert len(published_of(run)) == 1
        assert "an outcome id always has the same content" not in broken(run)


def test_calls_is_how_many_a_sweep_makes(templates: Templates) -> None:
    with full(templates) as run:
        run.world.run_for(timedelta(minutes=3))
        made = [call for call in run.world.calls if call.function == FUNCTION]

        assert len(made) == CALLS["nearly full"]


def test_what_cannot_be_read_is_taken_as_published(templates: Templates) -> None:
    with full(templates) as run:
        run.world.gate.fault("service-quotas", "ListServiceQuotas", "AccessDenied", times=9)
        run.world.gate.fault("ivs", "ListPlaybackKeyPairs", "InternalServerException", times=99)
        run.world.run_for(HOUR / 2)

        assert published_of(run) == []
        assert outcomes_of(run.world, names.STREAMS_RECONCILED)


def test_the_role_may_count_only_where_quotas_are_watched(templates: Templates) -> None:
    without = granted(pruned(synthesize(ROOT), FUNCTION), "ReconcileStreams")

    assert granted(templates, "ReconcileStreams") - without - NOT_CALLED == {
        "ivs:ListPlaybackKeyPairs",
        "ivs:ListPlaybackRestrictionPolicies",
        "ivs:ListRecordingConfigurations",
        "servicequotas:ListServiceQuotas",
    }
