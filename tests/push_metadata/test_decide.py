"""Which metadata goes into the stream, as a table."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit.commands import PushMetadata
from ivskit.policy import Policy
from push_metadata.decide import Decision, Drop, Expire, Push, Refuse, decide, lateness
from tests.samples import CHANNEL

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TO_FORCE = "send the command with force to act anyway; the metadata would be pushed"


def command(**more: Any) -> PushMetadata:
    """A command issued now."""
    return PushMetadata.issue(channel_arns=[CHANNEL], metadata="x", **{"issued_at": NOW} | more)


def policy(**more: Any) -> Policy:
    """The policy of a managed channel."""
    return Policy(**{"managed": True, "grace": SECOND} | more)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (policy(), Push("goal")),
        (policy(hold_until=NOW + 60 * SECOND), Push("goal")),
        (None, Drop("there is no such channel")),
        (policy(managed=False), Push("goal")),
        (
            policy(managed=False, command_channels="managed"),
            Refuse(
                "the channel is not managed by ivskit, and commands.channels says managed; "
                "the metadata would be pushed"
            ),
        ),
        (
            policy(mode="observe", is_observed=True),
            Refuse(f"observing only: {TO_FORCE}"),
        ),
        (policy(mode="observe", paused="paused by me"), Push("goal")),
        (
            policy(mode="observe", paused="paused by me", commands_paused=True),
            Refuse(f"paused by me: {TO_FORCE}"),
        ),
    ],
)
def test_policy_decides_about_what_comes_in_time(wanted: Policy | None, expected: Decision) -> None:
    assert decide(command(reason="goal"), wanted) == expected


def test_a_command_with_force_pushes_where_commands_are_held_back() -> None:
    observed = policy(mode="observe", is_observed=True)

    assert decide(command(reason="goal", force=True), observed) == Push("goal")


def test_a_command_without_a_reason_was_commanded() -> None:
    assert decide(command(), policy()) == Push("commanded")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, None),
        ({"expires_at": NOW + SECOND}, None),
        ({"expires_at": NOW}, Expire("it expired at 2026-11-20T17:00:00+00:00")),
        ({"issued_at": NOW - 3600 * SECOND}, None),
        (
            {"issued_at": NOW - 3601 * SECOND},
            Expire("max_age: the command is 1:00:01 old, and the limit is 1:00:00"),
        ),
        ({"issued_at": NOW + 300 * SECOND}, None),
        (
            {"issued_at": NOW + 301 * SECOND},
            Refuse("issued_at: 2026-11-20T17:05:01+00:00 is more than 0:05:00 ahead"),
        ),
    ],
)
def test_metadata_has_its_time(more: dict[str, Any], expected: Decision | None) -> None:
    assert lateness(command(**more), NOW) == expected
