"""Which stream is shed while the account is at its limit of streams, decided on the facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivskit.policy import Policy, Shed

LONGEST_AGO = timedelta(minutes=1)
# One a minute: a stream that was shed still counts for a moment, and lists lag behind.
SHED_EVERY = timedelta(minutes=1)
_AS = {"newest": "the newest stream", "fewest-viewers": "the stream with the fewest viewers"}


@dataclass(frozen=True)
class Candidate:
    """A stream that is live; viewers: None where IVS could not count them."""

    channel_arn: str
    stream_id: str
    started_at: datetime
    viewers: int | None
    policy: Policy


def objection_to_time(since: datetime, now: datetime) -> str | None:
    """Why a breach is too old to act on, since events can be hours late."""
    if now - since < LONGEST_AGO:
        return None
    return "the event is a minute old or more"


def choose(rule: Shed, candidates: Sequence[Candidate], now: datetime) -> Candidate | None:
    """The stream to shed, or None where none may be.

    Observed channels are chosen only where no other may be stopped.
    """
    may = [one for one in candidates if one.policy.managed and not one.policy.held_at(now)]
    acting = [one for one in may if one.policy.hands_off is None]
    newest_first = sorted(acting or may, key=lambda one: one.started_at, reverse=True)
    if rule == "fewest-viewers":
        newest_first.sort(key=_viewers)
    return next(iter(newest_first), None)


def _viewers(candidate: Candidate) -> tuple[bool, int]:
    """A stream whose viewers IVS could not count may have the most of all."""
    return (candidate.viewers is None, candidate.viewers or 0)


def described(rule: Shed) -> str:
    """The rule in words."""
    return _AS[rule]
