"""Laws about quotas of IVS that are nearly full."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from ivskit import names
from ivskit.quota_use import KEY_PAIRS, NEAR, POLICIES, STREAMS, Quota
from ivskit_local.laws.story import PATIENCE, Answer, Breach, Deployed, answers, in_trouble
from ivskit_local.scenarios.run import Run

# How often a sweep compares quotas, and how seldom the same one is published.
_EVERY = timedelta(hours=1)
_AGAIN_AFTER = timedelta(days=1)


def published(run: Run, deployed: Deployed) -> Iterator[Breach]:
    """Whoever watches quotas learns in time that one is nearly full."""
    law = "a quota that stays at 80 % or more is published"
    if not deployed.watches_quotas:
        return
    said = _said(run)
    for since, until in _compared(run):
        for name in _full(run, since, until):
            known = _is_said(said, name, since - _AGAIN_AFTER, until + PATIENCE)
            if not known and not in_trouble(run, since, until + PATIENCE):
                yield law, f"{name} from {since.isoformat()} to {until.isoformat()}"


def once_a_day(run: Run) -> Iterator[Breach]:
    """A quota that stays nearly full is no news; each of two stages may publish it."""
    law = "a quota is published as nearly full at most once a day"
    pairs = pairwise(_said(run)) if not run.neighbours else ()
    for first, second in pairs:
        name = first.detail["quota"]
        is_soon = second.done_at - first.done_at < _AGAIN_AFTER - PATIENCE
        if second.detail["quota"] == name and is_soon:
            yield law, f"{name} at {second.done_at.isoformat()}"


def _compared(run: Run) -> Iterator[tuple[datetime, datetime]]:
    """From one sweep to another that is an hour later: one of those between compares quotas."""
    calls = (each for each in run.world.calls if each.function == "reconcile_streams")
    sweeps = [each.at for each in calls if each.operation == "ListStreams"]
    for since in sweeps:
        until = next((at for at in sweeps if at - since >= _EVERY), None)
        if until is not None and until + PATIENCE <= run.world.now:
            yield since, until


def _said(run: Run) -> Sequence[Answer]:
    """Each outcome once, by quota and time."""
    found = (one for one in answers(run) if one.name == names.QUOTA_NEARLY_FULL)
    each = {one.detail["id"]: one for one in found}
    return sorted(each.values(), key=lambda one: (one.detail["quota"], one.done_at))


def _is_said(said: Sequence[Answer], name: str, since: datetime, until: datetime) -> bool:
    return any(one.detail["quota"] == name and since <= one.done_at <= until for one in said)


def _full(run: Run, since: datetime, until: datetime) -> Iterator[str]:
    """The quotas that were nearly full throughout this time."""
    ivs = run.world.ivs
    fewest = {
        STREAMS: _streams(run, since, until),
        KEY_PAIRS: ivs.playback_key_pairs.fewest(since, until),
        POLICIES: ivs.playback_restriction_policies.fewest(since, until),
    }
    for quota, used in fewest.items():
        if used >= NEAR * _limit(run, quota, since, until):
            yield quota.name


def _limit(run: Run, quota: Quota, since: datetime, until: datetime) -> int:
    """The highest that was in force in this time."""
    if quota is not STREAMS:
        return quota.default
    ends = [*(at for at, _ in run.stream_limits[1:]), run.world.now]
    dated = zip(run.stream_limits, ends, strict=True)
    return max(limit for (at, limit), end in dated if at <= until and end >= since)


def _streams(run: Run, since: datetime, until: datetime) -> int:
    """How many streams were live at the least; those of deleted channels are forgotten."""
    sessions = [each for arn in run.arns.values() for each in run.world.ivs.sessions_of(arn)]
    ends = (each.over_at for each in sessions if each.over_at is not None)
    moments = (since, *(at for at in ends if since < at <= until))
    return min(sum(each.was_live(moment) for each in sessions) for moment in moments)
