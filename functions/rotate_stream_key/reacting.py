"""From a question about a channel's key to what was done about it, alone on the channel."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from ivskit import bad_tags
from ivskit.client import Ivs
from ivskit.client.channels import Channel
from ivskit.errors import FROM_BOTOCORE, IvsError, LeaseHeld, NotFound, Unavailable
from ivskit.look_again import LookAgains
from ivskit.memory import Held, LeaseLost, Memory
from ivskit.outcomes import Outcome, StreamKeyKept, StreamKeyNotDelivered, WillLookAgain
from ivskit.pause import Pause
from ivskit.policy import WHILE_PAUSED, Policy
from ivskit.policy_tags import is_blocked
from ivskit.refusals import objection
from ivskit.remembered import Intent
from ivskit.rotation import PATIENCE, Rotation
from ivskit.store.copies import StoreFails, StoreRefused
from ivskit.wishes import Mode
from rotate_stream_key.decide import (
    AS_DELIVERED,
    GRACE_OVER,
    Agree,
    Decision,
    Facts,
    Keep,
    Offer,
    Refuse,
    Repeat,
    Request,
    Restore,
    Rotate,
    Wait,
    decide,
)
from rotate_stream_key.environment import Environment

# How long after the last try a rotation that is open is tried anew.
TRY_AGAIN_AFTER = timedelta(minutes=10)
_BY_PEOPLE = ("command", "late command", "finish rotation")
_BY_AGE = ("grace over", "check key")
# When a channel is looked at that others have been at work on all the time.
SHORTLY = timedelta(minutes=1)


class Reacting:
    """Decides under the channel's lease, and has it carried out."""

    def __init__(
        self,
        environment: Environment,
        ivs: Ivs,
        memory: Memory,
        rotation: Rotation,
        look_agains: LookAgains,
        pause: Pause,
        *,
        is_last_try: Callable[[], bool],
        first_received: Callable[[], datetime],
        clock: Callable[[], datetime],
    ) -> None:
        self._is_last_try = is_last_try
        self._first_received = first_received
        self._environment = environment
        self._ivs = ivs
        self._memory = memory
        self._rotation = rotation
        self._look_agains = look_agains
        self._pause = pause
        self._clock = clock

    def to(self, request: Request) -> list[Outcome]:
        """What was done about it, and what else the lease was used for."""
        try:
            with self._memory.lease(request.channel_arn) as held:
                outcomes = self._answer_or_put_off(request, held)
        except LeaseHeld as error:
            if request.is_command or not self._is_last_try():
                raise
            outcomes = [self._ask_later(request, str(error), SHORTLY)]
        for outcome in outcomes:
            if isinstance(outcome, WillLookAgain):
                # Not before the lease is free: what is due already comes back at once.
                look = request.again(outcome.purpose, outcome.due)
                self._look_agains.ask(look, now=self._clock())
        return list({each.id: each for each in outcomes}.values())

    def _answer_or_put_off(self, request: Request, held: Held) -> list[Outcome]:
        """A rotation that is open outlives any outage: its record never ends in dead letters."""
        try:
            return self._answer(request, held)
        except NotFound:
            return [self._gone(request)]
        except (IvsError, *FROM_BOTOCORE) as error:
            intent = held.remembered.intent
            if intent is None or isinstance(error, LeaseLost) or not self._is_last_try():
                raise
            return self._still_open(request, intent, str(error))

    def _still_open(self, request: Request, intent: Intent, error: str) -> list[Outcome]:
        now = self._clock()
        told = {
            **intent.why().model_dump(),
            "reason": f"no key could be made yet: {error}",
            "channel_arn": request.channel_arn,
            "mode": "enforce",
            "at": now,
        }
        due = now + TRY_AGAIN_AFTER
        return [
            StreamKeyNotDelivered(**told),
            WillLookAgain(**told, purpose="finish rotation", due=due),
        ]

    def _ask_later(self, request: Request, reason: str, after: timedelta) -> Outcome:
        now = self._clock()
        told = request.told(reason, "enforce", now)
        return WillLookAgain(**told, purpose=_anew(request), due=now + after)

    def _answer(self, request: Request, held: Held) -> list[Outcome]:
        answer = self._at_once(request, held)
        if answer:
            return answer
        channel = self._ivs.channels.find(request.channel_arn)
        if channel is None:
            return [self._gone(request)]
        held.adopt_block(is_tagged=is_blocked(channel.tags))
        held.drop_block(is_tagged=is_blocked(channel.tags))
        # Before anything else: a channel must not stay without the key it was promised.
        mended = self._rotation.mend(held, channel)
        if mended and request.by == "finish rotation":
            return mended
        if request.by == "late command":
            known = held.remembered.answer_to(request.cause, request.channel_arn)
            return [*mended, *([known] if known is not None else [])]
        return [*mended, *self._decide_and_do(request, held, channel)]

    def _at_once(self, request: Request, held: Held) -> list[Outcome]:
        """What is answered without asking for the channel."""
        remembered, mode = held.remembered, self._environment.policy.mode
        match request.by:
            case "verify key" if self._is_as_delivered(request, held):
                return [self._kept(request, AS_DELIVERED, mode)]
            case "finish rotation" if remembered.intent and remembered.intent.ingest_endpoint:
                return self._rotation.finish(held, request.channel_arn)
            case "stream end":
                self._note(request, held)
                known = remembered.answer_to(request.cause, request.channel_arn)
                if known is not None:
                    return [known]
                if remembered.intent is not None and remembered.intent.cause == request.cause:
                    return [self._kept(request, "a stop has its key replaced already", mode)]
        return []

    def _gone(self, request: Request) -> Outcome:
        """What is remembered stays: ids are never reused, and IVS may err for a moment."""
        reason, mode = "there is no such channel", self._environment.policy.mode
        if not request.is_command:
            return self._kept(request, reason, mode)
        try:
            self._ivs.streams.get(request.channel_arn)
        except NotFound:
            return objection(request, reason, mode=mode, at=self._clock())
        raise Unavailable("IVS knows the channel in one place, and not in another")

    def _is_as_delivered(self, request: Request, held: Held) -> bool:
        remembered = held.remembered
        if remembered.intent is not None:
            return False
        return self._rotation.key_is_there(request.channel_arn, remembered.key)

    def _decide_and_do(self, request: Request, held: Held, channel: Channel) -> list[Outcome]:
        policy = self._pause.over(self._environment.policy_of(channel.tags))
        decision = self._decide(request, held, policy)
        adopted = self._adopt(decision, request, held, channel, policy.mode)
        answers = self._carry_out(decision, request, held, channel, policy.mode)
        told = request.told("", policy.mode, self._clock())
        occasion = f"{request.by}: {request.cause}"
        reports = bad_tags.report(held, policy, occasion=occasion, told=told)
        return [*reports, *adopted, *answers]

    def _adopt(
        self, decision: Decision, request: Request, held: Held, channel: Channel, mode: Mode
    ) -> list[Outcome]:
        """What is done about a key that somebody else made, and that is met now."""
        if not isinstance(decision, Keep) or decision.adopt is None:
            return []
        if mode == "observe":
            self._rotation.remember(held, decision.adopt)
            return []
        cause = f"{request.cause}: key met"
        met = self._rotation.agree(held, channel, cause=cause, event_id=request.event_id)
        return [met] if met is not None else []

    @staticmethod
    def _note(request: Request, held: Held) -> None:
        """The sweep re-emits the end of a session that no function has seen."""
        if request.by == "stream end" and request.stream_id is not None:
            held.note(session=held.remembered.heard(request.stream_id, ended_at=request.since))

    def _decide(self, request: Request, held: Held, policy: Policy) -> Decision:
        leaves = self._environment.keys.adopt == "leave"
        facts = Facts(self._clock(), policy, held.remembered, leaves_others=leaves)
        if request.by == "verify key":
            there = self._rotation.key_is_there(request.channel_arn, held.remembered.key)
            facts = replace(facts, key_is_there=there)
        elif request.by not in ("stream end", "finish rotation"):
            live = self._ivs.streams.live_stream_id(request.channel_arn)
            facts = replace(facts, live_stream_id=live)
        facts = replace(facts, key_arn=self._current_key_arn(request, facts))
        return decide(request, facts)

    def _current_key_arn(self, request: Request, facts: Facts) -> str | None:
        """Asked only where it matters that somebody else may have made the key."""
        by_age = isinstance(facts.policy.rotate, timedelta) and request.by in _BY_AGE
        if request.by in _BY_PEOPLE or not (by_age or facts.leaves_others):
            return None
        key = self._ivs.stream_keys.of(request.channel_arn)
        return key.arn if key else None

    def _carry_out(
        self, decision: Decision, request: Request, held: Held, channel: Channel, mode: Mode
    ) -> list[Outcome]:
        match decision:
            case Rotate() | Restore() | Agree() | Offer():
                return self._act(decision, request, held, channel)
            case Wait(due, reason, purpose):
                told = request.told(reason, mode, self._clock())
                return [WillLookAgain(**told, purpose=purpose, due=due)]
            case Repeat(outcome):
                return [outcome]
            case Refuse(reason, is_answer):
                return [self._refuse(request, held, reason, mode, is_answer=is_answer)]
            case Keep(reason):
                return [self._keep(request, held, reason, mode)]

    def _act(
        self,
        decision: Rotate | Restore | Agree | Offer,
        request: Request,
        held: Held,
        channel: Channel,
    ) -> list[Outcome]:
        intent = Intent(**request.why(), at=self._clock())
        match decision:
            case Rotate():
                return self._rotate(request, held, channel, intent)
            case Restore(reason):
                lost = {"cause": f"{request.cause}: key lost", "reason": reason}
                return self._rotation.restore(held, channel, intent.model_copy(update=lost))
            case Agree() | Offer():
                why = {"cause": request.cause, "event_id": request.event_id}
                is_check = isinstance(decision, Agree)
                made_good = self._rotation.agree if is_check else self._rotation.offer
                agreed = made_good(held, channel, **why)
                return [agreed or self._kept(request, "key, memory and store agree", "enforce")]

    def _rotate(
        self, request: Request, held: Held, channel: Channel, intent: Intent
    ) -> list[Outcome]:
        try:
            return self._rotation.rotate(held, channel, intent)
        except StoreRefused as refused:
            return [self._unstored(request, held, refused)]
        except StoreFails as failure:
            if self._clock() - self._first_received() < PATIENCE:
                raise
            if request.is_command:
                return [self._unstored(request, held, failure)]
            return [self._ask_later(request, str(failure), WHILE_PAUSED)]

    def _unstored(self, request: Request, held: Held, error: StoreRefused | StoreFails) -> Outcome:
        reason = f"the key stays, since its successor could not be delivered: {error}"
        if request.is_command:
            return self._refuse(request, held, reason, "enforce")
        return self._kept(request, reason, "enforce")

    def _refuse(
        self, request: Request, held: Held, reason: str, mode: Mode, *, is_answer: bool = True
    ) -> Outcome:
        refused = objection(request, reason, mode=mode, at=self._clock())
        if is_answer:
            held.write(causes=held.remembered.with_answer(refused))
        return refused

    def _keep(self, request: Request, held: Held, reason: str, mode: Mode) -> Outcome:
        kept = self._kept(request, reason, mode)
        if request.is_command:
            # A person is answered once: the same command read twice must not act later.
            held.write(causes=held.remembered.with_answer(kept))
        return kept

    def _kept(self, request: Request, reason: str, mode: Mode) -> Outcome:
        return StreamKeyKept(**request.told(reason, mode, self._clock()))


def _anew(request: Request) -> str:
    """The purpose for which the same question is asked later."""
    return GRACE_OVER if request.by == "stream end" else request.by
