"""What a sweep found."""

from collections.abc import Mapping

from pydantic import AwareDatetime

from ivskit import names
from ivskit.outcomes.outcome import Nothing, Outcome


class StreamsReconciled(Outcome):
    """The sweep compared live streams with the events seen, and re-emitted the missed ones.

    live: live streams; postponed: those of them that the sweep had no time for; unfinished: open
    rotations and stops; unshut: blocked channels that were live or had a key; idle: streams without
    viewers for longer than their limit; keys: of the channels visited, those whose key is too old,
    lost, or different from memory or store. Other functions handle the last four. orphaned: stored
    keys whose channels are gone; recordings: those of which no end was seen, which another function
    looks for. verified_from: when the sweep was due that last began to verify
    every managed channel's key, stored key and newest session. calls: calls to IVS, by operation.
    """

    name = names.STREAMS_RECONCILED
    live: int
    postponed: int = 0
    missed_starts: int
    missed_ends: int
    unfinished: int
    unshut: int
    idle: int
    visited: int
    keys: int
    orphaned: int = 0
    recordings: int = 0
    verified_from: AwareDatetime | None = None
    calls: Mapping[str, int]


class QuotaNearlyFull(Outcome):
    """The account uses 80 % or more of a quota of IVS in this region; once a day.

    share: of the quota, 1 where it is full; is_own: whether the quota is the account's own, and not
    the one that AWS publishes; full_in_seconds: at the growth of the last hour, where it is known.
    """

    name = names.QUOTA_NEARLY_FULL
    quota: str
    used: int
    of: int
    share: float
    is_own: bool
    full_in_seconds: float | None = None


class SweepSkipped(Nothing):
    """The sweep did nothing: another one is running, or has run since."""

    name = names.SWEEP_SKIPPED
