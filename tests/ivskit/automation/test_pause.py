"""What the pause's parameter says, and what holds while it cannot be read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from moto import mock_aws

from ivskit import names
from ivskit.automation.environment import Environment
from ivskit.automation.pause import Pause
from ivskit.pause_state import Paused, Standing, standing
from ivskit.policy import Policy
from tests.environments import every_function

START = datetime(2026, 11, 20, 17, tzinfo=UTC)
POLICY = Policy(managed=True, grace=timedelta(minutes=1))
NAME = names.pause_parameter("dev")


class Seen:
    """A pause as a function sees it, by a clock of the test's own."""

    def __init__(self) -> None:
        self.now = START
        self.ssm: Any = boto3.client("ssm")
        self.reads = 0
        self.ssm.meta.events.register("before-call.ssm.GetParameter", self._read)
        self.pause = Pause(
            Environment.read(every_function("stop_stream")),
            lambda *_, **__: self.ssm,
            logger=Logger(service="test"),
            clock=lambda: self.now,
        )

    def _read(self, **_: Any) -> None:
        self.reads += 1

    def say(self, text: str) -> None:
        """Have the parameter say this."""
        self.ssm.put_parameter(Name=NAME, Type="String", Value=text, Overwrite=True)

    def forget(self) -> None:
        """Have the parameter be gone."""
        self.ssm.delete_parameter(Name=NAME)

    def after(self, seconds: int) -> str | None:
        """What holds this much later."""
        self.now += timedelta(seconds=seconds)
        return self.pause.over(POLICY).paused


@pytest.fixture
def seen() -> Iterator[Seen]:
    """A stage that was never paused."""
    with mock_aws():
        seen = Seen()
        seen.say("off")
        yield seen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("off", None),
        (" Off\n", None),
        ("on", Standing('paused ("on")')),
        ("{}", Standing('paused ("{}")')),
        (
            Paused(since=START, by="user/jane").model_dump_json(),
            Standing("paused since 2026-11-20T17:00:00Z by user/jane"),
        ),
        (
            Paused(since=START, by="user/jane", reason="fire", commands_too=True).model_dump_json(),
            Standing("paused since 2026-11-20T17:00:00Z by user/jane (fire)", commands_too=True),
        ),
    ],
)
def test_anything_but_off_pauses(text: str, expected: Standing | None) -> None:
    assert standing(text) == expected


@pytest.mark.parametrize("commands_too", [False, True])
def test_a_pause_holds_commands_only_where_it_says_so(seen: Seen, commands_too: bool) -> None:
    seen.say(Paused(since=START, by="me", commands_too=commands_too).model_dump_json())

    policy = seen.pause.over(POLICY)

    assert (policy.objection_to_command(force=False) is not None) is commands_too
    assert policy.objection_to_command(force=True) is None


def test_what_is_paused_is_observed_in_the_words_of_the_pause(seen: Seen) -> None:
    seen.say("on")

    policy = seen.pause.over(POLICY)

    assert (policy.mode, policy.paused, policy.hands_off) == (
        "observe",
        'paused ("on")',
        'paused ("on")',
    )


def test_what_is_not_paused_is_as_it_was(seen: Seen) -> None:
    assert seen.pause.over(POLICY) is POLICY


def test_what_is_observed_anyway_is_not_paused(seen: Seen) -> None:
    observed = POLICY.model_copy(update={"mode": "observe", "is_observed": True})

    assert seen.pause.over(observed).hands_off == "observing only"
    assert seen.reads == 0


def test_the_parameter_is_read_every_30_seconds_at_most(seen: Seen) -> None:
    assert seen.after(0) is None
    seen.say("on")

    assert seen.after(29) is None
    assert seen.after(1) == 'paused ("on")'
    assert seen.reads == 2


def test_a_read_that_fails_leaves_what_was_known(seen: Seen) -> None:
    seen.say("on")
    seen.after(0)
    seen.forget()

    assert seen.after(30) == 'paused ("on")'
    assert seen.after(29) == 'paused ("on")'
    assert seen.reads == 2
    seen.say("off")
    assert seen.after(1) is None


def test_where_nothing_was_ever_read_nothing_is_paused(seen: Seen) -> None:
    seen.forget()

    assert seen.after(0) is None
    with pytest.raises(ClientError):
        seen.ssm.get_parameter(Name=NAME)
