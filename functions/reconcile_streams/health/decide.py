"""Whether a stream is unhealthy, decided on the minutes that CloudWatch has of its metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ivskit.automation.records import Episode
from ivskit.policy.health import HealthMetric, HealthRule
from reconcile_streams.decide import Live, Referral

MINUTE = timedelta(minutes=1)
# CloudWatch has a minute about a minute after it is over.
LAG = MINUTE
Verdict = Literal["unhealthy", "healthy"]


@dataclass(frozen=True)
class Judged:
    """A metric of a stream, its last value and its episode after this sweep.

    turned: whether it became unhealthy, or healthy again, in this sweep.
    """

    stream: Live
    metric: HealthMetric
    rule: HealthRule
    value: float
    episode: Episode
    since: datetime
    turned: Verdict | None = None

    @property
    def cause(self) -> str:
        """The same for all of an episode."""
        return f"{self.stream.stream_id}: {self.metric}, episode {self.episode.number}"


def last_minute(at: datetime) -> datetime:
    """The end of the last minute that is judged by a sweep of this time."""
    return at.replace(second=0, microsecond=0) - LAG


def is_judged(stream: Live, rule: HealthRule, until: datetime) -> bool:
    """Whether the stream is old enough for the rule: its first minute is never whole."""
    return stream.started_at + MINUTE <= until - rule.for_


def verdict(values: Sequence[float], rule: HealthRule) -> Verdict | None:
    """What the minutes of the rule's time say; None if one is missing, or they disagree."""
    if len(values) < rule.for_ // MINUTE:
        return None
    wrong = sum(map(rule.is_broken_by, values))
    if wrong == len(values):
        return "unhealthy"
    return "healthy" if wrong == 0 else None


def judged(
    stream: Live,
    metric: HealthMetric,
    rule: HealthRule,
    values: Sequence[float],
    known: Episode | None,
    *,
    until: datetime,
) -> Judged | None:
    """How the metric stands after this sweep; None where it was never unhealthy.

    values: of the minutes of the rule's time until then, the oldest first.
    """
    found, began = verdict(values, rule), until - rule.for_
    is_open = known is not None and known.since is not None
    if found == "unhealthy" and not is_open:
        number = known.number + 1 if known else 1
        episode = Episode(number=number, since=began)
        return Judged(stream, metric, rule, values[-1], episode, began, "unhealthy")
    if known is None:
        return None
    value, since = values[-1] if values else 0.0, known.since or began
    if found == "healthy" and is_open:
        return Judged(stream, metric, rule, value, Episode(number=known.number), since, "healthy")
    return Judged(stream, metric, rule, value, known, since)


def referral(each: Judged, *, is_enforced: bool) -> Referral | None:
    """What stop_stream is to look at: at each sweep until it acts; once where it only observes."""
    is_new = each.turned == "unhealthy"
    is_open = each.episode.since is not None
    if each.rule.then == "notify" or not is_open or not (is_enforced or is_new):
        return None
    stream = each.stream
    return Referral(
        "stop_stream",
        stream.channel_arn,
        "unhealthy",
        each.cause,
        stream.stream_id,
        each.since,
        each.metric,
    )


def remembered(all_of_them: Sequence[Judged]) -> Mapping[str, Mapping[str, Episode]]:
    """The episodes of all streams, by stream and metric."""
    found: dict[str, dict[str, Episode]] = {}
    for each in all_of_them:
        found.setdefault(each.stream.stream_id, {})[each.metric] = each.episode
    return found
