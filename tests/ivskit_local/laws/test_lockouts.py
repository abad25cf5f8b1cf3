"""The law about lockouts, seen to be broken."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from ivskit import names
from ivskit_local.scenarios.run import Run, Worn
from tests.ivskit_local.laws.runs import (
    MANAGED,
    a_run,
    add,
    broken,
    command,
    go_live,
    say_again,
)

LAW = "a lockout cuts every stream that starts before its end"
NEVER = {**MANAGED, "ivskit:rotate": "never"}
MINUTE = timedelta(minutes=1)


@contextmanager
def locked_out(*, stays: timedelta = 2 * MINUTE) -> Iterator[Run]:
    """A stop locked the encoder out, which came back a while later; it stays for so long."""
    steps = [go_live(), command("5m", "Stop Stream"), go_live("8m")]
    with a_run(*steps, tags=NEVER) as run:
        assert LAW not in broken(run)
        back = run.session("show", 2)
        assert back.over_at is not None
        back.over_at = back.created_at + stays
        yield run


def test_a_stream_that_stays_in_a_lockout_breaks_the_law() -> None:
    with locked_out() as run:
        assert LAW in broken(run)


def test_who_starts_after_the_end_of_a_lockout_stays() -> None:
    with locked_out() as run:
        back = run.session("show", 2)
        back.created_at += 15 * MINUTE
        back.start_time, back.over_at = None, back.created_at + 30 * MINUTE
        assert LAW not in broken(run)


@pytest.mark.parametrize("ended_by", [names.CHANNEL_UNBLOCKED, names.STREAM_KEY_DELIVERED])
def test_an_unblock_and_a_new_key_end_a_lockout(ended_by: str) -> None:
    with locked_out() as run:
        say_again(run, names.STREAM_STOPPED, at=(run.start + 6 * MINUTE).isoformat(), id="another")
        assert LAW in broken(run)
        put = run.world.published[-1]
        add(run.world.published, replace(put, event={**put.event, "detail-type": ended_by}))
        assert LAW not in broken(run)


def test_a_start_that_no_function_saw_is_cut_by_a_sweep() -> None:
    with locked_out(stays=10 * MINUTE) as run:
        assert LAW in broken(run)
        for delivery in run.world.deliveries:
            if delivery.event["detail"].get("stream_id") == run.session("show", 2).stream_id:
                delivery.event["detail"]["stream_id"] = "another"
        assert LAW not in broken(run)


def test_trouble_excuses_a_stream_that_stays() -> None:
    with locked_out() as run:
        at = run.session("show", 2).created_at
        add(run.world.calls, replace(run.world.calls[-1], at=at, error="a fault"))
        assert LAW not in broken(run)


def test_where_automation_is_held_back_only_the_lockout_of_a_command_cuts() -> None:
    with locked_out() as run:
        run.pauses.append(run.start)
        assert LAW in broken(run)
        for put in run.world.published:
            put.event["detail"]["by"] = "policy"
        assert LAW not in broken(run)
        run.pauses.clear()
        assert LAW in broken(run)
        run.tags_worn["show"].append(Worn(run.start + 6 * MINUTE, {}))
        assert LAW not in broken(run)
