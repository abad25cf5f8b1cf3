"""What laws excuse, each found on a random day: a change of the record that breaks none."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ivskit import names
from ivskit_local.scenarios.run import Run
from tests.ivskit_local.laws.runs import (
    a_run,
    add,
    broken,
    command,
    forget_calls,
    forget_outcomes,
    go_live,
    say_again,
)

KEYLESS = "a rotation leaves a channel without a key for at most 10 s"
REASON = "every stop has a reason: a command, a limit or a block"
UNANSWERED = "every command has an outcome within two minutes"
TWO_CONTENTS = "an outcome id always has the same content"
SECOND = timedelta(seconds=1)
PUSH = command(
    "5m",
    "Push Metadata",
    channel=None,
    detail={"channel_arns": ["show"], "metadata": "question 1"},
)


def when(run: Run, operation: str) -> datetime:
    """When it was called last."""
    return max(call.at for call in run.world.calls if call.operation == operation)


def test_a_key_that_a_person_creates_ends_the_time_without_one() -> None:
    with a_run(command("5m", "Rotate Stream Key")) as run:
        gone = when(run, "DeleteStreamKey")
        forget_calls(run, "CreateStreamKey")
        assert KEYLESS in broken(run)
        run.keys_by_hand.append((gone + SECOND, "show"))
        assert KEYLESS not in broken(run)


def test_a_stream_that_is_just_starting_is_waited_for() -> None:
    """A stop deletes its key first, and cannot cut it for up to ten seconds."""
    with a_run(go_live(), command("5m", "Stop Stream")) as run:
        gone, made = when(run, "DeleteStreamKey"), when(run, "CreateStreamKey")
        move(run, "CreateStreamKey", gone + 15 * SECOND - made)
        assert KEYLESS in broken(run)
        [session] = run.world.ivs.sessions_of(run.arns["show"])
        session.created_at = gone - SECOND
        session.start_time = gone + 7 * SECOND
        assert KEYLESS not in broken(run)


def move(run: Run, operation: str, by: timedelta) -> None:
    """All calls of the operation come so much later."""
    calls: Any = run.world.calls
    calls[:] = [
        replace(one, at=one.at + by) if one.operation == operation else one for one in calls
    ]


@pytest.mark.parametrize("name", ["Block Channel", "Take Down"])
def test_a_block_counts_from_its_command_whatever_else_of_it_is_refused(name: str) -> None:
    with a_run(go_live(), command("5m", name, id="down")) as run:
        published: Any = run.world.published
        for place, put in enumerate(published):
            if put.event["detail-type"] in (names.CHANNEL_BLOCKED, names.STREAM_STOPPED):
                published[place] = replace(put, at=put.at + timedelta(minutes=2))
        say_again(
            run,
            names.CHANNEL_BLOCKED,
            cause="down",
            command=name,
            id="another",
        )
        published[-1].event["detail-type"] = names.COMMAND_REFUSED
        assert REASON not in broken(run)
        blocked = [put for put in published if put.event["detail-type"] == names.CHANNEL_BLOCKED]
        for put in blocked:
            put.event["detail"]["cause"] = "another"
        assert REASON in broken(run)


@pytest.mark.parametrize(("minutes", "breaks"), [(2, False), (4, True)])
def test_metadata_waits_behind_a_message_that_died(minutes: int, breaks: bool) -> None:
    with a_run(go_live(), PUSH) as run:
        forget_outcomes(run)
        died = replace(
            run.world.calls[-1],
            at=run.start + timedelta(minutes=5 - minutes),
            error="killed after events:PutEvents took effect",
        )
        add(run.world.calls, died)
        assert (UNANSWERED in broken(run)) is breaks


def test_metadata_whose_function_died_is_decided_anew() -> None:
    """Nothing is remembered of a message, so its drop may have another reason then."""
    with a_run(PUSH) as run:
        say_again(run, names.METADATA_DROPPED, reason="another")
        assert TWO_CONTENTS in broken(run)
        at = run.start + timedelta(minutes=5)
        add(run.world.calls, replace(run.world.calls[-1], at=at, error="killed before a call"))
        assert TWO_CONTENTS not in broken(run)
