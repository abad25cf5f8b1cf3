"""Virtual time, and threads that take turns."""

import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from signal import SIGINT, pthread_kill
from threading import Event, get_ident, main_thread

import pytest

from ivskit_local.runtime.clock import Clock, NeverSettles
from ivskit_local.runtime.interleavings import interleavings
from ivskit_local.runtime.threads import Choose, Ended, Killed, Task, current_task

START = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)

note: ContextVar[str] = ContextVar("note", default="nothing")


def me() -> Task:
    task = current_task()
    assert task is not None
    return task


def caller(clock: Clock, name: str, into: list[str], calls: int = 3) -> Callable[[], None]:
    def body() -> None:
        for number in range(calls):
            clock.threads.switch(me())
            into.append(f"{name}{number}")

    return body


def run_together(names: str, *, seed: int = 0, choose: Choose | None = None) -> tuple[str, ...]:
    order: list[str] = []
    with Clock(START, seed=seed, choose=choose) as clock:
        for name in names:
            clock.threads.spawn(name, caller(clock, name, order))
        clock.run_now()
    return tuple(order)


def test_four_hours_pass_at_once() -> None:
    seen: list[datetime] = []
    with Clock(START) as clock:
        clock.at(START + timedelta(hours=4), lambda: seen.append(datetime.now(UTC)))

        clock.settle()

    assert seen == [START + timedelta(hours=4)]


def test_time_stands_still_while_nobody_moves_it() -> None:
    with Clock(START):
        assert (time.time(), datetime.now(UTC)) == (START.timestamp(), START)


def test_what_is_due_at_one_moment_happens_in_the_order_it_was_asked_for() -> None:
    seen: list[str] = []
    with Clock(START) as clock:
        for name in "abc":
            clock.at(START + timedelta(seconds=1), partial(seen.append, name))
        clock.settle()

    assert seen == ["a", "b", "c"]


def test_a_cancelled_thing_never_happens_and_is_not_waited_for() -> None:
    with Clock(START) as clock:
        clock.at(START + timedelta(seconds=1), pytest.fail).cancelled = True
        clock.settle()

        assert clock.now == START


def test_recurring_things_happen_as_time_passes_but_are_not_waited_for() -> None:
    seen: list[datetime] = []
    with Clock(START) as clock:
        clock.at(START + timedelta(minutes=5), lambda: seen.append(clock.now), recurring=True)
        clock.settle()
        assert not seen

        clock.run_for(timedelta(minutes=7))

        assert seen == [START + timedelta(minutes=5)]
        assert clock.now == START + timedelta(minutes=7)


def test_what_keeps_itself_pending_for_ever_is_reported() -> None:
    with Clock(START) as clock:

        def again() -> None:
            clock.at(clock.now + timedelta(days=1), again)

        again()
        with pytest.raises(NeverSettles):
            clock.settle()


def test_two_threads_of_three_calls_have_twenty_orders() -> None:
    orders = [run_together("ab", choose=choose) for choose in interleavings()]

    assert len(orders) == len(set(orders)) == 20


def test_the_same_seed_gives_the_same_order_and_another_seed_another() -> None:
    orders = [run_together("abcd", seed=seed) for seed in (1, 1, 2)]

    assert orders[0] == orders[1] != orders[2]


def test_one_thread_alone_never_asks_the_chooser() -> None:
    assert run_together("a", choose=lambda _: pytest.fail("asked")) == ("a0", "a1", "a2")


def test_the_chooser_gets_who_waits_in_the_order_they_came() -> None:
    choices: list[tuple[str, ...]] = []

    def last(names: Sequence[str]) -> int:
        choices.append(tuple(names))
        return len(names) - 1

    run_together("abc", choose=last)

    assert choices[0] == ("a", "b", "c")
    assert choices[-1] == ("a", "b")


def test_sleeping_parks_the_thread_and_lets_others_go() -> None:
    seen: list[tuple[str, float]] = []
    with Clock(START) as clock:

        def sleeper(name: str, seconds: float) -> Callable[[], None]:
            def body() -> None:
                clock.sleep(seconds)
                seen.append((name, (clock.now - START).total_seconds()))

            return body

        clock.threads.spawn("long", sleeper("long", 3600))
        clock.threads.spawn("short", sleeper("short", 0.5))
        clock.settle()

    assert seen == [("short", 0.5), ("long", 3600.0)]


def test_sleeping_in_the_main_thread_lets_the_worlds_time_pass() -> None:
    seen: list[datetime] = []
    with Clock(START) as clock:
        clock.at(START + timedelta(seconds=2), lambda: seen.append(clock.now))
        clock.sleep(5)

        assert clock.now == START + timedelta(seconds=5)
    assert seen == [START + timedelta(seconds=2)]


def test_an_error_in_a_thread_surfaces_in_the_main_thread() -> None:
    def body() -> None:
        raise ZeroDivisionError

    with Clock(START) as clock:
        clock.threads.spawn("broken", body)
        clock.threads.spawn("parked", caller(clock, "p", []))
        with pytest.raises(ZeroDivisionError):
            clock.settle()


def test_an_error_of_the_chooser_surfaces_in_the_main_thread() -> None:
    with pytest.raises(IndexError):
        run_together("ab", choose=lambda _: 7)


def test_a_doomed_sleeper_dies_where_it_sleeps() -> None:
    ends: list[str] = []
    with Clock(START) as clock:

        def body() -> None:
            try:
                clock.sleep(3600)
            finally:
                ends.append(f"{clock.now - START}")
                with pytest.raises(Killed):
                    clock.threads.switch(me())
                with pytest.raises(Killed):
                    clock.sleep(1)

        task = clock.threads.spawn("sleeper", body)
        clock.at(START + timedelta(seconds=30), lambda: clock.threads.doom(task, Killed()))
        clock.settle()
        clock.threads.doom(task, Killed())  # too late to matter

    assert ends == ["0:00:30"]


def test_a_thread_dies_of_what_struck_it_first() -> None:
    deaths: list[str] = []
    with Clock(START) as clock:

        def body() -> None:
            try:
                clock.sleep(3600)
            except Killed as death:
                deaths.append(str(death))
                raise

        task = clock.threads.spawn("sleeper", body)
        clock.run_now()
        for why in ("first", "second"):
            clock.threads.doom(task, Killed(why))
        clock.run_now()

    assert deaths == ["first"]


def test_a_thread_doomed_at_a_switch_point_dies_there() -> None:
    order: list[str] = []
    with Clock(START, choose=lambda _: 0) as clock:
        tasks = [clock.threads.spawn(name, caller(clock, name, order)) for name in "ab"]
        tasks.append(clock.threads.spawn("killer", lambda: clock.threads.doom(tasks[0], Killed())))
        clock.run_now()

    assert order == ["b0", "b1", "b2"]


def test_leaving_the_world_ends_every_thread() -> None:
    ends: list[str] = []
    order: list[str] = []
    with Clock(START, choose=lambda _: 0) as clock:

        def sleeper() -> None:
            try:
                clock.sleep(3600)
            except Ended:
                ends.append("ended")
                raise

        clock.threads.spawn("sleeper", sleeper)
        clock.run_now()
        clock.threads.spawn("never started", caller(clock, "n", order))

    assert (ends, order, clock.threads.tasks) == (["ended"], [], set())


def test_threads_parked_at_calls_end_with_the_world() -> None:
    def broken(_: object) -> int:
        raise ZeroDivisionError

    order: list[str] = []
    with Clock(START, choose=broken) as clock:
        clock.threads.spawn("a", caller(clock, "a", order))
        clock.threads.spawn("b", caller(clock, "b", order))
        with pytest.raises(ZeroDivisionError):
            clock.run_now()

    assert (order, clock.threads.tasks) == ([], set())


def test_ctrl_c_ends_the_thread_that_runs_too() -> None:
    def body() -> None:
        while True:
            clock.threads.switch(me())
            # Again, should the signal come just before the main thread begins to wait.
            pthread_kill(main_thread().ident or 0, SIGINT)
            Event().wait(0.2)

    with Clock(START) as clock:
        clock.threads.spawn("busy", body)
        with pytest.raises(KeyboardInterrupt):
            clock.run_now()

    assert clock.threads.tasks == set()


def test_a_thread_that_may_not_switch_keeps_the_baton() -> None:
    order: list[str] = []
    with Clock(START, choose=lambda names: len(names) - 1) as clock:

        def stubborn() -> None:
            me().may_switch = False
            caller(clock, "s", order)()

        clock.threads.spawn("other", caller(clock, "o", order))
        clock.threads.spawn("stubborn", stubborn)
        clock.run_now()

    assert order == ["s0", "s1", "s2", "o0", "o1", "o2"]


def test_a_scene_is_entered_and_left_with_the_baton() -> None:
    seen: list[str] = []

    class Scene:
        def __init__(self, name: str) -> None:
            self.name = name

        def enter(self) -> None:
            seen.append(f"{self.name}+")

        def leave(self) -> None:
            seen.append(f"{self.name}-")

    with Clock(START, choose=lambda _: 0) as clock:

        def body(name: str) -> Callable[[], None]:
            def play() -> None:
                scene = me().scene = Scene(name)
                scene.enter()
                clock.threads.switch(me())
                me().scene = None
                scene.leave()

            return play

        clock.threads.spawn("a", body("a"))
        clock.threads.spawn("b", body("b"))
        clock.run_now()

    assert "".join(seen) == "a+a-b+b-a+a-b+b-"


class Agenda:
    def __init__(self, *moments: datetime) -> None:
        self.moments = list(moments)
        self.ran: list[datetime] = []

    def next_due(self) -> datetime | None:
        return self.moments[0] if self.moments else None

    def run_due(self, now: datetime) -> None:
        self.ran.append(self.moments.pop(0))


def test_other_agendas_take_part_in_time() -> None:
    agenda = Agenda(START + timedelta(seconds=7), START + timedelta(seconds=9))
    with Clock(START) as clock:
        clock.watch(agenda)
        clock.watch(Agenda(START + timedelta(seconds=8)))
        clock.at(START + timedelta(seconds=8), lambda: agenda.ran.append(clock.now))
        clock.settle()

        assert clock.now == START + timedelta(seconds=9)
    assert agenda.ran == [START + timedelta(seconds=at) for at in (7, 8, 9)]


def test_ten_thousand_switches_take_seconds_not_minutes() -> None:
    began = time.perf_counter()
    order: list[str] = []
    with Clock(START) as clock:
        for name in "abcde":
            clock.threads.spawn(name, caller(clock, name, order, calls=2000))
        clock.run_now()

    assert len(order) == 10_000
    assert any(one[0] != other[0] for one, other in pairwise(order))
    assert time.perf_counter() - began < 5


def test_a_thread_of_the_process_runs_many_tasks_and_each_finds_nothing_of_the_other() -> None:
    seen: list[tuple[str, int]] = []

    def body() -> None:
        seen.append((note.get(), get_ident()))
        note.set("of another task")

    with Clock(START) as clock:
        for name in ("first", "second", "third"):
            clock.threads.spawn(name, body)
            clock.run_now()

    assert [text for text, _ in seen] == ["nothing"] * 3
    assert len({thread for _, thread in seen}) == 1
    assert current_task() is None
