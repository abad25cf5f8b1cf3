"""From the end of a stream to a job that revokes its audience, or a reason for none."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ivskit import audience, names
from ivskit.automation.consumer import NotForUs
from ivskit.automation.messages.delivery import LookAgains
from ivskit.automation.messages.look_again import LookAgain
from ivskit.changes import StreamStateChange
from ivskit.client import Ivs
from ivskit.commands import RevokeViewers
from ivskit.errors import IvsError
from ivskit.jobs.records import Begun
from ivskit.outcomes import Outcome, RevocationSkipped, WillLookAgain
from ivskit.policy.values import Mode
from plan_revocation.channels import PolicyOf
from plan_revocation.decide import Facts, Question, Revoke, Skip, Wait, decide
from plan_revocation.planning import NobodyNamed, Planner

_REASON = "the stream ended and did not come back"
# By a schedule, since Lambda stops a loop through a queue after 16 rounds.
_NEXT_TRY = timedelta(minutes=16)


def question_of(message: StreamStateChange | LookAgain, event_id: str) -> Question:
    """The question that a message asks; raises NotForUs."""
    match message:
        case StreamStateChange() if message.detail.event_name == names.STREAM_END:
            return Question(
                by="stream end",
                channel_arn=message.channel_arn,
                cause=message.detail.stream_id,
                stream_id=message.detail.stream_id,
                since=message.time,
                event_id=event_id,
                reason=_REASON,
            )
        case LookAgain(purpose="audience leaves"):
            return Question(
                by="audience leaves",
                channel_arn=message.channel_arn,
                cause=message.cause,
                stream_id=message.cause,
                since=message.since,
                event_id=event_id,
                reason=_REASON,
            )
    raise NotForUs(f"plan_revocation does not react to {message!r}")


class AfterStream:
    """Revokes the audience of a stream, if the channel's policy says so."""

    def __init__(
        self,
        ivs: Ivs,
        planner: Planner,
        look_agains: LookAgains,
        policy_of: PolicyOf,
        *,
        mode: Mode,
        clock: Callable[[], datetime],
    ) -> None:
        self._ivs = ivs
        self._planner = planner
        self._look_agains = look_agains
        self._policy_of = policy_of
        self._mode = mode
        self._clock = clock

    def react(self, question: Question) -> list[Outcome]:
        """Decide on fresh facts, and carry the decision out."""
        channel = self._ivs.channels.find(question.channel_arn)
        if channel is None:
            return [self._skipped(question, "there is no such channel", self._mode)]
        policy = self._policy_of(channel.tags)
        facts = Facts(self._clock(), policy, self._live(question))
        match decide(question, facts):
            case Revoke():
                try:
                    return self._planner.begin(*self._job(question))
                except NobodyNamed as error:
                    return [self._skipped(question, str(error), policy.mode)]
            case Wait(due, reason):
                return [self._put_off(question, due, reason, policy.mode)]
            case Skip(reason):
                return [self._skipped(question, reason, policy.mode)]

    def postpone(self, question: Question, error: IvsError) -> list[Outcome]:
        """Decide later, where IVS was unavailable at every try of a record.

        Not for ever: after 72 hours all recorded viewers of the stream have expired.
        """
        now = self._clock()
        if now - question.since > audience.KEPT:
            return [
                self._skipped(question, f"IVS was unavailable for too long: {error}", self._mode)
            ]
        reason = f"IVS was unavailable: {error}"
        return [self._put_off(question, now + _NEXT_TRY, reason, self._mode)]

    def _live(self, question: Question) -> str | None:
        if question.by == "stream end":
            return None
        return self._ivs.streams.live_stream_id(question.channel_arn)

    def _job(self, question: Question) -> tuple[RevokeViewers, Begun]:
        command = RevokeViewers(
            command_id=question.cause,
            issued_at=question.since,
            reason=question.reason,
            audience_of=(question.channel_arn,),
        )
        begun = Begun(
            event_id=question.event_id,
            at=self._clock(),
            reason=question.reason,
            channel_arn=question.channel_arn,
            stream_id=question.stream_id,
            mode=self._mode,
        )
        return command, begun

    def _put_off(self, question: Question, due: datetime, reason: str, mode: Mode) -> Outcome:
        self._look_agains.ask(question.again("audience leaves", due), now=self._clock())
        fields = question.outcome_fields(reason, mode, self._clock())
        return WillLookAgain(**fields, purpose="audience leaves", due=due)

    def _skipped(self, question: Question, reason: str, mode: Mode) -> Outcome:
        return RevocationSkipped(**question.outcome_fields(reason, mode, self._clock()))
