"""How much of a quota of IVS is used, and when it is full at the growth of the last hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import linear_regression
from typing import Any

from ivskit import quotas

NEAR = 0.8
_TREND_OF = timedelta(hours=1)
_FEWEST_POINTS = 3
_LONGEST_FORECAST = timedelta(days=30)


@dataclass(frozen=True)
class Quota:
    """A quota; code: that of Service Quotas, None where AWS raises it for nobody."""

    name: str
    default: int
    code: str | None = None
    usage: str | None = None


# The codes are those of the IVS endpoints and quotas page of the AWS General Reference.
STREAMS = Quota("concurrent streams", quotas.CONCURRENT_STREAMS, "L-FD1EB8A7", "ConcurrentStreams")
VIEWS = Quota("concurrent viewers", quotas.CONCURRENT_VIEWS, "L-77A18D5D", "ConcurrentViews")
CHANNELS = Quota("channels", quotas.CHANNELS, "L-C01DFF58")
RECORDINGS = Quota("recording configurations", quotas.RECORDING_CONFIGURATIONS, "L-90ABAB37")
KEY_PAIRS = Quota("playback key pairs", quotas.PLAYBACK_KEY_PAIRS)
POLICIES = Quota("playback restriction policies", quotas.PLAYBACK_RESTRICTION_POLICIES)
ADS = Quota("ad configurations", quotas.AD_CONFIGURATIONS)


@dataclass(frozen=True)
class Use:
    """How much of a quota is used; is_own: whether the quota is known to be the account's."""

    of: Quota
    used: int
    quota: int
    is_own: bool
    peak: int | None = None
    full_in: timedelta | None = None

    @property
    def name(self) -> str:
        """The quota's."""
        return self.of.name

    @property
    def share(self) -> float:
        """Of the quota, 1 where it is full; so is one of nothing."""
        return self.used / self.quota if self.quota else 1.0

    @property
    def is_near(self) -> bool:
        """Whether it is time to act."""
        return self.share >= NEAR

    @property
    def what_to_do(self) -> str:
        """In half a sentence."""
        if self.of.code is None:
            return "AWS raises it for nobody, so delete what is no longer needed"
        return (
            "ask for more: aws service-quotas request-service-quota-increase "
            f"--service-code ivs --quota-code {self.of.code} --desired-value N"
        )

    def as_document(self) -> dict[str, Any]:
        """For programs; spans in seconds."""
        return {
            "quota": self.name,
            "used": self.used,
            "of": self.quota,
            "share": round(self.share, 4),
            "is_near": self.is_near,
            "peak_of_a_day": self.peak,
            "full_in_seconds": None if self.full_in is None else self.full_in.total_seconds(),
            "source": "account" if self.is_own else "published",
        }


def full_in(points: Sequence[tuple[datetime, float]], used: int, quota: int) -> timedelta | None:
    """When the quota is full at the growth of the last hour; None where it does not grow.

    Also None where that is more than 30 days away, of which an hour says nothing.
    """
    if used >= quota:
        return timedelta(0)
    newest = max((at for at, _ in points), default=None)
    recent = [(at, value) for at, value in points if newest and at >= newest - _TREND_OF]
    if len(recent) < _FEWEST_POINTS:
        return None
    growth = linear_regression(
        [at.timestamp() for at, _ in recent], [value for _, value in recent]
    ).slope
    seconds = (quota - used) / growth if growth > 0 else float("inf")
    return timedelta(seconds=seconds) if seconds < _LONGEST_FORECAST.total_seconds() else None
