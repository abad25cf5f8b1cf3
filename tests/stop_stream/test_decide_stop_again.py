"""Whether a stream is stopped again: after a stop, on a blocked channel, in a lockout."""

from dataclasses import replace
from datetime import timedelta

import pytest

from stop_stream.decide import decide
from stop_stream.decisions import Back, Facts, Skip, Stop, Wait
from tests.samples import STREAM
from tests.stop_stream.tables import (
    AGAIN,
    BEGAN,
    CUT,
    CUT_OBSERVED,
    DOWN,
    HOUR,
    LOCKED_OUT,
    NOW,
    OTHER,
    PAUSED,
    SECOND,
    STOPPED,
    UNMANAGED,
    acted,
    blocked,
    facts,
    forced_block,
    live,
    locked_out,
    question,
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(live()), Skip("nothing limits how long this stream may last")),
        (facts(live(), max_duration=HOUR), Wait(NOW, "max duration", "the stream may last 1h")),
        (
            facts(live(), max_duration=HOUR, mode="observe"),
            Wait(NOW, "max duration", "the stream may last 1h"),
        ),
        (
            facts(live(), max_duration=HOUR, hold_until=NOW + HOUR),
            Wait(NOW + HOUR, "max duration", "the stream may last 1h"),
        ),
        (facts(live(), managed=False, max_duration=HOUR), UNMANAGED),
        (facts(None, blocked()), DOWN),
        (facts(live(), blocked()), CUT),
        (facts(live(), blocked(), mode="observe"), CUT_OBSERVED),
        (facts(live(), blocked(), managed=False), CUT),
        (facts(live(), forced_block(), mode="observe"), CUT),
        (
            facts(live(started_at=NOW), locked_out(NOW)),
            Skip("nothing limits how long this stream may last"),
        ),
        # Its event was lost, and the sweep found it when the lockout was over.
        (
            facts(live(started_at=NOW - timedelta(minutes=2)), locked_out(NOW - SECOND)),
            replace(
                LOCKED_OUT,
                stream_id=STREAM,
                reason=f"the encoder is locked out until {(NOW - SECOND).isoformat()}",
            ),
        ),
        (
            facts(live(), locked_out(NOW + SECOND), managed=False),
            replace(LOCKED_OUT, stream_id=STREAM),
        ),
        (
            facts(live(), locked_out(NOW + SECOND), mode="observe", hold_until=NOW + HOUR),
            replace(LOCKED_OUT, stream_id=STREAM),
        ),
        # What a policy wanted is held back as automation is.
        (
            facts(live(), locked_out(NOW + SECOND, "policy")),
            replace(LOCKED_OUT, stream_id=STREAM),
        ),
        (
            facts(live(), locked_out(NOW + SECOND, "policy"), mode="observe"),
            Skip(f"observing only: the channel would be kicked, since {LOCKED_OUT.reason}"),
        ),
        (
            facts(live(), locked_out(NOW + SECOND, "policy"), **PAUSED),
            Wait(
                NOW + timedelta(minutes=16),
                "max duration",
                f"paused by jane: the channel would be kicked, since {LOCKED_OUT.reason}",
            ),
        ),
        (facts(live(), locked_out(NOW + SECOND, "policy"), managed=False), UNMANAGED),
        (
            facts(live(), locked_out(NOW + SECOND, "policy"), hold_until=NOW + HOUR),
            Skip("nothing limits how long this stream may last"),
        ),
    ],
)
def test_at_a_streams_start_nothing_is_stopped_but_what_is_blocked(
    given: Facts, expected: object
) -> None:
    assert decide(question("stream start"), given) == expected


STOPPED_BEFORE = STOPPED.model_copy(update={"at": BEGAN})
BACK = Back(f"a new session is live ({OTHER})")


@pytest.mark.parametrize(
    ("by", "given", "expected"),
    [
        ("verify stop", facts(None), Skip("the channel stayed down")),
        ("verify stop", facts(live()), AGAIN),
        ("verify kick", facts(live()), AGAIN),
        ("verify stop", facts(live(OTHER, began=BEGAN + SECOND)), BACK),
        (
            "verify stop",
            facts(live(OTHER, began=BEGAN)),
            Stop(OTHER, "kick", "the encoder reconnected before the key changed", again=True),
        ),
        ("verify kick", facts(live(OTHER, began=BEGAN)), BACK),
        ("verify stop", facts(live(OTHER)), BACK),
        ("verify stop", facts(None, blocked(), has_key=True), replace(CUT, stream_id=None)),
        (
            "verify kick",
            facts(live(OTHER), locked_out(NOW + SECOND)),
            LOCKED_OUT,
        ),
        # What a person wanted stopped is stopped again, wherever automation is held back.
        ("verify stop", facts(live(), acted(STOPPED), managed=False), AGAIN),
        ("verify kick", facts(live(), acted(STOPPED), mode="observe"), AGAIN),
        (
            "verify kick",
            facts(live(), acted(STOPPED.model_copy(update={"by": "policy"})), managed=False),
            UNMANAGED,
        ),
        ("verify stop", facts(live(), blocked()), CUT),
        ("verify stop", facts(live(), managed=False), UNMANAGED),
        (
            "verify kick",
            facts(live(), mode="observe"),
            Skip(f"observing only: the channel would be kicked, since {AGAIN.reason}"),
        ),
    ],
)
def test_a_stop_is_verified_on_who_is_live_then(by: str, given: Facts, expected: object) -> None:
    assert decide(question(by), given) == expected


STARTING = live(OTHER, started_at=None)
STARTS = "st-other is just starting"


@pytest.mark.parametrize(
    ("by", "given", "expected"),
    [
        ("verify stop", facts(STARTING), Wait(NOW + 10 * SECOND, "verify stop", STARTS)),
        ("verify kick", facts(STARTING), Wait(NOW + 10 * SECOND, "verify kick", STARTS)),
        ("stream start", facts(STARTING), Wait(NOW + 10 * SECOND, "verify stop", STARTS)),
        # Another cut has been made since, and its verification waits.
        (
            "verify stop",
            facts(STARTING, acted(STOPPED)),
            Skip(f"{STARTS}: the verification of a newer stop is due"),
        ),
        ("verify stop", facts(live(OTHER), acted(STOPPED)), LOCKED_OUT),
        ("stream start", facts(live(), acted(STOPPED)), Skip(f"{STREAM} was stopped already")),
        (
            "verify stop",
            facts(live(), acted(STOPPED_BEFORE)),
            replace(LOCKED_OUT, stream_id=STREAM),
        ),
        (
            "verify stop",
            facts(STARTING, acted(STOPPED_BEFORE)),
            Wait(NOW + 10 * SECOND, "verify stop", STARTS),
        ),
    ],
)
def test_in_a_lockout_only_the_newest_verification_waits_for_a_session_that_starts(
    by: str, given: Facts, expected: object
) -> None:
    locked = given.remembered.model_copy(
        update={"lockout": locked_out(NOW + SECOND).lockout},
    )

    assert decide(question(by), replace(given, remembered=locked)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(None, blocked(), has_key=True), replace(CUT, stream_id=None)),
        (facts(None, blocked()), DOWN),
        (facts(live(), blocked()), CUT),
        (facts(live(), blocked(), mode="observe"), CUT_OBSERVED),
        (facts(live()), Skip("the channel is not blocked any more")),
        (facts(live(), blocked(), managed=False), CUT),
    ],
)
def test_a_blocked_channel_that_a_sweep_found_not_shut_is_shut(
    given: Facts, expected: object
) -> None:
    assert decide(question("verify block"), given) == expected
