"""What the account uses of each quota of IVS: counted in IVS, with the trend of CloudWatch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ivskit.clock import now
from ivskit.quota_use import (
    ADS,
    CHANNELS,
    KEY_PAIRS,
    POLICIES,
    RECORDINGS,
    STREAMS,
    VIEWS,
    Quota,
    Use,
    full_in,
)
from ivskit_cli.deployed import client_of

T = TypeVar("T")
_PERIOD = timedelta(minutes=5)  # in which CloudWatch has the usage of IVS
_PEAK_OF = timedelta(days=1)


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
