"""What excuses an invariant: somebody changed a channel's key, and ivskit is to leave it."""

from datetime import datetime

from ivskit import names
from ivskit_local.invariants import Broken
from ivskit_local.laws.story import FLAP, Deployed, Story
from ivskit_local.scenarios.run import Run

STORED = "the store holds the channel's key"
_OF_A_KEY = (
    STORED,
    "a blocked channel has no key",
    "a blocked channel is not live",
    "every channel has a key unless it is blocked",
)


def excuses(broken: Broken, run: Run, deployed: Deployed) -> bool:
    """Whether a person did this, on a channel that ivskit may not touch.

    A key that ivskit did not make is delivered only where `keys.adopt` says so: the store has the
    one before until a rotation.
    """
    channel = next((name for name, arn in run.arns.items() if arn == broken.channel_arn), None)
    changed = [at for at, name in run.keys_by_hand if name == channel]
    if channel is None or not changed or broken.name not in _OF_A_KEY:
        return False
    story = Story(run, channel, deployed)
    if broken.name == STORED and not _delivered_since(max(changed), story):
        return True
    policies = story.policies_between(story.now - FLAP, story.now)
    return any(policy.hands_off or not policy.managed for policy in policies)


def _delivered_since(moment: datetime, story: Story) -> bool:
    delivered = story.answers(names.STREAM_KEY_ROTATED, names.STREAM_KEY_DELIVERED)
    return any(one.at >= moment for one in delivered)
