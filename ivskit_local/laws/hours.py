"""A law for every moment: what is out of order on a channel is put in order within the hour."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from ivskit_local.invariants import broken_on_channels
from ivskit_local.laws.story import Breach, Story
from ivskit_local.scenarios.run import Run

HOUR = timedelta(hours=1)


def look(run: Run) -> None:
    """Remember what is out of order at this hour."""
    broken = broken_on_channels(run.world)
    found = {(each.name, each.channel_arn) for each in broken if each.channel_arn is not None}
    run.on_the_hour.append((run.world.now, found))


def put_in_order(story: Story) -> Iterator[Breach]:
    """What goes wrong in the middle of a day does not wait for its end."""
    for (before, found), (at, still) in pairwise(story.run.on_the_hour):
        for name, channel_arn in sorted(found & still):
            if channel_arn == story.arn and not _is_excused(story, before, at):
                law = "what is out of order on a channel is put in order within an hour"
                yield law, f"{name}: {story.channel} from {before.isoformat()} to {at.isoformat()}"


def _is_excused(story: Story, before: datetime, at: datetime) -> bool:
    """Whether AWS or people were in the way, or ivskit was to leave the channel alone."""
    since, run = before - HOUR, story.run
    policies = story.policies_between(since, at)
    left_alone = any(
        policy.hands_off or not policy.managed or policy.held_at(since) for policy in policies
    )
    by_hand = [*run.keys_by_hand, *run.secrets_by_hand]
    handled = any(name == story.channel and since <= when <= at for when, name in by_hand)
    return left_alone or handled or run.was_paused(since, at) or story.in_trouble(since, at)
