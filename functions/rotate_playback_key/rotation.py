"""Replaces the playback key pair so that the next invocation can finish after a crash at any point.

The intent names the version of the secret that holds the new private key, and the imported pair
carries it as a tag: whoever finds the intent open finds both again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from ivskit import names
from ivskit.arns import resource_id
from ivskit.automation.memory import Held
from ivskit.automation.messages.delivery import LookAgains
from ivskit.automation.messages.look_again import LookAtPlayback, PlaybackPurpose
from ivskit.automation.playback_records import Playback, PlaybackIntent, PlaybackPair
from ivskit.automation.record import Why
from ivskit.client import Ivs
from ivskit.errors import Conflict, QuotaExceeded, Unavailable
from ivskit.outcomes import (
    Outcome,
    PlaybackKeyDeleted,
    PlaybackKeyRotated,
    PlaybackRotationSkipped,
)
from ivskit.playback_secret import StoredPair
from ivskit.policy.playback import PlaybackSettings
from rotate_playback_key.decide import Listed, Question, cause_of_retirement
from rotate_playback_key.generating import new_pair
from rotate_playback_key.store import PairStore

VERIFY_AFTER = timedelta(minutes=1)


class PairRotation:
    """Changes the pairs; its calls are made under their lease."""

    def __init__(
        self,
        ivs: Ivs,
        store: PairStore,
        look_agains: LookAgains,
        *,
        stage: str,
        settings: PlaybackSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._ivs = ivs
        self._store = store
        self._look_agains = look_agains
        self._stage = stage
        self._settings = settings
        self._clock = clock

    def pairs(self) -> Sequence[Listed]:
        """All pairs of the region."""
        return [
            Listed(each.arn, self._made_for(each.tags)) for each in self._ivs.playback_keys.list()
        ]

    def _made_for(self, tags: Any) -> str | None:
        is_ours = tags.get(names.TAG_PLAYBACK_STAGE) == self._stage
        return tags.get(names.TAG_PLAYBACK_VERSION, "") if is_ours else None

    def rotate(
        self, held: Held, question: Question, pairs: Sequence[Listed], *, cause: str, reason: str
    ) -> list[Outcome]:
        """Make a new pair current; the former pairs are deleted when their tokens are over.

        Raises StoreRefused or StoreFails; nothing is changed then.
        """
        self._store.prove_writable()
        self._open(held, self._intent(question, cause, reason))
        return self._make(held, pairs, is_resumed=False)

    def cut(
        self, held: Held, question: Question, pairs: Sequence[str], *, reason: str
    ) -> list[Outcome]:
        """Delete these pairs at once, then make a new one current.

        A rotation that is under way is answered by the same pair.
        """
        intent = self._intent(question, question.cause, reason)
        earlier = _of(held).intent
        also = earlier.everybody if earlier is not None else ()
        gone = (*(earlier.cut if earlier is not None else ()), *pairs)
        changes = {"emergency": True, "cut": tuple(dict.fromkeys(gone)), "also": also}
        self._open(held, intent.model_copy(update=changes))
        for arn in pairs:
            self._ivs.playback_keys.delete(arn)
        self._store.prove_writable()
        return self._make(held, [], is_resumed=False)

    def mend(self, held: Held) -> list[Outcome]:
        """Finish an open rotation, if there is one."""
        intent = _of(held).intent
        if intent is None:
            return []
        pairs = self.pairs()
        if intent.emergency:
            pairs = self._without_others(pairs, intent)
        self._store.prove_writable()
        return self._make(held, pairs, is_resumed=True)

    def _without_others(self, pairs: Sequence[Listed], intent: PlaybackIntent) -> Sequence[Listed]:
        """Delete all pairs but the new one, as far as ivskit may; the rest is returned."""
        named = self._settings.replaces
        ours = [pair for pair in pairs if pair.made_for is not None or pair.arn in named]
        others = [pair for pair in ours if pair.made_for != intent.pending]
        for pair in others:
            self._ivs.playback_keys.delete(pair.arn)
        return [pair for pair in pairs if pair not in others]

    def delete(
        self, held: Held, due: Sequence[PlaybackPair], pairs: Sequence[Listed]
    ) -> list[Outcome]:
        """Delete former pairs, of those that IVS has.

        The role may delete what carries the tag of the stage, and so nothing that is gone.
        """
        there = {pair.arn for pair in pairs}
        outcomes: list[Outcome] = []
        for pair in due:
            if pair.arn in there:
                self._ivs.playback_keys.delete(pair.arn)
            known = _of(held)
            left = tuple(each for each in known.old if each.arn != pair.arn)
            why = Why(
                cause=cause_of_retirement(pair.cause, resource_id(pair.arn)),
                reason="the tokens that the former pair signed are over",
                event_id=pair.event_id,
                sender=pair.sender,
            )
            deleted = self._deleted(why, pair.arn)
            held.write(
                playback=known.model_copy(update={"old": left}),
                causes=held.remembered.with_answer(deleted),
            )
            outcomes.append(deleted)
        return outcomes

    def restore(self, held: Held, current: PlaybackPair, *, cause: str) -> None:
        """Let readers of the secret get the current pair again."""
        pair = self._store.read(current.version or "")
        if pair is None:
            raise Unavailable("the secret has lost the version of the current pair")
        version = self._store.make_current(pair, anew_for=cause)
        changed = current.model_copy(update={"version": version})
        held.write(playback=_of(held).model_copy(update={"current": changed}))

    def stored(self) -> str | None:
        """The version that readers of the secret get."""
        return self._store.current()

    def look(self, purpose: PlaybackPurpose, why: Why, due: datetime) -> None:
        """Ask the function to decide again then."""
        now = self._clock()
        look = LookAtPlayback(
            purpose=purpose, cause=why.cause, since=now, due=due, event_id=why.event_id
        )
        self._look_agains.ask(look, now=now)

    def deleted_so_far(self, held: Held) -> list[Outcome]:
        """The outcomes of the pairs that an open emergency has deleted."""
        intent = _of(held).intent
        return [] if intent is None else self._cut_pairs(intent)

    def _intent(self, question: Question, cause: str, reason: str) -> PlaybackIntent:
        return PlaybackIntent(
            cause=cause,
            reason=reason,
            event_id=question.event_id,
            sender=question.sender,
            at=self._clock(),
            pending=str(uuid4()),
            forced=question.is_forced,
        )

    @staticmethod
    def _open(held: Held, intent: PlaybackIntent) -> None:
        held.write(playback=_of(held).model_copy(update={"intent": intent}))

    def _make(self, held: Held, pairs: Sequence[Listed], *, is_resumed: bool) -> list[Outcome]:
        """Store, import and publish the pair of the open intent, as far as that is not done."""
        intent = _opened(held)
        pair = self._store.read(intent.pending) if is_resumed else None
        if pair is None:
            pair = new_pair(self._clock())
            self._store.put_pending(intent.pending, pair)
        made = [each.arn for each in pairs if each.made_for == intent.pending]
        try:
            arn = made[0] if made else self._imported(intent, pair)
        except QuotaExceeded as error:
            return self._withdraw(held, intent, str(error))
        # An emergency may have taken the lease over, and decides about this pair.
        held.confirm()
        version = self._store.make_current(pair.model_copy(update={"playback_key_arn": arn}))
        return self._close(held, arn, version, pairs)

    def _imported(self, intent: PlaybackIntent, pair: StoredPair) -> str:
        tags = {
            names.TAG_PLAYBACK_STAGE: self._stage,
            names.TAG_PLAYBACK_VERSION: intent.pending,
        }
        try:
            added = self._ivs.playback_keys.add(
                pair.public_key, name=f"ivskit-{self._stage}", tags=tags
            )
        except Conflict as error:
            raise Unavailable("the pair is imported, and not listed yet") from error
        return added.arn

    def _withdraw(self, held: Held, intent: PlaybackIntent, error: str) -> list[Outcome]:
        """Nothing was changed, or what was cut stays cut: there is no room for another pair."""
        now = self._clock()
        outcomes = [
            PlaybackRotationSkipped(
                **why.model_dump() | {"reason": f"no pair was imported: {error}"},
                mode="enforce",
                at=now,
            )
            for why in intent.everybody
        ]
        playback = _of(held).model_copy(update={"intent": None})
        cut = self._cut_pairs(intent)
        held.write(playback=playback, causes=held.remembered.with_answer(*outcomes, *cut))
        return [*cut, *outcomes]

    def _close(self, held: Held, arn: str, version: str, pairs: Sequence[Listed]) -> list[Outcome]:
        intent, now = _opened(held), self._clock()
        old = self._former(_of(held), intent, pairs, now)
        due = max((pair.delete_at for pair in old if pair.delete_at), default=None)
        first = intent.everybody[0]
        self.look("verify playback key", first, now + VERIFY_AFTER)
        if due is not None:
            self.look("retire playback key", first, due)
        outcomes = [
            PlaybackKeyRotated(
                **why.model_dump(),
                mode="enforce",
                at=now,
                playback_key_arn=arn,
                version=version,
                emergency=intent.emergency,
                delete_at=due,
            )
            for why in intent.everybody
        ]
        current = PlaybackPair(arn=arn, made_at=now, version=version)
        cut = self._cut_pairs(intent)
        # The first of a cause is its answer.
        causes = held.remembered.with_answer(*outcomes, *cut)
        held.write(playback=Playback(current=current, old=old), causes=causes)
        return [*cut, *outcomes]

    def _former(
        self, known: Playback, intent: PlaybackIntent, pairs: Sequence[Listed], now: datetime
    ) -> tuple[PlaybackPair, ...]:
        """The pairs to be deleted later: those before, and all others of ours that IVS has."""
        if intent.emergency:
            return ()
        why = {name: getattr(intent, name) for name in ("cause", "event_id", "sender", "forced")}
        # A schedule knows whole seconds only, and must not fire too early.
        due = (now + self._settings.outlives).replace(microsecond=0) + timedelta(seconds=1)
        over = {**why, "delete_at": due}
        waiting = {pair.arn for pair in known.old}
        others = [pair for pair in pairs if self._is_to_go(pair, intent)]
        more = [
            PlaybackPair(arn=pair.arn, made_at=now, **over)
            for pair in others
            if pair.arn not in waiting
        ]
        return (*known.old, *more)

    def _is_to_go(self, pair: Listed, intent: PlaybackIntent) -> bool:
        is_new = pair.made_for == intent.pending
        return not is_new and (pair.made_for is not None or pair.arn in self._settings.replaces)

    def _cut_pairs(self, intent: PlaybackIntent) -> list[Outcome]:
        why = intent.everybody[0]
        reason = {"reason": "an emergency voids every token that it signed"}
        voided = why.model_copy(update=reason)
        return [self._deleted(voided, arn) for arn in intent.cut]

    def _deleted(self, why: Why, arn: str) -> Outcome:
        return PlaybackKeyDeleted(
            **why.model_dump(), mode="enforce", at=self._clock(), playback_key_arn=arn
        )


def _of(held: Held) -> Playback:
    return held.remembered.playback or Playback()


def _opened(held: Held) -> PlaybackIntent:
    intent = _of(held).intent
    if intent is None:
        raise ValueError("no rotation is open")
    return intent
