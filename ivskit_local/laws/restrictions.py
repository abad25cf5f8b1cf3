"""Laws about where channels may be watched."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from ivs_emulator.playback_restriction_policies import PlaybackRestrictionPolicy
from ivskit import names
from ivskit.arns import resource_id
from ivskit.policy import Policy
from ivskit.policy.restrictions import Unclear, by_tags
from ivskit_local.invariants import memory
from ivskit_local.laws.story import PATIENCE, Answer, Breach, Story, answers, in_trouble
from ivskit_local.scenarios.run import Run

# How often restrict_playback looks for policies that no channel uses.
_EVERY = timedelta(hours=1)
# What waits for the end of a stream is tried every half hour.
_AFTER_A_STREAM = timedelta(minutes=45)
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


def finished(story: Story) -> Iterator[Breach]:
    """What a command asked for waits for the end of a stream, and no longer."""
    law = "a restriction that a command began is finished once no stream is live"
    since = _off_air_since(story)
    restricted = json.loads(memory(story.run.world).get(story.arn, {}).get("restricted", "{}"))
    changing = restricted.get("changing") or {}
    if since is None or changing.get("by") != "command":
        return
    begun = max(since, datetime.fromisoformat(changing["at"]))
    if not _is_excused(story, begun):
        yield law, f"{story.channel} since {begun.isoformat()}: {changing['cause']}"


def as_tagged(story: Story) -> Iterator[Breach]:
    """Tags count on managed channels, from the next sweep after a stream."""
    law = "a channel is restricted as its tags ask, or an outcome says why not"
    off_air = _off_air_since(story)
    if off_air is None or _is_by_command(_newest(story)):
        return
    since = max([off_air, *_changes(story)])
    policies = story.policies_between(since, story.now)
    if _is_excused(story, since) or not all(_acts(each, since) for each in policies):
        return
    try:
        asked = by_tags(policies[-1], {})
    except Unclear:
        return
    wanted = (sorted(asked.countries), sorted(asked.origins)) if asked else None
    channel = story.run.world.ivs.channels[story.arn]
    policies_of_ivs = story.run.world.ivs.playback_restriction_policies
    found = _content(policies_of_ivs.get(channel.playback_restriction_policy_arn))
    if found != wanted and not channel.authorized and not _is_declined(story):
        yield law, f"{story.channel} since {since.isoformat()}: {found} and not {wanted}"


def _is_by_command(newest: Answer | None) -> bool:
    """Whether a command restricts the channel, which goes above its tags."""
    if newest is None or newest.name != names.PLAYBACK_RESTRICTED:
        return False
    return bool(newest.detail["by"] == "command")


def _off_air_since(story: Story) -> datetime | None:
    """Since when no stream is live; None where one is, or the channel is gone."""
    if story.arn not in story.run.world.ivs.channels:
        return None
    ends = [each.over_at for each in story.sessions]
    over = [story.run.start, *(end for end in ends if end is not None)]
    return max(over) if len(over) == 1 + len(ends) else None


def _changes(story: Story) -> Iterator[datetime]:
    """When people changed what counts: tags, the policy, a pause."""
    yield from (worn.at for worn in story.run.tags_worn[story.channel])
    yield from (at for at, _ in story.run.policies)
    yield from story.run.resumes


def _acts(policy: Policy, since: datetime) -> bool:
    """Whether automation acts on a channel with this policy."""
    left_alone = policy.hands_off or policy.bad_tags or policy.held_at(since)
    return policy.managed and not left_alone


def _is_excused(story: Story, since: datetime) -> bool:
    run, now = story.run, story.now
    soon = now - since <= _AFTER_A_STREAM
    return soon or in_trouble(run, since, now) or run.was_paused(since, now)


def _is_declined(story: Story) -> bool:
    skipped = story.answers(names.PLAYBACK_RESTRICTION_SKIPPED)
    return any("ask" in each.detail["reason"] for each in skipped)


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
