"""The agenda: in order, each at its moment, and nothing that was cancelled."""

from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from threading import RLock

import pytest

from ivs_emulator.agenda import Agenda
from ivs_emulator.failures import Failures

START = datetime(2026, 1, 1, tzinfo=UTC)


def after(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def note(ran: list[tuple[str, datetime]], name: str, due: datetime) -> None:
    ran.append((name, due))


def test_actions_run_in_the_order_they_are_due_with_the_time_that_they_were_due() -> None:
    agenda, ran = Agenda(RLock()), list[tuple[str, datetime]]()
    for name, seconds in (("late", 20), ("first", 5), ("second", 5)):
        agenda.add(after(seconds), partial(note, ran, name))

    assert agenda.next_due() == after(5)
    agenda.run_due(after(19))

    assert ran == [("first", after(5)), ("second", after(5))]
    assert agenda.next_due() == after(20)


def test_what_an_action_adds_is_run_too_if_it_is_due() -> None:
    agenda, ran = Agenda(RLock()), list[datetime]()

    def again(due: datetime) -> None:
        ran.append(due)
        agenda.add(due + timedelta(seconds=10), again)

    agenda.add(after(0), again)
    agenda.run_due(after(25))

    assert ran == [after(0), after(10), after(20)]
    assert agenda.next_due() == after(30)


def test_cancelling_a_thing_cancels_its_parts_and_nothing_beside_it() -> None:
    agenda, ran = Agenda(RLock()), list[tuple[str, datetime]]()
    abouts: list[tuple[str, ...]] = [("a",), ("a", "x"), ("b", "a"), ()]
    for about in abouts:
        agenda.add(after(0), partial(note, ran, "/".join(about)), *about)

    agenda.cancel("a")
    agenda.run_due(after(0))

    assert [name for name, _ in ran] == ["b/a", ""]
    assert agenda.next_due() is None


def test_what_is_left_after_cancelling_is_still_in_order() -> None:
    agenda, ran = Agenda(RLock()), list[tuple[str, datetime]]()
    agenda.add(after(1), partial(note, ran, "cancelled"), "a")
    for seconds in (5, 2, 6, 7, 3):
        agenda.add(after(seconds), partial(note, ran, str(seconds)), "b")

    agenda.cancel("a")

    assert agenda.next_due() == after(2)
    agenda.run_due(after(10))
    assert [name for name, _ in ran] == ["2", "3", "5", "6", "7"]


def broken(_: datetime) -> None:
    raise ZeroDivisionError("broken")


def test_what_an_action_raises_is_a_failure_and_what_is_due_later_happens() -> None:
    failures, ran = Failures(StringIO()), list[tuple[str, datetime]]()
    agenda = Agenda(RLock(), failures)
    agenda.add(after(1), broken, "channel")
    agenda.add(after(2), partial(note, ran, "later"))

    agenda.run_due(after(3))

    assert [name for name, _ in ran] == ["later"]
    (failure,) = failures.latest()
    assert (failure.at, failure.about) == (after(1), ("channel",))
    assert failure.error == "ZeroDivisionError: broken"


def test_without_anybody_to_hear_of_failures_an_action_raises_to_whoever_lets_time_pass() -> None:
    agenda, ran = Agenda(RLock()), list[tuple[str, datetime]]()
    agenda.add(after(1), broken)
    agenda.add(after(2), partial(note, ran, "later"))

    with pytest.raises(ZeroDivisionError):
        agenda.run_due(after(3))
    agenda.run_due(after(3))

    assert [name for name, _ in ran] == ["later"]
