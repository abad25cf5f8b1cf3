"""From a take-down, its end, or a look at either to a report."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ivskit.automation.messages.delivery import send
from ivskit.automation.messages.fan_out import fan_out
from ivskit.automation.messages.look_again import LookAtTakeDown
from ivskit.automation.pause import Pause
from ivskit.client import Ivs
from ivskit.commands import Restore, TakeDown
from ivskit.outcomes import ChannelRestored, ChannelTakenDown, Outcome
from ivskit.outcomes.take_down import Step
from take_down.decide import LOOKS, Facts, concluded, steps_of
from take_down.environment import Environment
from take_down.looking import Looking
from take_down.reports import Kept, Reports

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from ivskit.automation.acted import Acted
    from ivskit.client.channels import Channel

# The cut needs the channel's lease, and comes first.
AFTER_THE_CUT = timedelta(seconds=15)


class Reacting:
    """Takes no lease: stop_stream must not wait for it."""

    def __init__(
        self,
        environment: Environment,
        ivs: Ivs,
        sqs: "SQSClient",
        looking: Looking,
        reports: Reports,
        pause: Pause,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._environment = environment
        self._ivs = ivs
        self._sqs = sqs
        self._looking = looking
        self._reports = reports
        self._pause = pause
        self._clock = clock

    def begin(self, command: TakeDown | Restore, event_id: str) -> list[Outcome]:
        """Have the restriction follow, and look later; what else there is to do, others do."""
        queue = self._environment.restriction_queue_url
        restricts = isinstance(command, Restore) or command.restricts
        if queue is not None and restricts:
            fan_out(self._sqs, queue, command, event_id=event_id, delay=AFTER_THE_CUT)
        now = self._clock()
        self._look(command, command.channels[0], event_id, since=now, due=now + LOOKS[0])
        return []

    def look(self, look: LookAtTakeDown) -> list[Outcome]:
        """What was reported of the command, or else what is so by now."""
        kind = TakeDown if look.purpose == "report take-down" else Restore
        command: TakeDown | Restore = kind.model_validate(dict(look.command))
        kept = self._reports.of(look.channel_arn)
        known = _report_on(command, kept)
        if known is not None:
            return [known.as_outcome(look.channel_arn)]
        return self._look_closer(command, look, kept)

    def _look_closer(
        self, command: TakeDown | Restore, look: LookAtTakeDown, kept: Kept
    ) -> list[Outcome]:
        """Report once everything is known, or at the last look; else look again."""
        channel = self._ivs.channels.find(look.channel_arn)
        if channel is None or self._is_refused(command, channel):
            return []
        facts = self._looking.facts(command, channel, since=look.since)
        steps = concluded(steps_of(command, facts), facts)
        if steps is None and facts.next_look is not None:
            due = facts.next_look
            self._look(command, channel.arn, look.event_id, since=look.since, due=due)
            return []
        report = self._report(command, channel.arn, look.event_id, steps or (), facts)
        return [self._reports.keep(channel.arn, report, kept=kept)]

    def _is_refused(self, command: TakeDown | Restore, channel: "Channel") -> bool:
        """Whether stop_stream has refused the command as a whole, which needs no report."""
        policy = self._pause.over(self._environment.policy_of(channel.tags))
        if policy.objection_to_command(force=command.force) is None:
            return False
        blocked = self._looking.remembered(channel.arn).blocked
        return blocked is None or blocked.command_id != command.command_id

    def _look(
        self,
        command: TakeDown | Restore,
        channel_arn: str,
        event_id: str,
        *,
        since: datetime,
        due: datetime,
    ) -> None:
        purpose = "report take-down" if isinstance(command, TakeDown) else "report restore"
        look = LookAtTakeDown(
            channel_arn=channel_arn,
            purpose=purpose,
            cause=command.command_id,
            since=since,
            due=due,
            event_id=event_id,
            command=command.model_dump(mode="json", exclude_unset=True, exclude_none=True),
        )
        send(self._sqs, self._environment.queue_url, look, now=self._clock())

    def _report(
        self,
        command: TakeDown | Restore,
        channel_arn: str,
        event_id: str,
        steps: Sequence[Step],
        facts: Facts,
    ) -> Outcome:
        recorded = facts.recorded
        fields: dict[str, Any] = {
            "cause": command.command_id,
            "channel_arn": channel_arn,
            "reason": command.reason or "commanded",
            "sender": command.sender,
            "mode": "enforce",
            "at": self._clock(),
            "event_id": event_id,
            "steps": tuple(steps),
            "failed": tuple(step.step for step in steps if step.state == "failed"),
            "recording_place": recorded.place if recorded is not None else None,
        }
        return _model(command)(**fields)


def _model(command: TakeDown | Restore) -> type[ChannelTakenDown | ChannelRestored]:
    return ChannelTakenDown if isinstance(command, TakeDown) else ChannelRestored


def _report_on(command: TakeDown | Restore, kept: Kept) -> "Acted | None":
    about = command.command_id, _model(command).name
    return next((each for each in kept.values() if (each.cause, each.outcome) == about), None)
