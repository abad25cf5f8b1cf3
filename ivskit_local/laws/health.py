"""Laws about the health of streams, judged on what their encoders sent."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from ivs_emulator import metrics
from ivs_emulator.stream_sessions import StreamSession
from ivskit import names
from ivskit.policy.health import CLOUDWATCH_NAMES, HealthMetric, HealthRule
from ivskit_local.laws.story import PATIENCE, Answer, Breach, Story

_MINUTE = timedelta(minutes=1)
# CloudWatch has a minute when it is over, and a sweep judges only whole ones.
_LAG = 2 * _MINUTE
# The first sweep may be at work already, and the second may find the start only.
_SWEEPS = 3
Minutes = Sequence[tuple[datetime, float]]


def published(story: Story) -> Iterator[Breach]:
    """Who has a rule learns of each stream that breaks it for long enough."""
    law = "a stream that stays unhealthy is published"
    if not story.deployed.policy.health.watched:
        return
    for session in story.sessions:
        for metric, rule in _rules(session, story):
            for since, by in _due(session, metric, rule, story):
                is_said = _is_said(session, metric, by, story)
                if not is_said and not story.in_trouble(since, by):
                    yield law, f"{metric} of {session.stream_id} from {since.isoformat()}"


def with_a_reason(story: Story) -> Iterator[Breach]:
    """What is said to be unhealthy was wrong in every minute of the rule's time."""
    law = "a stream is published as unhealthy only where it is"
    is_there = story.arn in story.run.world.ivs.channels
    for said in story.answers(names.STREAM_UNHEALTHY) if is_there else ():
        metric, since = said.detail["metric"], datetime.fromisoformat(said.detail["since"])
        policies = story.policies_between(since, said.done_at)
        rules = [rule for each in policies if (rule := each.health.of(metric)) is not None]
        if not any(_holds(story, metric, rule, since) for rule in rules):
            yield law, f"{metric} of {said.detail['stream_id']} since {since.isoformat()}"


def _holds(story: Story, metric: HealthMetric, rule: HealthRule, since: datetime) -> bool:
    values = _minutes(story, metric, since, since + rule.for_)
    return len(values) == rule.for_ // _MINUTE and all(rule.is_broken_by(v) for _, v in values)


def _rules(session: StreamSession, story: Story) -> Iterator[tuple[HealthMetric, HealthRule]]:
    """The rules that held for the channel from the session's start to its end."""
    if session.start_time is None:
        return
    policies = story.policies_between(session.start_time, session.over_at or story.now)
    for metric in CLOUDWATCH_NAMES:
        found = {each.health.of(metric) if each.managed else None for each in policies}
        rule = found.pop() if len(found) == 1 else None
        if rule is not None:
            yield metric, rule


def _due(
    session: StreamSession, metric: HealthMetric, rule: HealthRule, story: Story
) -> Iterator[tuple[datetime, datetime]]:
    """Since when the stream was unhealthy, and by when that has to be published."""
    sweeps = _sweeps(story)
    for since, until in _wrong(session, metric, rule, story):
        looks = [at for at in sweeps if since + rule.for_ + _LAG <= at <= until]
        if len(looks) >= _SWEEPS:
            yield since, looks[_SWEEPS - 1] + PATIENCE


def _wrong(
    session: StreamSession, metric: HealthMetric, rule: HealthRule, story: Story
) -> Iterator[tuple[datetime, datetime]]:
    """From when to when every minute was wrong; a minute without a value ends it."""
    begun = session.start_time or story.now
    minutes = _minutes(story, metric, begun + _MINUTE, session.over_at or story.now)
    wrong = [at for at, value in minutes if rule.is_broken_by(value)]
    for _, run in groupby(enumerate(wrong), key=lambda each: each[1] - each[0] * _MINUTE):
        at = [minute for _, minute in run]
        yield at[0], at[-1] + _MINUTE


def _minutes(story: Story, metric: HealthMetric, since: datetime, until: datetime) -> Minutes:
    name = CLOUDWATCH_NAMES[metric]
    return metrics.of_channel(story.run.world.ivs, story.channel_id, name, since=since, until=until)


def _sweeps(story: Story) -> Sequence[datetime]:
    calls = (each for each in story.run.world.calls if each.function == "reconcile_streams")
    return [each.at for each in calls if each.operation == "ListStreams"]


def _is_said(session: StreamSession, metric: HealthMetric, by: datetime, story: Story) -> bool:
    def is_it(said: Answer) -> bool:
        about = said.detail["stream_id"], said.detail["metric"]
        return about == (session.stream_id, metric) and said.done_at <= by

    return any(map(is_it, story.answers(names.STREAM_UNHEALTHY)))
