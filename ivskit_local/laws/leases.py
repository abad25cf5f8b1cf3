"""A law about leases: whoever acts on a channel is left to finish."""

from collections.abc import Iterator
from datetime import datetime

from ivskit_local.laws.story import FLAP, Breach, Story, is_hampered, reactions

_LOST = "LeaseLost"


def lost_only_to_people(story: Story) -> Iterator[Breach]:
    """A person's command takes a lease over, and so may anybody once it has expired."""
    law = "no function loses the lease of a channel, except to a person's command"
    for reaction in reactions(story.run):
        at, error = reaction.at, reaction.error or ""
        if reaction.channel_arn != story.arn or at is None or not error.startswith(_LOST):
            continue
        if not _is_overtaken(story, at) and not is_hampered(story.run, at - FLAP, at + FLAP):
            yield law, f"{reaction.function} on {story.channel} at {at.isoformat()}"


def _is_overtaken(story: Story, at: datetime) -> bool:
    return any(abs(command.at - at) <= FLAP for command in story.commands())
