"""The decision table: what is known of each part, and when it is reported."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit import names
from ivskit.automation.records import Blocked, Intent, Remembered
from ivskit.automation.restriction_records import Answered, Restricted
from ivskit.commands import Restore, TakeDown
from ivskit.outcomes.take_down import RecordingPlace
from take_down.decide import LOOKS, Audience, Facts, Recorded, concluded, steps_of
from tests.samples import CHANNEL

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
PLACE = RecordingPlace(bucket="recordings", prefix="ivs/v1/")
BLOCKED = Remembered(blocked=Blocked(command_id="it", issued_at=NOW, taken_down=True))
OPEN = Remembered(unblocked_at=NOW)


def take_down(**fields: Any) -> TakeDown:
    """A take-down of this moment."""
    return TakeDown.issue(command_id="it", issued_at=NOW, channel_arn=CHANNEL, **fields)


def restore() -> Restore:
    """A restore of this moment."""
    return Restore.issue(command_id="it", issued_at=NOW, channel_arn=CHANNEL)


def facts(remembered: Remembered = BLOCKED, *, after: int = 20, **given: Any) -> Facts:
    """A public channel that is down, so many seconds after the command."""
    fields = {"is_live": False, "has_key": False, "is_private": False, **given}
    now = NOW + timedelta(seconds=after)
    return Facts(now=now, since=NOW, remembered=remembered, **fields)


def answered(outcome: str, *, on: Remembered = BLOCKED) -> Remembered:
    """What restrict_playback answered."""
    cause = names.restriction_cause("it")
    answer = Answered(cause=cause, outcome=outcome, detail={"reason": "because"})
    return on.model_copy(update={"restricted": Restricted(answers=(answer,))})


RESTRICTED, LIFTED = names.PLAYBACK_RESTRICTED, names.PLAYBACK_RESTRICTION_LIFTED
POSTPONED, SKIPPED = names.PLAYBACK_RESTRICTION_POSTPONED, names.PLAYBACK_RESTRICTION_SKIPPED
WHERE = {"countries": ["DE"]}
PRIVATE: dict[str, Any] = {"is_private": True}
INTENT = Intent(cause="it: key", reason="", event_id="e", at=NOW)


@pytest.mark.parametrize(
    ("command", "known", "step", "state"),
    [
        (take_down(), facts(), "block", "done"),
        (take_down(), facts(Remembered()), "block", "pending"),
        (take_down(), facts(OPEN), "block", "failed"),
        (take_down(), facts(Remembered(unblocked_at=EARLIER)), "block", "pending"),
        (take_down(), facts(), "stream", "done"),
        (take_down(), facts(is_live=True), "stream", "pending"),
        (take_down(), facts(), "key", "done"),
        (take_down(), facts(has_key=True), "key", "pending"),
        (take_down(), facts(), "audience", "left out"),
        (take_down(), facts(**PRIVATE), "audience", "left out"),
        (take_down(), facts(**PRIVATE, audience=Audience()), "audience", "pending"),
        (take_down(), facts(after=60, **PRIVATE, audience=Audience()), "audience", "left out"),
        (take_down(), facts(**PRIVATE, audience=Audience("running")), "audience", "pending"),
        (take_down(), facts(**PRIVATE, audience=Audience("done")), "audience", "done"),
        (take_down(), facts(**PRIVATE, audience=Audience("cancelled")), "audience", "failed"),
        (
            take_down(revoke_audience=False),
            facts(**PRIVATE, audience=Audience("running")),
            "audience",
            "left out",
        ),
        (take_down(), facts(), "restriction", "left out"),
        (take_down(**WHERE), facts(), "restriction", "pending"),
        (take_down(**WHERE), facts(answered(RESTRICTED)), "restriction", "done"),
        (take_down(**WHERE), facts(answered(POSTPONED)), "restriction", "pending"),
        (take_down(**WHERE), facts(answered(SKIPPED)), "restriction", "failed"),
        (take_down(**WHERE), facts(has_restrictions=False), "restriction", "failed"),
        (take_down(), facts(), "recording", "left out"),
        (take_down(), facts(recorded=Recorded(PLACE)), "recording", "pending"),
        (take_down(), facts(recorded=Recorded(PLACE, marked_by="it")), "recording", "done"),
        (take_down(), facts(recorded=Recorded(PLACE, is_indexed=False)), "recording", "done"),
        (restore(), facts(OPEN), "block", "done"),
        (restore(), facts(), "block", "pending"),
        (
            restore(),
            facts(Remembered(blocked=Blocked(command_id="newer", issued_at=LATER))),
            "block",
            "failed",
        ),
        (restore(), facts(OPEN, has_key=True), "key", "done"),
        (restore(), facts(OPEN), "key", "pending"),
        (restore(), facts(Remembered(intent=INTENT), has_key=True), "key", "pending"),
        (restore(), facts(OPEN), "audience", "left out"),
        (restore(), facts(OPEN), "restriction", "pending"),
        (restore(), facts(answered(LIFTED, on=OPEN)), "restriction", "done"),
        (restore(), facts(answered(SKIPPED, on=OPEN)), "restriction", "left out"),
        (restore(), facts(OPEN, has_restrictions=False), "restriction", "left out"),
        (restore(), facts(OPEN), "recording", "left out"),
        (restore(), facts(OPEN, recorded=Recorded(PLACE)), "recording", "done"),
    ],
)
def test_a_step(command: TakeDown | Restore, known: Facts, step: str, state: str) -> None:
    [found] = [each for each in steps_of(command, known) if each.step == step]

    assert found.state == state, found


@pytest.mark.parametrize(("after", "is_reported"), [(20, False), (300, False), (900, True)])
def test_what_is_pending_is_looked_at_again_until_the_last_look(
    after: int, is_reported: bool
) -> None:
    known = facts(is_live=True, after=after)
    steps = concluded(steps_of(take_down(), known), known)

    assert (steps is not None) is is_reported
    assert not is_reported or {s.step: s.state for s in steps or ()}["stream"] == "failed"


def test_a_revocation_that_goes_on_has_not_failed() -> None:
    known = facts(after=900, is_private=True, audience=Audience("running", revoked=7, of=9))
    steps = {each.step: each for each in concluded(steps_of(take_down(), known), known) or ()}

    assert steps["audience"].state == "pending"
    assert steps["audience"].why == "7 of 9 viewer session(s) are revoked: see ivskit jobs"


def test_a_newer_command_ends_the_looks_at_once() -> None:
    known = facts(OPEN, has_key=True)

    assert concluded(steps_of(take_down(), known), known) is not None


def test_each_look_is_later_than_the_one_before() -> None:
    known = facts(after=0)

    assert known.next_look == NOW + LOOKS[0]
    assert facts(after=20).next_look == NOW + LOOKS[1]
    assert facts(after=900).next_look is None
