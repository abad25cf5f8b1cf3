"""Laws about quotas of IVS that are nearly full."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from ivskit import names
from ivskit.quota_use import KEY_PAIRS, NEAR, POLICIES, STREAMS, Quota
from ivskit_local.laws.story import PATIENCE, Answer, Breach, Deployed, answers, in_trouble
from ivskit_local.scenarios.run import Run

# How often a sweep compares quotas, and how seldom the same one is published.
_EVERY = timedelta(hours=1)
_AGAIN_AFTER = timedelta(days=1)
# What only functions make and delete.
_CHANGES = {
    KEY_PAIRS: {"ImportPlaybackKeyPair": 1, "DeletePlaybackKeyPair": -1},
    POLICIES: {"CreatePlaybackRestrictionPolicy": 1, "DeletePlaybackRestrictionPolicy": -1},
}


@dataclass(frozen=True)
class _Level:
    """How much of a quota is used now, and every change before."""

    quota: Quota
    used: int
    changes: Sequence[tuple[datetime, int]]

    def least(self, since: datetime, until: datetime) -> int:
        """The least that was used in this time."""
        before = self.used - sum(change for at, change in self.changes if at > since)
        then = [change for at, change in sorted(self.changes) if since < at <= until]
        return min(accumulate(then, initial=before))


def published(run: Run, deployed: Deployed) -> Iterator[Breach]:
    """Whoever watches quotas learns in time that one is nearly full."""
    law = "a quota that stays at 80 % or more is published"
    if not deployed.watches_quotas:
        return
    said, levels = _said(run), list(_levels(run))
    for since, until in _compared(run):
        for name in _full(run, levels, since, until):
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


def _full(run: Run, levels: Sequence[_Level], since: datetime, until: datetime) -> Iterator[str]:
    """The quotas that were nearly full throughout this time."""
    for level in levels:
        limit = _limit(run, level.quota, since, until)
        if level.least(since, until) >= NEAR * limit:
            yield level.quota.name


def _limit(run: Run, quota: Quota, since: datetime, until: datetime) -> int:
    """The highest that was in force in this time."""
    if quota is not STREAMS:
        return quota.default
    ends = [*(at for at, _ in run.stream_limits[1:]), run.world.now]
    dated = zip(run.stream_limits, ends, strict=True)
    return max(limit for (at, limit), end in dated if at <= until and end >= since)


def _levels(run: Run) -> Iterator[_Level]:
    ivs = run.world.ivs
    yield _Level(STREAMS, *_streams(run))
    yield _Level(KEY_PAIRS, len(ivs.playback_key_pairs), _made(run, KEY_PAIRS))
    policies = len(ivs.playback_restriction_policies)
    yield _Level(POLICIES, policies, _made(run, POLICIES))


def _streams(run: Run) -> tuple[int, Sequence[tuple[datetime, int]]]:
    sessions = [each for arn in run.arns.values() for each in run.world.ivs.sessions_of(arn)]
    started = [each for each in sessions if each.start_time is not None]
    starts = [(each.start_time, 1) for each in started if each.start_time is not None]
    ends = [(each.over_at, -1) for each in started if each.over_at is not None]
    return len(starts) - len(ends), [*starts, *ends]


def _made(run: Run, quota: Quota) -> Sequence[tuple[datetime, int]]:
    by = _CHANGES[quota]
    made = (each for each in run.world.calls if each.error is None and each.operation in by)
    return [(each.at, by[each.operation]) for each in made]
