"""Whether the playback key pair is replaced, as a table."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit.automation.playback_records import Playback, PlaybackPair
from ivskit.automation.questions import ID_OF_ANOTHER
from ivskit.automation.records import Remembered
from ivskit.commands import RotatePlaybackKey
from ivskit.outcomes import CommandRefused, PlaybackKeyDeleted, PlaybackKeyRotated
from ivskit.policy import PolicySettings
from ivskit.policy.playback import PlaybackSettings
from rotate_playback_key.decide import (
    IN_ORDER,
    NONE_DUE,
    Cut,
    Decision,
    Facts,
    Listed,
    Question,
    Refuse,
    Repeat,
    Restore,
    Rotate,
    Skip,
    Wait,
    cause_of_retirement,
    decide,
    due_to_be_deleted,
)

NOW = datetime(2026, 11, 20, 16, 47, 31, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ARN = "arn:aws:ivs:us-west-2:123456789012:playback-key/"
MANAGED = PolicySettings().of({"ivskit:managed": "true"}, stage="dev")
OBSERVED = MANAGED.model_copy(update={"mode": "observe", "is_observed": True})
PAUSED = MANAGED.model_copy(update={"mode": "observe", "paused": "paused by jane"})
OURS, THEIRS = Listed(f"{ARN}ours", "v0"), Listed(f"{ARN}theirs")
CURRENT = PlaybackPair(arn=OURS.arn, made_at=NOW - 2 * DAY, version="v1")
FORMER = PlaybackPair(arn=f"{ARN}former", made_at=NOW - DAY, delete_at=NOW, cause="c0")
FORCED = FORMER.model_copy(update={"forced": True})
LATER = FORMER.model_copy(update={"delete_at": NOW + MINUTE})
OWN = LATER.model_copy(update={"cause": "c"})
ROTATED = PlaybackKeyRotated(
    cause="c", reason="r", mode="enforce", at=NOW, event_id="e", playback_key_arn=ARN + "x",
    version="v",
)  # fmt: skip
DELETED = PlaybackKeyDeleted(
    cause=cause_of_retirement("c", "x"), reason="r", mode="enforce", at=NOW, event_id="e",
    playback_key_arn=ARN + "x",
)  # fmt: skip


def facts(
    *pairs: Listed,
    policy: Any = MANAGED,
    current: PlaybackPair | None = CURRENT,
    old: tuple[PlaybackPair, ...] = (),
    known: tuple[Any, ...] = (),
    stored: str | None = "v1",
    **settings: Any,
) -> Facts:
    """What is known, where IVS has these pairs."""
    causes = Remembered().with_answer(*known) if known else ()
    return Facts(
        now=NOW,
        policy=policy,
        remembered=Remembered(playback=Playback(current=current, old=old), causes=causes),
        settings=PlaybackSettings.model_validate(settings),
        pairs=pairs,
        stored=stored,
    )


def asked(by: Any, *, emergency: bool = False, force: bool = False) -> Question:
    """A question under the cause c."""
    command = RotatePlaybackKey.issue(emergency=emergency, force=force)
    return Question(
        by=by,
        cause="c",
        since=NOW,
        event_id="e",
        reason="asked",
        command=command if by == "command" else None,
    )


REFUSED = CommandRefused(
    cause="c", reason="r", mode="enforce", at=NOW, event_id="e", command="Rotate Playback Key",
    errors=("r",), original="{}",
)  # fmt: skip
OF_ANOTHER = REFUSED.model_copy(update={"command": "Stop Stream"})
OUT = "asked; every token of the deleted pairs is void: who is to stay needs a new one"
FORCE = "observing only: send the command with force to act anyway"
FULL = "the region has 3 playback key pairs, of which {} are not of ivskit, and IVS allows 3"
ROTATE = Rotate("asked", "c")


@pytest.mark.parametrize(
    ("known", "question", "expected"),
    [
        (facts(), asked("command"), ROTATE),
        (facts(OURS), asked("command"), ROTATE),
        (facts(OURS, THEIRS), asked("command", emergency=True), Cut(
            f"{OUT}; 1 pair(s) that ivskit did not make still work: see playback.replaces",
            [OURS.arn],
        )),
        (facts(OURS, THEIRS, replaces=[THEIRS.arn]), asked("command", emergency=True), Cut(
            OUT, [OURS.arn, THEIRS.arn]
        )),
        (facts(policy=OBSERVED), asked("command"), Refuse(
            f"{FORCE}; the playback key pair would be replaced"
        )),
        (facts(policy=OBSERVED), asked("command", force=True), ROTATE),
        (facts(policy=PAUSED), asked("command"), ROTATE),
        (facts(OURS, OURS, THEIRS), asked("command"), Refuse(FULL.format(1))),
        (facts(OURS, OURS, THEIRS, old=(LATER,)), asked("command"), Refuse(
            f"{FULL.format(1)}; the next is deleted at {LATER.delete_at}"
        )),
        (facts(THEIRS, THEIRS, THEIRS), asked("command", emergency=True), Refuse(FULL.format(3))),
        (facts(known=(ROTATED,)), asked("command"), Repeat((ROTATED,))),
        (facts(known=(REFUSED,)), asked("command"), Repeat((REFUSED,))),
        (facts(known=(OF_ANOTHER,)), asked("command"), Refuse(ID_OF_ANOTHER, is_answer=False)),
        (facts(OURS), asked("verify playback key"), Skip(IN_ORDER)),
        (facts(current=None), asked("verify playback key"), Skip(IN_ORDER)),
        (facts(OURS, stored="v2"), asked("verify playback key"), Restore(CURRENT)),
        (facts(OURS, stored="v2", policy=PAUSED), asked("verify playback key"), Skip(
            "paused by jane: the store would get the current pair again"
        )),
        (facts(), asked("verify playback key"), Rotate(
            "the current pair was deleted elsewhere", "c: pair lost"
        )),
        (facts(THEIRS, THEIRS, THEIRS), asked("verify playback key"), Skip(FULL.format(3))),
        (facts(OURS, stored=None), asked("verify playback key"), Rotate(
            "the store lost the current pair", "c: pair lost"
        )),
        (facts(OURS), asked("age"), Skip("playback.rotate is off")),
        (facts(OURS, rotate="3d"), asked("age"), Skip("the pair is younger than 3d")),
        (facts(OURS, rotate="2d"), asked("age"), Rotate("the pair is older than 2d", "c")),
        (facts(current=None, rotate="2d"), asked("age"), Rotate(
            "ivskit has made no pair yet", "c"
        )),
        (facts(OURS, rotate="2d", policy=OBSERVED), asked("age"), Skip(
            "observing only: the pair would be replaced, since the pair is older than 2d"
        )),
        (facts(OURS), asked("retire playback key"), Skip(NONE_DUE)),
        (facts(OURS, old=(LATER,)), asked("retire playback key"), Skip(NONE_DUE)),
        (facts(OURS, old=(OWN,)), asked("retire playback key"), Wait(
            NOW + MINUTE, "the former pair is not due yet", "retire playback key"
        )),
        (facts(OURS, known=(DELETED,)), asked("retire playback key"), Repeat((DELETED,))),
        (facts(OURS, old=(FORMER,), policy=OBSERVED), asked("retire playback key"), Wait(
            NOW + 60 * MINUTE,
            "observing only: the former pair would be deleted",
            "retire playback key",
        )),
        (facts(OURS, old=(FORMER,), policy=PAUSED), asked("retire playback key"), Wait(
            NOW + 16 * MINUTE,
            "paused by jane: the former pair would be deleted",
            "retire playback key",
        )),
        (facts(OURS), asked("finish playback rotation"), Skip("no rotation is open")),
    ],
)  # fmt: skip
def test_decisions(known: Facts, question: Question, expected: Decision) -> None:
    assert decide(question, known) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (facts(old=(FORMER, LATER)), [FORMER]),
        (facts(old=(FORMER,), policy=OBSERVED), []),
        (facts(old=(FORMER, FORCED), policy=OBSERVED), [FORCED]),
        (facts(old=(FORCED,), policy=PAUSED), []),
    ],
)
def test_what_is_due_to_be_deleted(known: Facts, expected: list[PlaybackPair]) -> None:
    assert due_to_be_deleted(known) == expected
