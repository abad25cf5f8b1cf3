"""Questions and facts for the tables of decisions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ivskit.automation.records import Blocked, Lockout, Remembered
from ivskit.commands import StopStream
from ivskit.outcomes import By, StreamKeyRotated, StreamStopped
from ivskit.policy import Policy
from stop_stream.decisions import Facts, Question, Skip, Stop
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
    """A channel on which every new session is cut until then."""
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
UNMANAGED = Skip("the channel is not managed by ivskit")
DOWN = Skip("the channel is blocked, and down")
LOCKED_OUT = Stop(
    OTHER,
    "kick",
    f"the encoder is locked out until {(NOW + SECOND).isoformat()}",
    again=True,
)
CUT = Stop(STREAM, "block", "the channel is blocked", again=True)
CUT_OBSERVED = Skip("observing only: the channel is blocked, and would be cut")
OVER = Skip("that session is over")
AGAIN = Stop(STREAM, "kick", "the session that was stopped is still live", again=True)
