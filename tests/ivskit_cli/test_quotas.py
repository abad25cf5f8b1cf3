"""`ivskit quotas`: what the account uses, beside what it may."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from joserfc.jwk import ECKey

from ivskit.quota_use import full_in
from ivskit_local.runtime.synth import Templates, synthesize
from tests.ivskit_cli.stages import Stage, stage
from tests.worlds import ROOT

LIST_QUOTAS = "service-quotas", "ListServiceQuotas"
MINUTES = timedelta(minutes=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def templates() -> Templates:
    return synthesize(ROOT)


@pytest.fixture
def there(templates: Templates, capsys: pytest.CaptureFixture[str]) -> Iterator[Stage]:
    """moto knows no quota of IVS, and neither does a person who may not read them."""
    with stage(templates, capsys, {"show": {}, "quiz": {}}) as there:
        there.deny(*LIST_QUOTAS)
        yield there


@pytest.fixture
def own_quotas(there: Stage) -> Stage:
    """An account that may have two streams, as Service Quotas says."""
    quotas = [{"QuotaCode": "L-FD1EB8A7", "QuotaName": "Concurrent streams", "Value": 2.0}]
    there.world.gate.own[LIST_QUOTAS] = lambda *_: {"Quotas": quotas}
    return there


def go_live(there: Stage, *channels: str) -> None:
    """A stream is listed some seconds after its encoder connected."""
    for channel in channels:
        there.go_live(channel)
    there.world.run_for(MINUTES)


def public_key() -> str:
    return ECKey.generate_key("P-384").as_pem(private=False).decode()


def rows(out: str) -> dict[str, str]:
    """The lines of the table, by quota."""
    lines = (re.split(r"\s{2,}", line.strip()) for line in out.splitlines()[1:])
    return {name: "|".join(cells) for name, *cells in lines}


def test_what_is_used_is_shown_beside_the_published_quotas(there: Stage) -> None:
    go_live(there, "show")

    answer = there.type("ivskit quotas")

    assert answer.code == 0
    found = rows(answer.out)
    assert found["channels"] == "2|-|5,000|0%|-|published"
    assert found["concurrent streams"] == "1|-|100|1%|-|published"
    assert found["playback key pairs"] == "0|-|3|0%|-|account"
    assert "quotas are those that AWS publishes: " in answer.err


def test_a_quota_that_is_nearly_full_is_a_finding(own_quotas: Stage) -> None:
    go_live(own_quotas, "show", "quiz")

    answer = own_quotas.type("ivskit quotas")

    assert answer.code == 1
    assert rows(answer.out)["concurrent streams"] == "2|-|2|100%|now|account"
    assert "✗ concurrent streams: 100% of the quota; ask for more: " in answer.out
    assert "--quota-code L-FD1EB8A7" in answer.out
    assert answer.err == ""


def test_the_peak_and_the_growth_are_those_of_cloudwatch(there: Stage) -> None:
    usage = {"ConcurrentStreams": [70, 10, 20, 30, 40], "ConcurrentViews": []}
    there.world.gate.own["cloudwatch", "GetMetricStatistics"] = lambda request, *_: {
        "Datapoints": [
            {"Timestamp": NOON + number * 18 * MINUTES, "Maximum": float(value)}
            for number, value in enumerate(usage[request.parameters["Dimensions"][3]["Value"]])
        ]
    }

    found = rows(there.type("ivskit quotas").out)

    # 10 more in 18 minutes, without the peak, which is older than an hour.
    assert found["concurrent streams"] == "0|70|100|0%|3h 0m|published"
    assert found["concurrent viewers"] == "0|-|15,000|0%|-|published"


def test_playback_key_pairs_are_raised_for_nobody(there: Stage) -> None:
    for name in ("one", "two", "three"):
        there.world.client("ivs").import_playback_key_pair(
            name=name, publicKeyMaterial=public_key()
        )

    answer = there.type("ivskit quotas --json")

    assert answer.code == 1
    [pairs] = [each for each in json.loads(answer.out) if each["quota"] == "playback key pairs"]
    assert pairs == {
        "quota": "playback key pairs",
        "used": 3,
        "of": 3,
        "share": 1.0,
        "is_near": True,
        "peak_of_a_day": None,
        "full_in_seconds": None,
        "source": "account",
    }


def test_a_call_that_is_not_allowed_is_named(there: Stage) -> None:
    there.deny("ivs", "ListPlaybackKeyPairs")

    answer = there.type("ivskit quotas")

    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("ivskit: these credentials may not do that, have somebody allow")


@pytest.mark.parametrize(
    ("values", "used", "expected"),
    [
        ([10, 20, 30, 40], 40, timedelta(minutes=30)),
        ([40, 30, 20], 20, None),
        ([40, 40, 40], 40, None),
        ([10, 20], 20, None),
        ([], 5, None),
        ([90, 95, 100], 100, timedelta(0)),
        # Growth before the last hour says nothing of what comes.
        ([*range(0, 60, 5), *[60] * 13], 60, None),
    ],
)
def test_the_last_hour_says_when_a_quota_is_full(
    values: Sequence[float], used: int, expected: timedelta | None
) -> None:
    points = [(NOON + number * timedelta(minutes=5), value) for number, value in enumerate(values)]

    assert full_in(points[::-1], used, 100) == expected


def test_a_growth_so_slow_that_it_takes_months_is_no_forecast() -> None:
    points = [(NOON + number * timedelta(minutes=5), 1 + number / 1000) for number in range(12)]

    assert full_in(points, 1, 1_000) is None
