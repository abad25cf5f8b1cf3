"""What a test may change about IVS: of one backend alone, or of all that a server has."""

from __future__ import annotations

from dataclasses import dataclass, field

from ivskit import quotas

from .failures import Failures
from .faults import Faults
from .journal import Journal
from .lifecycle import Timing


@dataclass
class Limits:
    """The quotas that AWS raises on request, and that a test may lower."""

    channels: int = quotas.CHANNELS
    concurrent_streams: int = quotas.CONCURRENT_STREAMS
    concurrent_views: int = quotas.CONCURRENT_VIEWS
    recording_configurations: int = quotas.RECORDING_CONFIGURATIONS
    takeovers_per_stream: int = quotas.TAKEOVERS_PER_STREAM


@dataclass
class Conditions:
    """Faults, delays, limits and buckets; a reset gives back the defaults.

    `seed`: makes ids and keys repeatable, per account and region; None: they are random.
    `failures`: collects errors of due actions; None: the caller that advances time gets them.
    `journal`: gets the events of all backends; None: each backend has only its own.
    """

    faults: Faults
    seed: str | None
    failures: Failures | None = None
    journal: Journal | None = None
    timing: Timing = field(default_factory=Timing)
    limits: Limits = field(default_factory=Limits)
    # The region of each bucket; None: every bucket exists, in the right region.
    buckets: dict[str, str] | None = None

    def seed_of(self, account_id: str, region: str) -> str | None:
        return None if self.seed is None else f"{self.seed}{account_id}/{region}"

    def reset(self) -> None:
        self.faults.reset()
        self.timing, self.limits, self.buckets = Timing(), Limits(), None
        if self.failures:
            self.failures.clear()
        if self.journal:
            self.journal.clear()
