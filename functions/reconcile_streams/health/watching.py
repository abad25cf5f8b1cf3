"""Reads the metrics of live streams, in one call for up to 500, and judges them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger

from ivskit.automation.records import Episode, Round
from ivskit.client import Ivs
from ivskit.errors import FROM_BOTOCORE
from ivskit.outcomes import Outcome, StreamHealthyAgain, StreamUnhealthy
from ivskit.policy import Policy
from ivskit.policy.health import CLOUDWATCH_NAMES, HealthMetric, HealthRule
from reconcile_streams.channels import Channels, existing
from reconcile_streams.decide import Live, Referral
from reconcile_streams.health.decide import (
    MINUTE,
    Judged,
    is_judged,
    judged,
    last_minute,
    referral,
    remembered,
)

# The most metrics that a call may ask for.
MOST_QUERIES = 500


@dataclass(frozen=True)
class Asked:
    """A metric of a stream that a rule is about."""

    stream: Live
    metric: HealthMetric
    rule: HealthRule


@dataclass(frozen=True)
class Watched:
    """What became of the streams' health in a sweep."""

    episodes: Mapping[str, Mapping[str, Episode]] = field(default_factory=dict)
    outcomes: Sequence[Outcome] = ()
    referrals: Sequence[Referral] = ()


class Health:
    """The health of live streams by the rules of the settings; without rules it asks nothing."""

    def __init__(
        self,
        client: Any,
        ivs: Ivs,
        channels: Channels,
        rules: Mapping[HealthMetric, HealthRule],
        *,
        logger: Logger,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._ivs = ivs
        self._channels = channels
        self._rules = rules
        self._logger = logger
        self._clock = clock

    def watch(
        self, last: Round, streams: Sequence[Live], *, at: datetime, event_id: str
    ) -> Watched:
        """Judge these streams; at: when the sweep was due. What cannot be read changes nothing."""
        if not self._rules:
            return Watched()
        until = last_minute(at)
        known = {each.stream_id: last.health.get(each.stream_id, {}) for each in streams}
        asked = [
            Asked(stream, metric, rule)
            for stream in streams
            for metric, rule in self._rules.items()
            if is_judged(stream, rule, until)
        ]
        try:
            values = self._read(asked, until)
        except FROM_BOTOCORE as error:
            self._logger.warning("Health not read", error=str(error))
            return Watched({stream_id: each for stream_id, each in known.items() if each})
        found = [
            judged(
                each.stream,
                each.metric,
                each.rule,
                values[number],
                known[each.stream.stream_id].get(each.metric),
                until=until,
            )
            for number, each in enumerate(asked)
        ]
        return self._watched([each for each in found if each is not None], event_id)

    def _watched(self, found: Sequence[Judged], event_id: str) -> Watched:
        policies = self._policies([each for each in found if each.turned or each.episode.since])
        ours = [each for each in found if _is_ours(each, policies)]
        outcomes, referrals = [], []
        for each in ours:
            policy = policies.get(each.stream.channel_arn)
            if policy is not None:
                outcomes += list(self._outcome(each, policy, event_id))
                asks = referral(each, is_enforced=policy.mode == "enforce")
                referrals += [asks] if asks else []
        return Watched(remembered(ours), outcomes, referrals)

    def _read(self, asked: Sequence[Asked], until: datetime) -> Sequence[Sequence[float]]:
        """The values of the minutes that each rule is about, the oldest first."""
        found: list[list[float]] = []
        for some in _batches(asked):
            values: dict[str, dict[datetime, float]] = {}
            for page in self._pages(some, until):
                for result in page["MetricDataResults"]:
                    points = zip(result["Timestamps"], result["Values"], strict=True)
                    values.setdefault(result["Id"], {}).update(points)
            for number, each in enumerate(some):
                points_of = sorted(values.get(_id(number), {}).items())
                began = until - each.rule.for_
                found.append([value for at, value in points_of if began <= at < until])
        return found

    def _pages(self, asked: Sequence[Asked], until: datetime) -> Iterator[Any]:
        longest = max(each.rule.for_ for each in asked)
        question: dict[str, Any] = {
            "MetricDataQueries": [_query(number, each) for number, each in enumerate(asked)],
            "StartTime": until - longest,
            "EndTime": until,
        }
        page: Any = self._client.get_metric_data(**question)
        yield page
        while page.get("NextToken"):
            page = self._client.get_metric_data(**question, NextToken=page["NextToken"])
            yield page

    def _policies(self, found: Sequence[Judged]) -> Mapping[str, Policy]:
        """The policies of these channels, as far as they exist."""
        arns = sorted({each.stream.channel_arn for each in found})
        channels = existing(self._ivs.channels.get_many(arns)) if arns else {}
        return {arn: self._channels.policy_of(channel) for arn, channel in channels.items()}

    def _outcome(self, each: Judged, policy: Policy, event_id: str) -> Iterator[Outcome]:
        if each.turned is None:
            return
        fields: dict[str, Any] = {
            "cause": each.cause,
            "channel_arn": each.stream.channel_arn,
            "stream_id": each.stream.stream_id,
            "mode": policy.mode,
            "at": self._clock(),
            "event_id": event_id,
            "metric": each.metric,
            "value": each.value,
            "since": each.since,
        }
        if each.turned == "healthy":
            reason = f"{each.metric} is no longer {each.rule}"
            yield StreamHealthyAgain(**fields, reason=reason)
        else:
            reason = f"{each.metric} was {each.rule}; now {each.value:g}"
            yield StreamUnhealthy(**fields, reason=reason, then=each.rule.then)


def _is_ours(each: Judged, policies: Mapping[str, Policy]) -> bool:
    """Whether the rule holds for the channel; where no tags were read, nothing is wrong with it."""
    if not each.turned and each.episode.since is None:
        return True
    policy = policies.get(each.stream.channel_arn)
    return policy is not None and policy.managed and policy.health.of(each.metric) is not None


def _batches(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    for first in range(0, len(asked), MOST_QUERIES):
        yield asked[first : first + MOST_QUERIES]


def _id(number: int) -> str:
    return f"m{number}"


def _query(number: int, asked: Asked) -> dict[str, Any]:
    channel_id = asked.stream.channel_arn.rpartition("/")[2]
    metric = {
        "Namespace": "AWS/IVS",
        "MetricName": CLOUDWATCH_NAMES[asked.metric],
        "Dimensions": [{"Name": "Channel", "Value": channel_id}],
    }
    period = round(MINUTE.total_seconds())
    stat = {"Metric": metric, "Period": period, "Stat": "Average"}
    return {"Id": _id(number), "MetricStat": stat, "ReturnData": True}
