"""Whether a limit of the policy stops a stream, as tables."""

from dataclasses import replace
from datetime import timedelta

import pytest

from stop_stream.decide import decide
from stop_stream.decisions import Facts, Skip, Stop, Wait
from tests.samples import STREAM
from tests.stop_stream.tables import (
    AGAIN,
    BEGAN,
    CUT,
    HOUR,
    NOW,
    OTHER,
    OVER,
    PAUSED,
    SECOND,
    UNMANAGED,
    blocked,
    facts,
    live,
    question,
)

LASTED = "the stream has lasted 1h, its limit"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(live(), max_duration=HOUR), Stop(STREAM, "rotate", LASTED)),
        (facts(live(), max_duration=HOUR, then="kick"), Stop(STREAM, "kick", LASTED)),
        (
            facts(live(), max_duration=HOUR, mode="observe"),
            Skip(f"observing only: the channel would be stopped and re-keyed, since {LASTED}"),
        ),
        (
            facts(live(), max_duration=2 * HOUR),
            Wait(NOW + HOUR, "max duration", "the stream may last 2h"),
        ),
        (facts(live()), Skip("nothing limits how long this stream may last")),
        (
            facts(live(), max_duration=HOUR, hold_until=NOW + SECOND),
            Wait(NOW + SECOND, "max duration", "the stream may last 1h"),
        ),
        (facts(live(), max_duration=HOUR, rotate="never"), Stop(STREAM, "lockout", LASTED)),
        (
            facts(live(), max_duration=HOUR, rotate="never", then="rotate"),
            Stop(STREAM, "lockout", LASTED),
        ),
        (
            facts(live(), max_duration=HOUR, rotate="never", mode="observe"),
            Skip(
                "observing only: the channel would be stopped and locked out for a while, "
                f"since {LASTED}"
            ),
        ),
        (facts(live(OTHER), max_duration=HOUR), OVER),
        (facts(None, max_duration=HOUR), OVER),
        (facts(live(), blocked(), max_duration=HOUR), CUT),
        (facts(live(), managed=False, max_duration=HOUR), UNMANAGED),
    ],
)
def test_a_stream_that_has_lasted_long_is_judged_by_the_policy_of_now(
    given: Facts, expected: object
) -> None:
    assert decide(question("max duration"), given) == expected


STARVED = "the stream has starved for 1h, its limit"
STARVING = live(starving=True)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(STARVING, max_starvation=HOUR), Stop(STREAM, "kick", STARVED)),
        (facts(STARVING, max_starvation=HOUR, then="block"), Stop(STREAM, "block", STARVED)),
        (
            facts(live(starving=True, recovered_at=BEGAN - SECOND), max_starvation=HOUR),
            Stop(STREAM, "kick", STARVED),
        ),
        (
            facts(live(starving=True, recovered_at=BEGAN + SECOND), max_starvation=HOUR),
            Skip("the stream has recovered"),
        ),
        (facts(live(), max_starvation=HOUR), Skip("the stream has recovered")),
        (facts(STARVING), Skip("nothing limits how long this stream may starve")),
        (
            facts(STARVING, max_starvation=2 * HOUR),
            Wait(NOW + HOUR, "starvation", "the stream may starve for 2h"),
        ),
        (facts(live(OTHER, starving=True), max_starvation=HOUR), OVER),
        (facts(None, max_starvation=HOUR), OVER),
    ],
)
def test_a_starving_stream_is_judged_by_its_own_episode(given: Facts, expected: object) -> None:
    assert decide(question("starvation"), given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(STARVING), Skip("nothing limits how long this stream may starve")),
        (
            facts(STARVING, max_starvation=HOUR),
            Wait(NOW, "starvation", "the stream may starve for 1h"),
        ),
    ],
)
def test_at_the_start_of_a_starvation_nothing_is_stopped(given: Facts, expected: object) -> None:
    assert decide(question("starvation start"), given) == expected


LATER = NOW + timedelta(minutes=16)
KICKED = f"paused by jane: the channel would be kicked, since {AGAIN.reason}"
BLOCKED_UP = "paused by jane: the channel is blocked, and would be cut"


@pytest.mark.parametrize(
    ("by", "given", "expected"),
    [
        (
            "max duration",
            facts(live(), max_duration=HOUR, then="kick", **PAUSED),
            Wait(
                LATER,
                "max duration",
                f"paused by jane: the channel would be kicked, since {LASTED}",
            ),
        ),
        (
            "starvation",
            facts(STARVING, max_starvation=HOUR, **PAUSED),
            Wait(
                LATER, "starvation", f"paused by jane: the channel would be kicked, since {STARVED}"
            ),
        ),
        ("verify stop", facts(live(), **PAUSED), Wait(LATER, "verify stop", KICKED)),
        ("verify kick", facts(live(), **PAUSED), Wait(LATER, "verify kick", KICKED)),
        ("stream start", facts(live(), blocked(), **PAUSED), CUT),
        (
            "stream start",
            facts(live(), blocked(), **PAUSED, commands_paused=True),
            Wait(LATER, "max duration", BLOCKED_UP),
        ),
        (
            "starvation start",
            facts(live(), blocked(), **PAUSED, commands_paused=True),
            Wait(LATER, "starvation", BLOCKED_UP),
        ),
        ("max duration", facts(None, max_duration=HOUR, **PAUSED), OVER),
    ],
)
def test_what_a_pause_holds_up_is_looked_at_again(by: str, given: Facts, expected: object) -> None:
    assert decide(question(by), given) == expected


IDLE = Stop(STREAM, "rotate", "the stream had no viewers for 1h, its limit")
GOES_ON = Skip("the stream may go on without viewers")
SOMEBODY = Skip("the stream has viewers, or IVS could not count them")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(live(viewers=0), max_idle=HOUR), IDLE),
        (facts(live(viewers=0), max_idle=HOUR, then="kick"), replace(IDLE, then="kick")),
        (facts(live(viewers=1), max_idle=HOUR), SOMEBODY),
        (facts(live(viewers=None), max_idle=HOUR), SOMEBODY),
        (facts(live(viewers=0), max_idle=2 * HOUR), GOES_ON),
        (facts(live(viewers=0)), GOES_ON),
        (facts(live(viewers=0), max_idle=HOUR, hold_until=NOW + HOUR), GOES_ON),
        (facts(live(OTHER, viewers=0), max_idle=HOUR), OVER),
        (facts(None, max_idle=HOUR), OVER),
        (facts(live(viewers=0), max_idle=HOUR, managed=False), UNMANAGED),
    ],
)
def test_a_stream_without_viewers_is_stopped_when_its_policy_says_so(
    given: Facts, expected: object
) -> None:
    assert decide(question("max idle"), given) == expected
