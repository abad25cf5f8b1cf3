"""Laws about where channels may be watched."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ivs_emulator.playback_restriction_policies import PlaybackRestrictionPolicy
from ivskit import names
from ivskit.arns import resource_id
from ivskit_local.laws.story import PATIENCE, Answer, Breach, Story, answers, in_trouble
from ivskit_local.scenarios.run import Run

# How often restrict_playback looks for policies that no channel uses.
_EVERY = timedelta(hours=1)
_CHANGES = {"CreatePlaybackRestrictionPolicy", "UpdateChannel"}


def with_an_owner(run: Run) -> Iterator[Breach]:
    """Three policies fit a region: what no channel uses takes the place of another."""
    law = "no restriction policy without an owner"
    ivs, now = run.world.ivs, run.world.now
    used = {each.playback_restriction_policy_arn for each in ivs.channels.values()}
    unused = [p for p in ivs.playback_restriction_policies.values() if p.arn not in used]
    since = _last_change(run)
    excused = now - since <= _EVERY + PATIENCE
    if excused or in_trouble(run, since, now) or run.was_paused(since, now):
        return
    for policy in unused:
        if names.TAG_RESTRICTION in policy.tags:
            yield law, resource_id(policy.arn)


def _last_change(run: Run) -> datetime:
    """When a policy may have lost its last channel, at the latest."""
    changes = [each.at for each in run.world.calls if each.operation in _CHANGES]
    return max([run.start, *run.deletions, *changes])


def as_published(story: Story) -> Iterator[Breach]:
    """A channel is restricted as the newest outcome says; nobody else changes it in scenarios."""
    law = "a channel is restricted as published"
    channel = story.run.world.ivs.channels.get(story.arn)
    newest = _newest(story)
    if channel is None or newest is None or in_trouble(story.run, newest.done_at, story.now):
        return
    policies = story.run.world.ivs.playback_restriction_policies
    found = policies.get(channel.playback_restriction_policy_arn)
    if _content(found) != _published(newest):
        yield law, f"{story.channel}: {_content(found)} and not {_published(newest)}"


def _newest(story: Story) -> Answer | None:
    wanted = (names.PLAYBACK_RESTRICTED, names.PLAYBACK_RESTRICTION_LIFTED)
    found = (
        each
        for each in answers(story.run)
        if each.name in wanted and each.detail["channel_arn"] == story.arn
    )
    return max(found, key=lambda each: each.done_at, default=None)


def _published(answer: Answer) -> tuple[list[str], list[str]] | None:
    if answer.name == names.PLAYBACK_RESTRICTION_LIFTED:
        return None
    return sorted(answer.detail["countries"]), sorted(answer.detail["origins"])


def _content(policy: PlaybackRestrictionPolicy | None) -> tuple[list[str], list[str]] | None:
    if policy is None:
        return None
    return sorted(policy.allowed_countries), sorted(policy.allowed_origins)
