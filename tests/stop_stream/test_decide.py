"""Whether a stream is stopped, as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit.automation.records import Blocked, Lockout, Remembered
from ivskit.commands import StopStream
from ivskit.outcomes import By, StreamKeyRotated, StreamStopped
from ivskit.policy import Policy
from stop_stream.decide import (
    Back,
    Facts,
    Keep,
    Question,
    Refuse,
    Repeat,
    Stop,
    Unblock,
    Wait,
    decide,
)
from stop_stream.presence import Live, Past
from tests.samples import CHANNEL, STREAM

BEGAN = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
NOW = BEGAN + HOUR
OTHER = "st-other"
KEY_ARN = "arn:aws:ivs:us-west-2:123456789012:stream-key/AbCdef1G2hij"
COMMON = {"channel_arn": CHANNEL, "reason": "r", "mode": "enforce", "at": NOW, "event_id": "e-1"}
STOPPED = StreamStopped(cause="c", stream_id=STREAM, **COMMON)
KEYLESS = StreamStopped(cause="c", stream_id=STREAM, then="rotate", **COMMON)
RE_KEYED = StreamKeyRotated(cause=STREAM, stream_key_arn=KEY_ARN, **COMMON)
TO_FORCE = "send the command with force to act anyway"


def acted(*outcomes: StreamStopped | StreamKeyRotated) -> Remembered:
    """A channel on which this was done."""
    return Remembered(causes=Remembered().with_answer(*outcomes))


def blocked(at: datetime = NOW) -> Remembered:
    """A channel that was blocked then."""
    return Remembered(blocked=Blocked(command_id="b", issued_at=at))


def forced_block() -> Remembered:
    """A channel that somebody blocked though commands are held back."""
    return Remembered(blocked=Blocked(command_id="b", issued_at=NOW, forced=True))


def unblocked(at: datetime) -> Remembered:
    """A channel that was unblocked then."""
    return Remembered(unblocked_at=at)


def locked_out(until: datetime, by: By = "command") -> Remembered:
    """A channel on which whatever goes live is cut until then."""
    return Remembered(lockout=Lockout(cause="c", until=until, by=by))


def past(ended_at: datetime, **more: Any) -> Past:
    """A session that is over."""
    return Past(OTHER, BEGAN - HOUR, ended_at, **more)


def live(stream_id: str = STREAM, started_at: datetime | None = BEGAN, **more: Any) -> Live:
    """A session."""
    return Live(stream_id, started_at, **more)


def question(by: Any, **replaced: Any) -> Question:
    """Somebody asks."""
    given = {"channel_arn": CHANNEL, "cause": "cause", "since": BEGAN, "reason": "asked"}
    force = replaced.pop("force", False)
    sent = StopStream(command_id="c", issued_at=BEGAN, channel_arn=CHANNEL, force=force)
    given["command"] = sent if by in ("stop", "block", "unblock") else None
    return Question(**{"by": by, "event_id": "e-1", "stream_id": STREAM, **given, **replaced})


def facts(
    now_live: Live | None = None,
    remembered: Remembered | None = None,
    *past: Past,
    has_key: bool = False,
    **policy: Any,
) -> Facts:
    """A managed channel, with some of it otherwise."""
    observed = policy.get("mode") == "observe" and not policy.keys() & {"paused", "protected_by"}
    given = {"managed": True, "grace": HOUR, "is_observed": observed, **policy}
    wanted = Policy.model_validate(given)
    return Facts(wanted, remembered or Remembered(), NOW, now_live, past, has_key)


PAUSED: dict[str, Any] = {"mode": "observe", "paused": "paused by jane"}
UNMANAGED = Keep("the channel is not managed by ivskit")
DOWN = Keep("the channel is blocked, and down")
LOCKED_OUT = Stop(
    OTHER,
    "kick",
    f"the encoder is locked out until {(NOW + SECOND).isoformat()}",
    again=True,
)
CUT = Stop(STREAM, "block", "the channel is blocked", again=True)
CUT_OBSERVED = Keep("observing only: the channel is blocked, and would be cut")
OVER = Keep("that session is over")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(live()), Keep("nothing limits how long this stream may last")),
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
        (facts(live(), locked_out(NOW)), Keep("nothing limits how long this stream may last")),
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
            Keep(f"observing only: the channel would be kicked, since {LOCKED_OUT.reason}"),
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
            Keep("nothing limits how long this stream may last"),
        ),
    ],
)
def test_at_a_streams_start_nothing_is_stopped_but_what_is_blocked(
    given: Facts, expected: object
) -> None:
    assert decide(question("stream start"), given) == expected


LASTED = "the stream has lasted 1h, as long as it may"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(live(), max_duration=HOUR), Stop(STREAM, "rotate", LASTED)),
        (facts(live(), max_duration=HOUR, then="kick"), Stop(STREAM, "kick", LASTED)),
        (
            facts(live(), max_duration=HOUR, mode="observe"),
            Keep(f"observing only: the channel would be stopped and re-keyed, since {LASTED}"),
        ),
        (
            facts(live(), max_duration=2 * HOUR),
            Wait(NOW + HOUR, "max duration", "the stream may last 2h"),
        ),
        (facts(live()), Keep("nothing limits how long this stream may last")),
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
            Keep(
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


STARVED = "the stream has starved for 1h, as long as it may"
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
            Keep("the stream has recovered"),
        ),
        (facts(live(), max_starvation=HOUR), Keep("the stream has recovered")),
        (facts(STARVING), Keep("nothing limits how long this stream may starve")),
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
        (facts(STARVING), Keep("nothing limits how long this stream may starve")),
        (
            facts(STARVING, max_starvation=HOUR),
            Wait(NOW, "starvation", "the stream may starve for 1h"),
        ),
    ],
)
def test_at_the_start_of_a_starvation_nothing_is_stopped(given: Facts, expected: object) -> None:
    assert decide(question("starvation start"), given) == expected


@pytest.mark.parametrize(
    ("asked", "given", "expected"),
    [
        ({}, facts(live()), Stop(STREAM, "rotate", "asked")),
        ({"then": "kick"}, facts(live()), Stop(STREAM, "kick", "asked")),
        ({"stream_id": None}, facts(live()), Stop(STREAM, "rotate", "asked")),
        (
            {"stream_id": None},
            facts(live(started_at=BEGAN + MINUTE)),
            Keep(f"{STREAM} was not live yet when the command was issued"),
        ),
        # Connected, and not shown as live yet: it takes some seconds.
        (
            {"stream_id": None},
            facts(live(started_at=BEGAN + SECOND)),
            Stop(STREAM, "rotate", "asked"),
        ),
        (
            {"stream_id": None},
            facts(live(started_at=None, began=BEGAN - SECOND)),
            Stop(STREAM, "rotate", "asked"),
        ),
        # An encoder that dropped out, and came back.
        (
            {"stream_id": None},
            facts(live(began=BEGAN + MINUTE), None, past(BEGAN)),
            Stop(STREAM, "rotate", "asked"),
        ),
        (
            {"stream_id": None},
            facts(live(began=BEGAN + MINUTE), None, past(BEGAN - SECOND)),
            Keep(f"{STREAM} was not live yet when the command was issued"),
        ),
        (
            {"stream_id": None},
            facts(live(began=BEGAN + MINUTE), None, past(BEGAN, was_stopped=True)),
            Keep(f"{STREAM} was not live yet when the command was issued"),
        ),
        # One that dropped out has a key to come back with.
        (
            {"stream_id": None},
            facts(None, None, past(BEGAN - MINUTE)),
            Stop(OTHER, "rotate", "asked"),
        ),
        (
            {"stream_id": None, "then": "kick"},
            facts(None, None, past(BEGAN - MINUTE)),
            Keep("the channel is not live"),
        ),
        (
            {"stream_id": None},
            facts(None, None, past(BEGAN - MINUTE - SECOND)),
            Keep("the channel is not live"),
        ),
        ({}, facts(live(), rotate="never"), Stop(STREAM, "lockout", "asked")),
        (
            {"then": "rotate"},
            facts(live(), rotate="never"),
            Stop(STREAM, "rotate", "asked"),
        ),
        ({}, facts(live(), mode="observe", protected_by="t"), Stop(STREAM, "rotate", "asked")),
        ({}, facts(live(), managed=False), Stop(STREAM, "rotate", "asked")),
        ({}, facts(live(), **PAUSED), Stop(STREAM, "rotate", "asked")),
        (
            {},
            facts(live(), **PAUSED, commands_paused=True),
            Refuse(f"paused by jane: {TO_FORCE}; the channel would be stopped"),
        ),
        (
            {"force": True},
            facts(live(), **PAUSED, commands_paused=True),
            Stop(STREAM, "rotate", "asked"),
        ),
        ({"force": True}, facts(live(), mode="observe"), Stop(STREAM, "rotate", "asked")),
        (
            {"then": "block"},
            facts(live(OTHER)),
            Stop(OTHER, "block", "asked"),
        ),
        (
            {"stream_id": None},
            facts(live(started_at=None)),
            Keep(f"{STREAM} was not live yet when the command was issued"),
        ),
        ({}, facts(live(started_at=None)), Stop(STREAM, "rotate", "asked")),
        ({}, facts(live(OTHER)), Keep(f"{STREAM} is over, and {OTHER} is another session")),
        ({}, facts(None), Keep("the channel is not live")),
        ({"then": "block"}, facts(None), Stop(None, "block", "asked")),
        (
            {"then": "block"},
            facts(live(), unblocked(BEGAN)),
            Refuse("a newer command unblocked the channel"),
        ),
        (
            {},
            facts(live(), hold_until=NOW + HOUR),
            Stop(STREAM, "rotate", "asked"),
        ),
        ({}, facts(live(), blocked()), Stop(STREAM, "block", "asked")),
        ({}, facts(live(), acted(STOPPED)), Stop(STREAM, "rotate", "asked")),
        (
            {},
            facts(live(), acted(KEYLESS)),
            Keep(f"{STREAM} was stopped already"),
        ),
        # Long enough ago to be over, if it had worked.
        (
            {},
            facts(live(), acted(KEYLESS.model_copy(update={"at": BEGAN}))),
            Stop(STREAM, "rotate", "asked"),
        ),
        ({"then": "kick"}, facts(live(), acted(STOPPED)), Keep(f"{STREAM} was stopped already")),
        (
            {"then": "block"},
            facts(live(), acted(KEYLESS, RE_KEYED)),
            Stop(STREAM, "block", "asked"),
        ),
        (
            {"then": "kick"},
            facts(live(), mode="observe"),
            Refuse(f"observing only: {TO_FORCE}; the channel would be kicked"),
        ),
        (
            {},
            facts(live(), managed=False, command_channels="managed"),
            Refuse(
                "the channel is not managed by ivskit, and commands.channels says managed; "
                "the channel would be stopped"
            ),
        ),
        ({"cause": "c"}, facts(live(), acted(STOPPED)), Repeat((STOPPED,))),
        (
            {"cause": "c"},
            facts(live(), acted(STOPPED, RE_KEYED)),
            Repeat((RE_KEYED, STOPPED)),
        ),
    ],
)
def test_a_command_stops_the_session_that_it_means(
    asked: dict[str, Any], given: Facts, expected: object
) -> None:
    assert decide(question("stop", **asked), given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(live()), Stop(STREAM, "block", "asked")),
        (facts(None), Stop(None, "block", "asked")),
        (facts(None, blocked(BEGAN - SECOND)), Stop(None, "block", "asked")),
        (facts(None, blocked(BEGAN)), Keep("a newer command blocked the channel already")),
        (facts(None, unblocked(BEGAN - SECOND)), Stop(None, "block", "asked")),
        (facts(None, unblocked(BEGAN)), Refuse("a newer command unblocked the channel")),
        (
            facts(live(), mode="observe"),
            Refuse(f"observing only: {TO_FORCE}; the channel would be blocked"),
        ),
        (facts(live(), managed=False), Stop(STREAM, "block", "asked")),
    ],
)
def test_of_blocks_and_unblocks_the_newer_wins(given: Facts, expected: object) -> None:
    assert decide(question("block", stream_id=None), given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(None, blocked(BEGAN)), Unblock()),
        (facts(None, blocked(BEGAN + SECOND)), Refuse("a newer command blocked the channel")),
        (facts(None), Keep("the channel is not blocked")),
        (facts(None, locked_out(NOW)), Unblock()),
        (facts(None, blocked(BEGAN), managed=False), Unblock()),
        (
            facts(None, blocked(BEGAN), mode="observe"),
            Refuse(f"observing only: {TO_FORCE}; the channel would be unblocked"),
        ),
    ],
)
def test_an_unblock_undoes_an_older_block(given: Facts, expected: object) -> None:
    assert decide(question("unblock", stream_id=None), given) == expected


AGAIN = Stop(STREAM, "kick", "the session that was stopped is still live", again=True)
BACK = Back(f"a new session is live ({OTHER})")


@pytest.mark.parametrize(
    ("by", "given", "expected"),
    [
        ("verify stop", facts(None), Keep("the channel stayed down")),
        ("verify stop", facts(live()), AGAIN),
        ("verify kick", facts(live()), AGAIN),
        ("verify stop", facts(live(OTHER, began=BEGAN + SECOND)), BACK),
        (
            "verify stop",
            facts(live(OTHER, began=BEGAN)),
            Stop(OTHER, "kick", "the encoder was back before the key changed", again=True),
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
            Keep(f"observing only: the channel would be kicked, since {AGAIN.reason}"),
        ),
    ],
)
def test_a_stop_is_verified_on_who_is_live_then(by: str, given: Facts, expected: object) -> None:
    assert decide(question(by), given) == expected


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


IDLE = Stop(STREAM, "rotate", "nobody has watched the stream for 1h, as long as that may be")
GOES_ON = Keep("the stream may go on without viewers")
SOMEBODY = Keep("somebody is watching, or IVS cannot tell")


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


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(None, blocked(), has_key=True), replace(CUT, stream_id=None)),
        (facts(None, blocked()), DOWN),
        (facts(live(), blocked()), CUT),
        (facts(live(), blocked(), mode="observe"), CUT_OBSERVED),
        (facts(live()), Keep("the channel is not blocked any more")),
        (facts(live(), blocked(), managed=False), CUT),
    ],
)
def test_a_blocked_channel_that_a_sweep_found_not_shut_is_shut(
    given: Facts, expected: object
) -> None:
    assert decide(question("verify block"), given) == expected
