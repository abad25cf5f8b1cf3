"""The law about take-downs."""

from collections.abc import Iterator
from datetime import timedelta

from ivskit import names
from ivskit_local.laws.story import PATIENCE, Breach, Commanded, Story, in_trouble

# When take_down looks for the last time.
_LAST_LOOK = timedelta(minutes=15)
_REPORTS = {
    names.TAKE_DOWN: names.CHANNEL_TAKEN_DOWN,
    names.RESTORE: names.CHANNEL_RESTORED,
}


def finished_or_failed(story: Story) -> Iterator[Breach]:
    """One report says of each part that it is done, or that it failed; it never stays open."""
    law = "what Take Down began is finished, or published as failed"
    for sent in story.commands(*_REPORTS):
        until = sent.at + _LAST_LOOK + PATIENCE
        excused = story.now <= until or in_trouble(story.run, sent.at, story.now)
        if not excused and _began(story, sent) and not _is_reported(story, sent):
            yield law, f"{sent.name} {sent.id} of {story.channel}"


def _began(story: Story, sent: Commanded) -> bool:
    acts = (names.CHANNEL_BLOCKED, names.CHANNEL_UNBLOCKED, names.STREAM_STOPPED)
    causes = (sent.id, f"{sent.id}: block")
    is_there = story.arn in story.run.world.ivs.channels
    return is_there and any(each.cause in causes for each in story.answers(*acts))


def _is_reported(story: Story, sent: Commanded) -> bool:
    reports = story.answers(_REPORTS[sent.name])
    return any(each.cause == sent.id and _is_over(each.detail["steps"]) for each in reports)


def _is_over(steps: list[dict[str, str]]) -> bool:
    """A revocation may go on, and has a report of its own."""
    return all(s["state"] != "pending" or s["step"] == "audience" for s in steps)
