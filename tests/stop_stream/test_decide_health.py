"""Whether an unhealthy stream is stopped, as a table."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ivskit.policy.health import HealthRules
from stop_stream.decide import decide
from stop_stream.decisions import Facts, Skip, Stop
from tests.samples import STREAM
from tests.stop_stream.tables import NOW, OTHER, PAUSED, SECOND, facts, live, question

BELOW = "the stream's ingest_bitrate was below 500 for 5m"


def rules(then: str = "kick") -> HealthRules:
    return HealthRules.model_validate({"ingest_bitrate": {"below": 500, "then": then}})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(live(), health=rules()), Stop(STREAM, "kick", BELOW)),
        (facts(live(), health=rules("rotate")), Stop(STREAM, "rotate", BELOW)),
        (facts(live(), health=rules("block")), Stop(STREAM, "block", BELOW)),
        (facts(live(), health=rules("rotate"), rotate="never"), Stop(STREAM, "lockout", BELOW)),
        (facts(live(), health=rules("notify")), Skip("nothing follows by the policy now")),
        (facts(live()), Skip("nothing follows by the policy now")),
        (facts(live(OTHER), health=rules()), Skip("that session is over")),
        (facts(None, health=rules()), Skip("that session is over")),
        (
            facts(live(), health=rules(), mode="observe"),
            Skip(f"observing only: the channel would be kicked, since {BELOW}"),
        ),
        (
            facts(live(), health=rules(), **PAUSED),
            Skip(f"{PAUSED['paused']}: the channel would be kicked, since {BELOW}"),
        ),
        (
            facts(live(), health=rules(), hold_until=NOW + SECOND),
            Skip(f"the channel is held until {NOW + SECOND}: only commands act"),
        ),
    ],
)
def test_an_unhealthy_stream_is_stopped_as_its_rule_says(given: Facts, expected: Any) -> None:
    asked = replace(question("unhealthy"), metric="ingest_bitrate", asked_at=NOW)

    assert decide(asked, given) == expected


def test_what_was_judged_too_long_ago_does_not_count() -> None:
    old = replace(
        question("unhealthy"), metric="ingest_bitrate", asked_at=NOW - timedelta(seconds=301)
    )

    assert decide(old, facts(live(), health=rules())) == Skip(
        "the stream was judged too long ago: the next sweep judges it anew"
    )
