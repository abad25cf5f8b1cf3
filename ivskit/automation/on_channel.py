"""Shared by the functions that act on one channel under its lease.

with memory.lease(question.channel_arn) as held:
    channel = on_channel.find(question, held)
    policy = on_channel.policy(channel)
    outcomes = ...                      mend, decide, carry out
return on_channel.look_again(question, outcomes)
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ivskit.automation import invalid_tags
from ivskit.automation.command_refusals import objection
from ivskit.automation.environment import LookingEnvironment
from ivskit.automation.memory import Held
from ivskit.automation.messages.delivery import LookAgains
from ivskit.automation.pause import Pause
from ivskit.automation.questions import ChannelQuestion
from ivskit.client import Ivs
from ivskit.errors import NotFound, Unavailable
from ivskit.outcomes import Outcome, WillLookAgain
from ivskit.policy import Policy
from ivskit.policy.tags import is_blocked, is_ours
from ivskit.redaction import redact

if TYPE_CHECKING:
    from ivskit.client.channels import Channel
    from ivskit.outcomes.outcome import Nothing

_GONE = "there is no such channel"


class OnChannel:
    """The channel that a question is about: its configuration, its policy, its invalid tags."""

    def __init__(
        self,
        environment: LookingEnvironment,
        ivs: Ivs,
        look_agains: LookAgains,
        pause: Pause,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._environment = environment
        self._ivs = ivs
        self._look_agains = look_agains
        self._pause = pause
        self._clock = clock
        # What the latest policy was made of, and for which question.
        self._judged: tuple[ChannelQuestion, Mapping[str, str]] | None = None

    def find(self, channel_arn: str, held: Held, *, ends_block: bool = True) -> "Channel | None":
        """The channel, or None; where memory has no record of a block, the tag counts.

        ends_block: whether a block that came from the tag ends with the tag.
        """
        channel = self._ivs.channels.find(channel_arn)
        if channel is not None:
            held.adopt_block(is_tagged=is_blocked(channel.tags))
            if ends_block:
                held.drop_block(is_tagged=is_blocked(channel.tags))
        return channel

    def policy(self, question: ChannelQuestion, channel: "Channel", held: Held) -> Policy:
        """The channel's policy; while paused, automation carries out nothing of it.

        Automation does nothing on a channel that is neither managed nor blocked, paused or not:
        there the pause is not read.
        """
        ours = {name: redact(text) for name, text in channel.tags.items() if is_ours(name)}
        self._judged = question, ours
        policy = self._environment.policy_of(channel.tags)
        is_idle = not policy.managed and question.command is None
        if is_idle and held.remembered.blocked is None and held.remembered.lockout is None:
            return policy
        return self._pause.over(policy)

    def gone(
        self,
        question: ChannelQuestion,
        skipped: "type[Nothing]",
        *,
        is_command: bool,
    ) -> Outcome:
        """The answer where IVS does not know the channel.

        The memory stays: ids are never reused, and IVS may err for a moment. So a command is
        refused only where two calls do not find the channel; else this raises Unavailable.
        """
        mode = self._environment.policy.mode
        if not is_command:
            return skipped(**question.outcome_fields(_GONE, mode, self._clock()))
        try:
            self._ivs.streams.get(question.channel_arn)
        except NotFound:
            return objection(question, _GONE, mode=mode, at=self._clock())
        raise Unavailable("IVS finds the channel by GetStream, but not by GetChannel")

    def invalid_tags(
        self, question: ChannelQuestion, occasion: str, held: Held, policy: Policy
    ) -> Sequence[Outcome]:
        """The report of the channel's invalid tags, once."""
        fields = question.outcome_fields("", policy.mode, self._clock())
        return invalid_tags.report(held, policy, occasion=occasion, fields=fields)

    def look_again(self, question: ChannelQuestion, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Send the look-again messages of these outcomes; returns each outcome once, with the tags.

        Call it after the lease is released: what is already due arrives at once.
        """
        for outcome in outcomes:
            if isinstance(outcome, WillLookAgain):
                look = question.again(outcome.purpose, outcome.due)
                self._look_agains.ask(look, now=self._clock())
        tags = self._tags_for(question)
        once = {each.id: each.model_copy(update={"tags": tags}) for each in outcomes}
        return list(once.values())

    def _tags_for(self, question: ChannelQuestion) -> Mapping[str, str] | None:
        """The tags that this question was decided on; None where it took none."""
        judged, self._judged = self._judged, None
        return judged[1] if judged is not None and judged[0] is question else None
