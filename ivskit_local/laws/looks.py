"""A law about looking again: what was done is seen to have its effect."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ivskit import names
from ivskit_local.laws.story import Breach, Story, reactions

SOON = timedelta(minutes=5)
_PURPOSES: Mapping[str, Sequence[str]] = {
    names.STREAM_STOPPED: ("verify stop", "verify kick"),
    names.STREAM_KEY_ROTATED: ("verify key",),
}


def at_what_was_done(story: Story) -> Iterator[Breach]:
    """A stop may not last, and a list may have hidden another key."""
    law = "every stop and every new key is looked at again within five minutes"
    for outcome, purposes in _PURPOSES.items():
        looks = sorted(_looks(story, purposes))
        wait = SOON + _lateness(story, purposes)
        for done in {one.detail["id"]: one for one in story.answers(outcome)}.values():
            began, until = done.done_at - timedelta(seconds=2), done.done_at + wait
            if until > story.now or story.in_trouble(began, until):
                continue
            if not any(began <= at <= until for at in looks):
                yield law, f"{outcome} of {done.cause} at {done.done_at.isoformat()}"


def _looks(story: Story, purposes: Sequence[str]) -> Iterator[datetime]:
    """When a function got such a message about the channel."""
    for reaction in reactions(story.run):
        detail = reaction.event.get("detail", {})
        about = detail.get("channel_arn"), detail.get("purpose")
        if reaction.at is not None and about[0] == story.arn and about[1] in purposes:
            yield reaction.at


def _lateness(story: Story, purposes: Sequence[str]) -> timedelta:
    late = [
        each.by
        for each in story.run.late_messages
        if each.channel == story.channel and each.purpose in purposes
    ]
    return max(late, default=timedelta())
