"""Which quotas to say that they are nearly full, and when to compare them again."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ivskit.quota_use import STREAMS, VIEWS, Quota, Use, full_in

# How seldom what changes slowly is counted, and how seldom a quota is said to be nearly full.
EVERY = timedelta(hours=1)
AGAIN_AFTER = timedelta(days=1)
# What the forecast is made from.
TREND_OF = timedelta(hours=1)
# Of each sweep: when it was due, and how many streams were live and viewers watched.
Point = tuple[datetime, int, int]


def is_due(last: datetime | None, *, at: datetime) -> bool:
    """Whether a sweep of this time compares the quotas; last: the one that last did."""
    return last is None or at - last >= EVERY


def recent(points: Iterable[Point], now: Point) -> tuple[Point, ...]:
    """What the forecast is made from, this sweep's included."""
    return (*(point for point in points if point[0] >= now[0] - TREND_OF), now)


def uses(
    counted: Mapping[Quota, int], own: Mapping[str, int], points: Sequence[Point]
) -> Sequence[Use]:
    """How much of each quota is used; own: the account's quotas by code, as far as known."""
    return [_use(quota, used, own, points) for quota, used in counted.items()]


def _use(quota: Quota, used: int, own: Mapping[str, int], points: Sequence[Point]) -> Use:
    limit = own.get(quota.code or "")
    whole = quota.default if limit is None else limit
    trends = {
        STREAMS: [(at, float(streams)) for at, streams, _ in points],
        VIEWS: [(at, float(viewers)) for at, _, viewers in points],
    }
    is_own = quota.code is None or limit is not None
    return Use(quota, used, whole, is_own, full_in=full_in(trends.get(quota, []), used, whole))


def to_say(
    found: Sequence[Use], said: Mapping[str, datetime], *, at: datetime
) -> tuple[Sequence[Use], Mapping[str, datetime]]:
    """The quotas that are nearly full and not said to be within a day; and what was said then."""
    kept = {name: when for name, when in said.items() if at - when < AGAIN_AFTER}
    new = [use for use in found if use.is_near and use.name not in kept]
    return new, {**kept, **{use.name: at for use in new}}
