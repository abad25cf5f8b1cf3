"""What the account uses of each quota of IVS: counted in IVS, with the trend of CloudWatch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import linear_regression
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ivskit import quotas
from ivskit.clock import now
from ivskit_cli.deployed import client_of

T = TypeVar("T")
NEAR = 0.8
_PERIOD = timedelta(minutes=5)  # in which CloudWatch has the usage of IVS
_PEAK_OF, _TREND_OF = timedelta(days=1), timedelta(hours=1)
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
        """Of the quota, 1 where it is full."""
        return self.used / self.quota

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


class QuotaUse:
    """Reads what is used; unread: what could not be read, and what that means."""

    def __init__(self) -> None:
        self._ivs = client_of("ivs")
        self.unread: list[str] = []

    def all(self) -> Sequence[Use]:
        """Every quota of the region; raises ClientError where IVS cannot be read."""
        own = self._allowed(_own_quotas, "quotas are those that AWS publishes") or {}
        return [self._use(quota, used, own) for quota, used in self._counts()]

    def _counts(self) -> Iterator[tuple[Quota, int]]:
        streams = list(_items(self._ivs.list_streams, "streams"))
        yield STREAMS, len(streams)
        yield VIEWS, sum(each.get("viewerCount", 0) for each in streams)
        for quota, call, key in (
            (CHANNELS, self._ivs.list_channels, "channels"),
            (RECORDINGS, self._ivs.list_recording_configurations, "recordingConfigurations"),
            (KEY_PAIRS, self._ivs.list_playback_key_pairs, "keyPairs"),
            (
                POLICIES,
                self._ivs.list_playback_restriction_policies,
                "playbackRestrictionPolicies",
            ),
            (ADS, self._ivs.list_ad_configurations, "adConfigurations"),
        ):
            yield quota, sum(1 for _ in _items(call, key))

    def _use(self, quota: Quota, used: int, own: Mapping[str, int]) -> Use:
        limit = own.get(quota.code or "")
        whole = quota.default if limit is None else limit
        is_own = quota.code is None or limit is not None
        if quota.usage is None:
            return Use(quota, used, whole, is_own)
        resource = quota.usage
        points = self._allowed(lambda: _points(resource), f"the peak of {quota.name} is unknown")
        peak = max([used, *(round(value) for _, value in points)]) if points else None
        return Use(quota, used, whole, is_own, peak, full_in(points or [], used, whole))

    def _allowed(self, read: Callable[[], T], otherwise: str) -> T | None:
        try:
            return read()
        except (BotoCoreError, ClientError) as error:
            self.unread.append(f"{otherwise}: {error}")
            return None


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


def _own_quotas() -> Mapping[str, int]:
    pages = client_of("service-quotas").get_paginator("list_service_quotas")
    return {
        each["QuotaCode"]: round(each["Value"])
        for page in pages.paginate(ServiceCode="ivs")
        for each in page["Quotas"]
    }


def _points(resource: str) -> Sequence[tuple[datetime, float]]:
    """The usage of the last day, as CloudWatch has it, without an order."""
    dimensions = {"Service": "IVS", "Class": "None", "Type": "Resource", "Resource": resource}
    until = now()
    answer = client_of("cloudwatch").get_metric_statistics(
        Namespace="AWS/Usage",
        MetricName="ResourceCount",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=until - _PEAK_OF,
        EndTime=until,
        Period=round(_PERIOD.total_seconds()),
        Statistics=["Maximum"],
    )
    return [(each["Timestamp"], each["Maximum"]) for each in answer["Datapoints"]]


def _items(call: Callable[..., Any], key: str) -> Iterator[Mapping[str, Any]]:
    """Page by page; botocore has no paginator for some of these lists."""
    page = call()
    yield from page[key]
    while page.get("nextToken"):
        page = call(nextToken=page["nextToken"])
        yield from page[key]
