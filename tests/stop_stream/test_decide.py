"""Whether a command stops, blocks or unblocks, as tables."""

from typing import Any

import pytest

from stop_stream.decide import decide
from stop_stream.decisions import Facts, Refuse, Repeat, Skip, Stop, Unblock
from tests.samples import STREAM
from tests.stop_stream.tables import (
    BEGAN,
    HOUR,
    KEYLESS,
    MINUTE,
    NOW,
    OTHER,
    PAUSED,
    RE_KEYED,
    SECOND,
    STOPPED,
    TO_FORCE,
    acted,
    blocked,
    facts,
    live,
    locked_out,
    past,
    question,
    unblocked,
)


@pytest.mark.parametrize(
    ("asked", "given", "expected"),
    [
        ({}, facts(live()), Stop(STREAM, "rotate", "asked")),
        ({"then": "kick"}, facts(live()), Stop(STREAM, "kick", "asked")),
        ({"stream_id": None}, facts(live()), Stop(STREAM, "rotate", "asked")),
        (
            {"stream_id": None},
            facts(live(started_at=BEGAN + MINUTE)),
            Skip(f"{STREAM} was not live yet when the command was issued"),
        ),
        # Connected, and not shown as live yet: it takes some seconds.
        (
            {"stream_id": None},
            facts(live(started_at=BEGAN + SECOND)),
            Stop(STREAM, "rotate", "asked"),
        ),
        (
            {"stream_id": None},
            facts(live(started_at=None, began=BEGAN - SECOND)),
            Stop(STREAM, "rotate", "asked"),
        ),
        # An encoder that dropped out, and came back.
        (
            {"stream_id": None},
            facts(live(began=BEGAN + MINUTE), None, past(BEGAN)),
            Stop(STREAM, "rotate", "asked"),
        ),
        (
            {"stream_id": None},
            facts(live(began=BEGAN + MINUTE), None, past(BEGAN - SECOND)),
            Skip(f"{STREAM} was not live yet when the command was issued"),
        ),
        (
            {"stream_id": None},
            facts(live(began=BEGAN + MINUTE), None, past(BEGAN, was_stopped=True)),
            Skip(f"{STREAM} was not live yet when the command was issued"),
        ),
        # One that dropped out has a key to come back with.
        (
            {"stream_id": None},
            facts(None, None, past(BEGAN - MINUTE)),
            Stop(OTHER, "rotate", "asked"),
        ),
        (
            {"stream_id": None, "then": "kick"},
            facts(None, None, past(BEGAN - MINUTE)),
            Skip("the channel is not live"),
        ),
        (
            {"stream_id": None},
            facts(None, None, past(BEGAN - MINUTE - SECOND)),
            Skip("the channel is not live"),
        ),
        ({}, facts(live(), rotate="never"), Stop(STREAM, "lockout", "asked")),
        (
            {"then": "rotate"},
            facts(live(), rotate="never"),
            Stop(STREAM, "rotate", "asked"),
        ),
        ({}, facts(live(), mode="observe", protected_by="t"), Stop(STREAM, "rotate", "asked")),
        ({}, facts(live(), managed=False), Stop(STREAM, "rotate", "asked")),
        ({}, facts(live(), **PAUSED), Stop(STREAM, "rotate", "asked")),
        (
            {},
            facts(live(), **PAUSED, commands_paused=True),
            Refuse(f"paused by jane: {TO_FORCE}; the channel would be stopped"),
        ),
        (
            {"force": True},
            facts(live(), **PAUSED, commands_paused=True),
            Stop(STREAM, "rotate", "asked"),
        ),
        ({"force": True}, facts(live(), mode="observe"), Stop(STREAM, "rotate", "asked")),
        (
            {"then": "block"},
            facts(live(OTHER)),
            Stop(OTHER, "block", "asked"),
        ),
        (
            {"stream_id": None},
            facts(live(started_at=None)),
            Skip(f"{STREAM} was not live yet when the command was issued"),
        ),
        ({}, facts(live(started_at=None)), Stop(STREAM, "rotate", "asked")),
        ({}, facts(live(OTHER)), Skip(f"{STREAM} is over, and {OTHER} is another session")),
        ({}, facts(None), Skip("the channel is not live")),
        (
            {"stream_id": OTHER},
            facts(None, None, past(BEGAN - MINUTE)),
            Stop(OTHER, "rotate", "asked"),
        ),
        (
            {"stream_id": OTHER},
            facts(None, None, past(BEGAN - MINUTE - SECOND)),
            Skip("the channel is not live"),
        ),
        (
            {"stream_id": OTHER, "then": "kick"},
            facts(None, None, past(BEGAN)),
            Skip("the channel is not live"),
        ),
        ({}, facts(None, None, past(BEGAN)), Skip("the channel is not live")),
        (
            {"stream_id": None},
            facts(None, acted(RE_KEYED), past(BEGAN)),
            Skip("the channel is not live"),
        ),
        (
            {"stream_id": OTHER},
            facts(None, acted(RE_KEYED), past(BEGAN)),
            Skip("the channel is not live"),
        ),
        (
            {"stream_id": OTHER},
            facts(
                None, acted(KEYLESS.model_copy(update={"stream_id": OTHER}), RE_KEYED), past(BEGAN)
            ),
            Skip(f"{OTHER} was stopped already"),
        ),
        ({"then": "block"}, facts(None), Stop(None, "block", "asked")),
        (
            {"then": "block"},
            facts(live(), unblocked(BEGAN)),
            Refuse("a newer command unblocked the channel"),
        ),
        (
            {},
            facts(live(), hold_until=NOW + HOUR),
            Stop(STREAM, "rotate", "asked"),
        ),
        ({}, facts(live(), blocked()), Stop(STREAM, "block", "asked")),
        ({}, facts(live(), acted(STOPPED)), Stop(STREAM, "rotate", "asked")),
        (
            {},
            facts(live(), acted(KEYLESS)),
            Skip(f"{STREAM} was stopped already"),
        ),
        # Long enough ago to be over, if it had worked.
        (
            {},
            facts(live(), acted(KEYLESS.model_copy(update={"at": BEGAN}))),
            Stop(STREAM, "rotate", "asked"),
        ),
        ({"then": "kick"}, facts(live(), acted(STOPPED)), Skip(f"{STREAM} was stopped already")),
        (
            {"then": "block"},
            facts(live(), acted(KEYLESS, RE_KEYED)),
            Stop(STREAM, "block", "asked"),
        ),
        (
            {"then": "kick"},
            facts(live(), mode="observe"),
            Refuse(f"observing only: {TO_FORCE}; the channel would be kicked"),
        ),
        (
            {},
            facts(live(), managed=False, command_channels="managed"),
            Refuse(
                "the channel is not managed by ivskit, and commands.channels says managed; "
                "the channel would be stopped"
            ),
        ),
        ({"cause": "c"}, facts(live(), acted(STOPPED)), Repeat((STOPPED,))),
        (
            {"cause": "c"},
            facts(live(), acted(STOPPED, RE_KEYED)),
            Repeat((RE_KEYED, STOPPED)),
        ),
    ],
)
def test_a_command_stops_the_session_that_it_means(
    asked: dict[str, Any], given: Facts, expected: object
) -> None:
    assert decide(question("stop", **asked), given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(live()), Stop(STREAM, "block", "asked")),
        (facts(None), Stop(None, "block", "asked")),
        (facts(None, blocked(BEGAN - SECOND)), Stop(None, "block", "asked")),
        (facts(None, blocked(BEGAN)), Skip("a newer command blocked the channel already")),
        (facts(None, unblocked(BEGAN - SECOND)), Stop(None, "block", "asked")),
        (facts(None, unblocked(BEGAN)), Refuse("a newer command unblocked the channel")),
        (
            facts(live(), mode="observe"),
            Refuse(f"observing only: {TO_FORCE}; the channel would be blocked"),
        ),
        (facts(live(), managed=False), Stop(STREAM, "block", "asked")),
    ],
)
def test_of_blocks_and_unblocks_the_newer_wins(given: Facts, expected: object) -> None:
    assert decide(question("block", stream_id=None), given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(None, blocked(BEGAN)), Unblock()),
        (facts(None, blocked(BEGAN + SECOND)), Refuse("a newer command blocked the channel")),
        (facts(None), Skip("the channel is not blocked")),
        (facts(None, locked_out(NOW)), Unblock()),
        (facts(None, blocked(BEGAN), managed=False), Unblock()),
        (
            facts(None, blocked(BEGAN), mode="observe"),
            Refuse(f"observing only: {TO_FORCE}; the channel would be unblocked"),
        ),
    ],
)
def test_an_unblock_undoes_an_older_block(given: Facts, expected: object) -> None:
    assert decide(question("unblock", stream_id=None), given) == expected
