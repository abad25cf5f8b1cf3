"""Whether a channel's key is replaced, as a table."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit.automation.records import Blocked, Key, Remembered, Session, Stopping
from ivskit.automation.session_end_lag import LONGEST_ENDING, STILL_SHOWN
from ivskit.commands import RotateStreamKey
from ivskit.outcomes import RotationSkipped, StreamStopped
from ivskit.policy import Policy
from rotate_stream_key.decide import (
    Agree,
    Facts,
    Offer,
    Question,
    Refuse,
    Repeat,
    Restore,
    Rotate,
    Skip,
    Wait,
    decide,
)
from tests.samples import CHANNEL, STREAM

ENDED = datetime(2026, 11, 20, 16, 47, 31, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECONDS = timedelta(seconds=5)
KEPT = RotationSkipped(
    cause=STREAM, channel_arn=CHANNEL, reason="r", mode="enforce", at=ENDED, event_id="e-1"
)
KNOWN = Remembered(causes=Remembered().with_answer(KEPT))
BLOCKED = Remembered(blocked=Blocked(command_id="c", issued_at=ENDED))


def ended(at: datetime, stream_id: str = "st-next", **more: Any) -> Remembered:
    """A channel whose newest session ended then."""
    return Remembered(session=Session(stream_id=stream_id, ended_at=at), **more)


def begun() -> Remembered:
    """A channel whose newest session is over, but no function has seen its end."""
    return Remembered(session=Session(stream_id="st-next", started_at=ENDED + MINUTE))


UNMANAGED = Skip("the channel is not managed by ivskit")
IS_BLOCKED = Skip("the channel is blocked and gets no key until it is unblocked")
NEVER = Skip("the policy says never to rotate")
OBSERVING = Skip("observing only: the key would be replaced, since asked")
TO_FORCE = "send the command with force to act anyway; the key would be replaced"
KICKED = Skip("the stream was kicked, and may come back: the key stays until the next stream ends")
LIVE = "st-live"
NOW = ENDED + MINUTE
HELD: dict[str, Any] = {"hold_until": NOW + MINUTE}
UNTIL = "the channel is held until 2026-11-20 16:49:31+00:00"
IS_HELD = Wait(NOW + MINUTE, f"{UNTIL}: the key changes when the hold is over")
DAY = timedelta(days=1)
PAUSED: dict[str, Any] = {"mode": "observe", "paused": "paused by jane"}
WAITED = NOW + timedelta(minutes=16)
GRACE = "the key changes when the grace period is over"
REFUSES = "the store has refused the channel's key, which stays until it accepts one"
QUARTER = timedelta(minutes=15)
FIRST_MET = "ivskit sees the key for the first time: its age counts from now"


def key_made(at: datetime, **more: Any) -> Remembered:
    """A channel whose key was made then."""
    return Remembered(key=Key(arn="arn", made_at=at, **more))


def stopped(then: Any) -> Remembered:
    """A channel on which this stream was stopped."""
    stop = StreamStopped(
        cause="c", stream_id=STREAM, reason="r", mode="enforce", at=ENDED, event_id="e-1", then=then
    )
    return Remembered(causes=Remembered().with_answer(stop))


def being_stopped(then: Any) -> Remembered:
    """A channel on which somebody is about to stop this stream."""
    begun: dict[str, Any] = {"cause": "c", "reason": "r", "event_id": "e-1", "at": ENDED}
    return Remembered(stopping=Stopping(**begun, then=then, verify="verify stop", stream_id=STREAM))


def command(*, force: bool) -> RotateStreamKey:
    """What a person sends."""
    return RotateStreamKey(command_id="c", issued_at=ENDED, channel_arn=CHANNEL, force=force)


def question(by: Any, **replaced: Any) -> Question:
    """Somebody asks."""
    given = {"channel_arn": CHANNEL, "cause": STREAM, "since": ENDED, "reason": "asked"}
    given["stream_id"] = STREAM
    return Question(**{"by": by, "event_id": "e-1", **given, **replaced})


def facts(remembered: Remembered | None = None, **given: Any) -> Facts:
    """A managed channel that is not live, with some of it otherwise."""
    wanted = {name: given.pop(name) for name in Policy.model_fields.keys() & given.keys()}
    observed = wanted.get("mode") == "observe" and not wanted.keys() & {"paused", "protected_by"}
    settings = {"managed": True, "grace": MINUTE, "is_observed": observed, **wanted}
    policy = Policy.model_validate(settings)
    return Facts(given.pop("now", NOW), policy, remembered or Remembered(), **given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), Wait(ENDED + MINUTE, GRACE)),
        (facts(mode="observe"), Wait(ENDED + MINUTE, GRACE)),
        (facts(**PAUSED), Wait(ENDED + MINUTE, GRACE)),
        (facts(managed=False), UNMANAGED),
        (facts(rotate="never"), NEVER),
        (facts(**HELD), IS_HELD),
        (facts(hold_until=NOW), Wait(NOW, GRACE)),
        (
            facts(hold_until=ENDED + SECONDS, now=ENDED),
            Wait(
                ENDED + MINUTE,
                "the channel is held until 2026-11-20 16:47:36+00:00: "
                "the key changes when the hold is over",
            ),
        ),
        (facts(BLOCKED), IS_BLOCKED),
        (facts(stopped("kick")), KICKED),
        (facts(being_stopped("kick")), KICKED),
        (facts(stopped("rotate")), Wait(NOW, GRACE)),
        (facts(key_made(ENDED - DAY, refused_at=ENDED - DAY)), Skip(REFUSES)),
        (facts(KNOWN), Repeat(KEPT)),
        (facts(key_made(ENDED + MINUTE)), Skip("the key is newer than the end of this stream")),
    ],
)
def test_at_a_streams_end_nothing_is_done_before_the_grace(given: Facts, expected: object) -> None:
    assert decide(question("stream end"), given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), Rotate()),
        (facts(key_made(NOW - QUARTER)), Rotate()),
        (
            facts(key_made(ENDED - MINUTE)),
            Wait(
                ENDED - MINUTE + QUARTER,
                "the key changed recently: after streams it changes once in 15m",
            ),
        ),
        (facts(key_made(ENDED + MINUTE)), Skip("the key is newer than the end of this stream")),
        (facts(stopped("kick")), KICKED),
        (facts(stopped("lockout")), Rotate()),
        (facts(ended(ENDED, STREAM)), Rotate()),
        (facts(ended(NOW - MINUTE)), Skip("st-next has ended since: its own end decided")),
        (
            facts(ended(NOW - SECONDS)),
            Skip("st-next has ended since: its own grace period decides"),
        ),
        (facts(begun()), Skip("st-next has begun since: its own end decides")),
        (facts(live_stream_id=LIVE), Skip("the channel is live again (st-live)")),
        (
            facts(live_stream_id=STREAM),
            Wait(ENDED + MINUTE * 3 / 2, STILL_SHOWN),
        ),
        (
            facts(live_stream_id=STREAM, now=ENDED + SECONDS),
            Wait(ENDED + 2 * SECONDS, STILL_SHOWN),
        ),
        (
            facts(live_stream_id=STREAM, now=ENDED + 5 * MINUTE),
            Skip(f"the channel is live again ({STREAM})"),
        ),
        (facts(mode="observe"), OBSERVING),
        (
            facts(**PAUSED),
            Wait(WAITED, "paused by jane: the key would be replaced, since asked", "grace over"),
        ),
        (facts(live_stream_id=LIVE, **PAUSED), Skip("the channel is live again (st-live)")),
        (facts(managed=False), UNMANAGED),
        (facts(rotate="never"), NEVER),
        (facts(**HELD), IS_HELD),
        (facts(rotate=DAY), Rotate()),
        (facts(rotate=DAY, key_arn="arn"), Skip(FIRST_MET, "arn")),
        (facts(key_made(NOW - DAY), rotate=DAY, key_arn="arn"), Rotate()),
        (
            facts(key_made(NOW - 2 * DAY), rotate=DAY, key_arn="other"),
            Skip(FIRST_MET, "other"),
        ),
        (
            facts(key_made(ENDED - MINUTE), rotate=DAY, key_arn="arn"),
            Skip("the key is younger than 1d"),
        ),
        (facts(BLOCKED), IS_BLOCKED),
        (facts(KNOWN), Repeat(KEPT)),
        (facts(KNOWN, managed=False), Repeat(KEPT)),
    ],
)
def test_after_the_grace_the_key_changes_unless_something_speaks_against_it(
    given: Facts, expected: object
) -> None:
    assert decide(question("grace over"), given) == expected


def test_however_long_a_stream_takes_to_end_it_is_looked_at_fewer_than_16_times() -> None:
    looks, now = 0, ENDED
    while isinstance(
        decision := decide(question("grace over"), facts(live_stream_id=STREAM, now=now)), Wait
    ):
        looks, now = looks + 1, decision.due

    assert now >= ENDED + LONGEST_ENDING
    assert looks < 15


@pytest.mark.parametrize(
    ("if_live", "given", "expected"),
    [
        ("refuse", facts(), Rotate()),
        ("refuse", facts(rotate="never"), Rotate()),
        ("refuse", facts(**HELD), Rotate()),
        ("refuse", facts(key_made(ENDED), rotate=DAY, key_arn="arn"), Rotate()),
        ("refuse", facts(key_made(ENDED + MINUTE)), Rotate()),
        ("proceed", facts(live_stream_id=LIVE), Rotate()),
        ("proceed", facts(mode="observe"), Refuse(f"observing only: {TO_FORCE}")),
        ("proceed", facts(**PAUSED), Rotate()),
        (
            "proceed",
            facts(**PAUSED, commands_paused=True),
            Refuse(f"paused by jane: {TO_FORCE}"),
        ),
        ("proceed", facts(managed=False), Rotate()),
        (
            "proceed",
            facts(managed=False, command_channels="managed"),
            Refuse(
                "the channel is not managed by ivskit, and commands.channels says managed; "
                "the key would be replaced"
            ),
        ),
        ("proceed", facts(mode="observe", protected_by="ivskit:rotate = 'nver'"), Rotate()),
        ("proceed", facts(BLOCKED), Refuse(IS_BLOCKED.reason)),
        (
            "proceed",
            facts(key_made(ENDED, refused_at=ENDED)),
            Refuse(f"{REFUSES}: send the command with force to replace it anyway"),
        ),
        ("proceed", facts(KNOWN), Repeat(KEPT)),
        (
            "refuse",
            facts(live_stream_id=LIVE),
            Skip("the channel is live (st-live) and if_live is not proceed"),
        ),
    ],
)
def test_a_command_changes_the_key_unless_something_speaks_against_it(
    if_live: str, given: Facts, expected: object
) -> None:
    asked = question("command", if_live=if_live, command=command(force=False))

    assert decide(asked, given) == expected


@pytest.mark.parametrize(
    "given",
    [
        facts(mode="observe"),
        facts(**PAUSED, commands_paused=True),
        facts(key_made(ENDED, refused_at=ENDED)),
    ],
)
def test_a_command_with_force_acts_where_commands_are_held_back(given: Facts) -> None:
    assert decide(question("command", command=command(force=True)), given) == Rotate()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(KNOWN), Skip("the channel still has the key that was delivered")),
        (facts(key_is_there=False), Restore("the key that was delivered is gone")),
        (
            facts(KNOWN, rotate="never", key_is_there=False),
            Restore("the key that was delivered is gone"),
        ),
        (
            facts(
                Remembered(key=Key(arn="arn", made_at=ENDED, delivered=False)), key_is_there=False
            ),
            Skip("ivskit did not create the lost key: its owner may be about to make the next"),
        ),
        (facts(managed=False, key_is_there=False), UNMANAGED),
        (facts(BLOCKED, key_is_there=False), IS_BLOCKED),
        (
            facts(key_is_there=False, **HELD),
            Wait(
                NOW + MINUTE,
                f"{UNTIL}: the key that was delivered is gone and is restored when the hold is "
                "over",
                "verify key",
            ),
        ),
        (
            facts(mode="observe", key_is_there=False),
            Skip("observing only: the key that was delivered is gone and would be restored"),
        ),
        (
            facts(key_is_there=False, **PAUSED),
            Wait(
                WAITED,
                "paused by jane: the key that was delivered is gone and would be restored",
                "verify key",
            ),
        ),
    ],
)
def test_a_delivered_key_that_got_lost_is_restored(given: Facts, expected: object) -> None:
    assert decide(question("verify key"), given) == expected


# The store has refused it: its delivery was begun, and is finished whatever the policy says.
OWED = key_made(NOW - DAY, refused_at=NOW - DAY)
IS_LEFT = Skip("ivskit did not create the channel's key, and keys.adopt is leave")
HANDS_OFF = Skip("observing only: the key would be replaced or delivered as needed")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), Agree()),
        (facts(key_made(NOW - DAY), key_arn="arn"), Agree()),
        (facts(key_made(NOW - DAY), key_arn="arn", rotate=DAY), Rotate()),
        (facts(key_made(NOW - DAY), key_arn="arn", rotate=2 * DAY), Agree()),
        (facts(key_made(NOW - DAY), key_arn="arn", rotate=DAY, live_stream_id=LIVE), Agree()),
        (
            facts(
                ended(NOW - SECONDS, key=Key(arn="a", made_at=NOW - DAY)), key_arn="a", rotate=DAY
            ),
            Agree(),
        ),
        (
            facts(
                ended(NOW - MINUTE, key=Key(arn="a", made_at=NOW - DAY)), key_arn="a", rotate=DAY
            ),
            Rotate(),
        ),
        (facts(key_made(NOW - DAY), key_arn="other", rotate=DAY), Agree()),
        (facts(key_arn="arn", rotate=DAY), Agree()),
        (facts(mode="observe"), HANDS_OFF),
        (facts(managed=False), UNMANAGED),
        (facts(BLOCKED), IS_BLOCKED),
        (facts(**HELD), Skip(f"{UNTIL}: only commands act")),
        (
            facts(key_made(NOW - DAY, refused_at=NOW - DAY), key_arn="arn", rotate=DAY),
            Agree(),
        ),
        (facts(OWED, managed=False), Offer()),
        (facts(OWED, mode="observe"), Offer()),
        (facts(OWED, **PAUSED), Offer()),
        (facts(OWED, **HELD), Offer()),
        (facts(OWED.model_copy(update={"blocked": BLOCKED.blocked})), IS_BLOCKED),
        (facts(adopt="leave", key_arn="arn"), IS_LEFT),
        (facts(key_made(NOW - DAY), adopt="leave", key_arn="arn"), Agree()),
        (facts(key_made(NOW - DAY), adopt="leave", key_arn="other"), IS_LEFT),
        (facts(adopt="leave"), Agree()),
        (facts(KNOWN), Repeat(KEPT)),
    ],
)
def test_a_key_that_a_sweep_found_wanting_is_replaced_when_old_and_else_made_to_agree(
    given: Facts, expected: object
) -> None:
    assert decide(question("check key"), given) == expected
