"""Bugs and faults after an insertion: nothing is inserted twice, and other groups go on."""

import json

import pytest
from botocore.exceptions import DataNotFoundError
from botocore.parsers import ResponseParserError

from ivskit.automation.bus import Bus
from ivskit.automation.outcome_log import OutcomeLog
from ivskit.errors import Unavailable
from ivskit.outcomes import CommandRefused
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response
from push_metadata import shift
from tests.push_metadata.streams import (
    OTHER,
    details,
    outcomes_and_reasons,
    push,
    seen,
    send,
    send_body,
)
from tests.samples import CHANNEL
from tests.worlds import OpenWorld


@pytest.mark.parametrize(
    ("owner", "name", "error"),
    [
        (Bus, "publish", ValueError("a bug")),
        (Bus, "publish", Unavailable("a bug")),
        (Bus, "publish", DataNotFoundError(data_path="a bug")),
        (Bus, "publish", ResponseParserError("a bug")),
        (Bus, "publish", KeyError("a bug")),
        (OutcomeLog, "record", ValueError("a bug")),
        (OutcomeLog, "record", TypeError("a bug")),
    ],
)
def test_whatever_goes_wrong_after_an_insertion_makes_nothing_come_twice(
    open_world: OpenWorld,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    name: str,
    error: Exception,
) -> None:
    def surprise(*_: object) -> None:
        raise error

    with open_world() as world:
        monkeypatch.setattr(owner, name, surprise)
        send(world, push(world, "a"))
        world.settle()

        assert seen(world) == ["a"]
        assert world.dead_letters() == []
        assert any("a bug" in line.line for line in world.logs)


def test_outcomes_that_cannot_be_published_make_nothing_come_twice(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("events", "PutEvents", "InternalFailure", times=9)
        send(world, push(world, "a"))
        world.settle()

        assert seen(world) == ["a"]
        assert any("Outcomes not published" in line.line for line in world.logs)
        assert any("Metadata Pushed" in line.line for line in world.logs)


def test_a_surprise_ends_in_dead_letters_and_its_channel_goes_on(
    open_world: OpenWorld,
) -> None:
    tries = []

    def surprise(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        if request.parameters["metadata"] == "a":
            tries.append(caller)
            raise KeyError("a bug")
        return proceed(request.parameters)

    with open_world() as world:
        world.gate.own["ivs", "PutMetadata"] = surprise
        send(world, push(world, "a"), push(world, "b"))
        world.settle()

        assert seen(world) == ["b"]
        [letter] = world.dead_letters()
        assert letter.queue == "ivskit-dev-metadata-dead-letters.fifo"
        assert (letter.event_id, letter.error) == ("push a", "KeyError: 'a bug'")
        assert len(tries) == shift.SURPRISES
        assert outcomes_and_reasons(world, about="push a") == [
            ("Metadata Dropped", "it went to the dead-letter queue: KeyError: 'a bug'")
        ]


SECRET = "sk_us-west-2_abcdefghijkl_0123456789"


def test_a_surprise_in_one_group_leaves_the_others_alone_and_is_logged_without_secrets(
    open_world: OpenWorld,
) -> None:
    tries = []

    def surprise(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        if request.parameters["channelArn"] == OTHER:
            return proceed(request.parameters)
        tries.append(caller)
        quotation = ValueError(f"a quotation of {request.parameters['metadata']}")
        raise LookupError(f"a bug with {SECRET}") from quotation

    with open_world() as world:
        world.gate.own["ivs", "PutMetadata"] = surprise
        send(world, push(world, "passphrase", CHANNEL, OTHER))
        world.settle()

        assert (seen(world), seen(world, OTHER)) == ([], ["passphrase"])
        failed = [json.loads(line.line) for line in world.logs if "Record failed" in line.line]
        assert len(failed) == len(tries) == shift.SURPRISES
        assert {log["error"] for log in failed} == {"LookupError: a bug with sk_(removed)"}
        assert all("raise LookupError" in log["stack"] for log in failed)
        printed = "".join(line.line for line in world.logs if "Record failed" in line.line)
        assert SECRET not in printed
        assert "quotation of passphrase" not in printed


def test_a_surprise_in_giving_up_stays_with_its_group_too(
    open_world: OpenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprise(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        if request.parameters["metadata"] == "a":
            raise KeyError("a bug")
        return proceed(request.parameters)

    def another(*_: object) -> None:
        raise TypeError("another bug")

    with open_world() as world:
        world.gate.own["ivs", "PutMetadata"] = surprise
        monkeypatch.setattr(OutcomeLog, "record", another)
        send(world, push(world, "a", CHANNEL, OTHER), push(world, "b", CHANNEL, OTHER))
        world.settle()

        assert (seen(world), seen(world, OTHER)) == (["b"], ["b"])
        assert [letter.event_id for letter in world.dead_letters()] == ["push a", "push a"]
        assert len(details(world, "Metadata Dropped")) == 2


def test_a_message_whose_refusal_fails_has_an_outcome_too(
    open_world: OpenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprise(*_: object, **__: object) -> None:
        raise KeyError("a bug")

    with open_world() as world:
        monkeypatch.setattr(CommandRefused, "__init__", surprise)
        send_body(world, "bad")
        send(world, push(world, "next"))
        world.settle()

        assert seen(world) == ["next"]
        [dropped] = details(world, "Metadata Dropped")
        assert dropped["cause"] == dropped["event_id"]
        assert dropped["reason"] == "it went to the dead-letter queue: KeyError: 'a bug'"
        assert len(world.dead_letters()) == 1


def test_a_group_comes_back_also_if_dead_letters_do_not_take_its_first(
    open_world: OpenWorld,
) -> None:
    def surprise(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        raise KeyError("a bug")

    with open_world() as world:
        world.gate.own["ivs", "PutMetadata"] = surprise
        world.gate.fault("sqs", "SendMessage", "ServiceUnavailable", times=1)
        send(world, push(world, "a"))
        world.settle()

        [letter] = world.dead_letters()
        assert letter.event_id == "push a"
        assert any("Not put into dead letters" in line.line for line in world.logs)


@pytest.mark.parametrize("fault", [True, False])
def test_a_group_whose_visibility_stays_comes_back_after_the_queues_own_time(
    open_world: OpenWorld, fault: bool
) -> None:
    def refuse(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        return {"Successful": [], "Failed": request.parameters["Entries"]}

    with open_world() as world:
        world.gate.fault("ivs", "PutMetadata", "ThrottlingException", http_status=429)
        if fault:
            world.gate.fault("sqs", "ChangeMessageVisibilityBatch", "ServiceUnavailable")
        else:
            world.gate.own["sqs", "ChangeMessageVisibilityBatch"] = refuse
        began = world.now
        send(world, push(world, "a"))
        world.settle()

        assert seen(world) == ["a"]
        assert (world.now - began).total_seconds() > 180
        assert any("Visibility not changed" in line.line for line in world.logs)
