"""Each law about what automation leaves alone, seen to be broken."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ivskit.policy import PolicySettings
from ivskit_local.runtime.calls import Call
from ivskit_local.scenarios.run import Run, Worn
from ivskit_local.scenarios.steps import Step
from tests.ivskit_local.laws.runs import (
    MANAGED,
    a_run,
    act,
    add,
    broken,
    command,
    forget_outcomes,
    go_live,
    reword,
    say_again,
)

STOP, ROTATE, BLOCK, UNBLOCK = (
    "Stop Stream",
    "Rotate Stream Key",
    "Block Channel",
    "Unblock Channel",
)
HELD = "while a channel is held, or automation is paused, only commands change it"
NEVER = "where a policy never rotates, only commands replace a key"
GRACE = "a key outlives its stream by the grace period"
NEWER = "no stream replaces a key that was made after its end"
SELDOM = "after streams, a key changes at most once in 15 minutes"
KICKED = "a stream that was kicked keeps its key"
UNDONE = "no command undoes a newer one"
NO_KEY = "a blocked channel gets no key"
ONE_ID = "a cause has one outcome of each kind"
TOO_LATE = "a command that comes too late does nothing"
TOLD = "every stop and every new key has an outcome"
SHOW = [go_live(), act("5m", "hang up")]
BOTH = [command("5m", BLOCK), command("6m", UNBLOCK)]


def pause(run: Run) -> None:
    """Somebody had paused automation from the beginning."""
    run.pauses.append(run.start)


def wear(run: Run, **tags: str) -> None:
    """The channel had other tags from the beginning."""
    wanted = {**MANAGED, **{f"ivskit:{name}": value for name, value in tags.items()}}
    run.tags_worn["show"][:] = [Worn(run.start, wanted)]


def rotate_again(run: Run, *, minutes: int) -> None:
    """The key changed once more, so long before it did."""
    [made] = [each for each in run.world.calls if each.operation == "CreateStreamKey"]
    add_before(run.world.calls, made, timedelta(minutes=minutes))
    published = next(
        each for each in run.world.published if each.event["detail-type"] == "Stream Key Rotated"
    )
    at = run.start + (made.at - run.start - timedelta(minutes=minutes))
    other = {"id": "another", "cause": "another", "at": at.isoformat()}
    detail = {**published.event["detail"], **other}
    add(run.world.published, replace(published, event={**published.event, "detail": detail}))


def add_before(calls: Sequence[Call], call: Call, by: timedelta) -> None:
    """The call was made once more, earlier."""
    assert isinstance(calls, list)
    calls.insert(calls.index(call), replace(call, at=call.at - by))


def make_key(run: Run) -> None:
    """A function made a key a few minutes after the block."""
    made = next(each for each in run.world.calls if each.operation == "CreateStreamKey")
    add(run.world.calls, replace(made, at=run.start + timedelta(minutes=15)))


def kick(run: Run) -> None:
    """The session had been kicked."""
    say_again(run, "Stream Stopped", then="kick")
    assert isinstance(run.world.published, list)
    run.world.published[:] = [
        each for each in run.world.published if each.event["detail"].get("then") != "rotate"
    ]


def age(run: Run, name: str) -> None:
    """The command had been issued a day before."""
    reword(run, name, issued_at=(run.start - timedelta(days=1)).isoformat())


@pytest.mark.parametrize(
    ("steps", "change", "law"),
    [
        (SHOW, pause, HELD),
        (SHOW, lambda run: wear(run, **{"hold-until": "2026-11-21T00:00:00Z"}), HELD),
        (SHOW, lambda run: wear(run, rotate="never"), NEVER),
        (SHOW, lambda run: rotate_again(run, minutes=5), SELDOM),
        (SHOW, lambda run: rotate_again(run, minutes=5), NEWER),
        ([go_live(), command("5m", STOP)], kick, KICKED),
        (BOTH, lambda run: age(run, UNBLOCK), UNDONE),
        ([command("1m", ROTATE), command("10m", BLOCK)], make_key, NO_KEY),
        (
            [command("1m", ROTATE)],
            lambda run: say_again(run, "Stream Key Rotated", id="another"),
            ONE_ID,
        ),
        ([command("1m", ROTATE)], lambda run: age(run, ROTATE), TOO_LATE),
        ([go_live(), command("5m", STOP)], forget_outcomes, TOLD),
        ([command("1m", ROTATE)], forget_outcomes, TOLD),
    ],
)
def test_a_law_is_kept_until_the_record_is_changed(
    steps: Sequence[Step], change: Callable[[Run], None], law: str
) -> None:
    with a_run(*steps) as run:
        assert broken(run) == []
        change(run)
        assert law in broken(run)


def test_an_unblock_that_is_retried_for_minutes_brings_a_key() -> None:
    with a_run(command("5m", BLOCK), command("10m", UNBLOCK)) as run:
        assert NO_KEY not in broken(run)
        [asked] = [each for each in run.world.deliveries if each.event["detail-type"] == UNBLOCK]
        asked.at = run.start + timedelta(minutes=1)
        assert NO_KEY not in broken(run)
        assert isinstance(run.world.published, list)
        run.world.published[:] = [
            put for put in run.world.published if put.event["detail-type"] != "Channel Unblocked"
        ]
        assert NO_KEY in broken(run)


def test_a_block_after_a_newer_unblock_that_found_none_breaks_the_law() -> None:
    with a_run(command("5m", UNBLOCK), command("6m", BLOCK)) as run:
        assert UNDONE not in broken(run)
        reword(run, BLOCK, issued_at=(run.start + timedelta(minutes=4)).isoformat())
        assert UNDONE in broken(run)


def test_a_key_that_changes_before_its_grace_period_is_over_breaks_the_law() -> None:
    with a_run(*SHOW, grace="8m") as run:
        grace: Any = {"grace": "8m"}
        assert broken(run, PolicySettings.model_validate(grace)) == []
        assert broken(run) == [GRACE]


@pytest.mark.parametrize(("seconds", "laws"), [(1, []), (60, [HELD])])
def test_a_hold_may_end_a_second_early_for_a_clock_that_is_ahead(
    seconds: int, laws: Sequence[str]
) -> None:
    with a_run(*SHOW) as run:
        [deleted] = [each for each in run.world.calls if each.operation == "DeleteStreamKey"]
        ends = deleted.at + timedelta(seconds=seconds)
        wear(run, **{"hold-until": ends.isoformat().replace("+00:00", "Z")})
        assert {*broken(run)} == {*laws}
