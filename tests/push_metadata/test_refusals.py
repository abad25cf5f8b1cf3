"""Metadata that is refused or dropped: policy, pause, bad messages, and what IVS refuses."""

import json
from typing import Any
from uuid import UUID

import pytest

from ivskit_local.runtime.world import World
from tests.pauses import WORDS, pause
from tests.push_metadata.streams import (
    OTHER,
    SECONDS,
    details,
    outcomes_and_reasons,
    push,
    seen,
    send,
    send_body,
)
from tests.samples import CHANNEL, sample
from tests.worlds import OpenWorld


def test_metadata_for_a_channel_that_is_not_live_is_dropped(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.ivs.disconnect(CHANNEL)
        world.run_for(10 * SECONDS)
        send(world, push(world, "a"))
        world.settle()

        assert ("Metadata Dropped", "the channel is not live") in outcomes_and_reasons(
            world, about="push a"
        )


def test_metadata_that_came_too_late_expires(open_world: OpenWorld) -> None:
    with open_world() as world:
        late = push(world, "a", expires_at=world.now + SECONDS)
        world.run_for(2 * SECONDS)
        send(world, late, push(world, "b"))
        world.settle()

        assert seen(world) == ["b"]
        [(outcome, reason)] = outcomes_and_reasons(world, about="push a")
        assert outcome == "Metadata Expired"
        assert reason.startswith("it expired at ")


TO_FORCE = "send the command with force to act anyway; the metadata would be pushed"
OBSERVED = {"ivskit:managed": "true", "ivskit:mode": "observe"}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            {"tags": {}, "command_channels": "managed"},
            "the channel is not managed by ivskit, and commands.channels says managed; "
            "the metadata would be pushed",
        ),
        ({"tags": OBSERVED}, f"observing only: {TO_FORCE}"),
        ({"policy": {"mode": "observe"}}, f"observing only: {TO_FORCE}"),
    ],
)
def test_the_policy_holds_for_what_is_sent_straight_to_the_queue(
    open_world: OpenWorld, options: Any, reason: str
) -> None:
    with open_world(**options) as world:
        send(world, push(world, "a"))
        world.settle()

        assert seen(world) == []
        [refused] = details(world, "Command Refused")
        assert refused["errors"] == [reason]
        assert outcomes_and_reasons(world) == [("Command Refused", f"1 error(s): {reason}")]


@pytest.mark.parametrize("options", [{"tags": {}}, {"tags": OBSERVED, "force": True}])
def test_a_command_acts_on_channels_that_are_not_managed_and_with_force_on_observed_ones(
    open_world: OpenWorld, options: dict[str, Any]
) -> None:
    force = options.pop("force", False)
    with open_world(**options) as world:
        send(world, push(world, "a", force=force))
        world.settle()

        assert seen(world) == ["a"]
        assert [one["mode"] for one in details(world, "Metadata Pushed")] == ["enforce"]


def test_metadata_for_a_channel_that_does_not_exist_is_dropped(open_world: OpenWorld) -> None:
    with open_world() as world:
        send(world, push(world, "a", f"{CHANNEL}x"), push(world, "b", f"{CHANNEL}x"))
        world.settle()
        send(world, push(world, "c", f"{CHANNEL}x"))
        world.settle()

        assert outcomes_and_reasons(world) == [("Metadata Dropped", "there is no such channel")] * 3
        assert len([call for call in world.calls if call.operation == "BatchGetChannel"]) == 1


def test_a_channel_of_another_region_is_refused(open_world: OpenWorld) -> None:
    with open_world() as world:
        elsewhere = CHANNEL.replace("us-west-2", "eu-west-1")
        send(world, push(world, "a", elsewhere))
        world.settle()

        [refused] = details(world, "Command Refused")
        assert refused["errors"][0].startswith(
            "channel_arns: BatchGetChannel: arns[0]: an ARN of us-west-2"
        )


def test_metadata_is_dropped_if_the_role_may_not_read_the_channel(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "BatchGetChannel", "AccessDeniedException", http_status=403)
        send(world, push(world, "a"))
        world.settle()

        [(outcome, reason)] = outcomes_and_reasons(world)
        assert outcome == "Metadata Dropped"
        assert reason.startswith("IVS refuses it: BatchGetChannel: AccessDeniedException")


@pytest.mark.parametrize(
    ("code", "status", "outcome", "reason"),
    [
        ("AccessDeniedException", 403, "Metadata Dropped", "IVS refuses it: PutMetadata: "),
        ("ValidationException", 400, "Command Refused", "1 error(s): PutMetadata: "),
    ],
)
def test_what_ivs_refuses_for_good_blocks_nobody(
    open_world: OpenWorld, code: str, status: int, outcome: str, reason: str
) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "PutMetadata", code, http_status=status)
        send(world, push(world, "a"), push(world, "b"))
        world.settle()

        [(name, why)] = outcomes_and_reasons(world, about="push a")
        assert name == outcome
        assert why.startswith(reason + code)
        assert seen(world) == ["b"]


def malformed() -> dict[str, tuple[str, str]]:
    """Bad messages by what is wrong with them, and the error of each."""
    good = sample("command.push-metadata")
    good["detail"] |= {"channel_arns": [CHANNEL], "issued_at": "2026-11-20T16:47:31Z"}
    good["detail"].pop("expires_at")

    def with_detail(**detail: object) -> str:
        return json.dumps({**good, "detail": {**good["detail"], **detail}})

    deep = json.loads("[" * 600 + "]" * 600)
    no_command = "message: must be JSON"
    size = "metadata: Value error, metadata takes 1 to 1024 bytes"
    group = "MessageGroupId: must be the ARN of the one channel in channel_arns"
    return {
        "text": ("goal!", no_command),
        "nested too deep": ("[" * 100_000, no_command),
        "no object": ("[]", no_command),
        "another source": (json.dumps({**good, "source": "mine"}), no_command),
        "another command": (json.dumps({**good, "detail-type": "Stop Stream"}), no_command),
        "no detail": (json.dumps({**good, "detail": "x"}), "command_id: Field required"),
        "too long": (with_detail(metadata="x" * 1025), size),
        "too long for its envelope": (
            with_detail(metadata="x" * 1000, coalesce=True),
            "detail: Value error, metadata: with coalesce it takes 1024 bytes of UTF-8",
        ),
        "empty": (with_detail(metadata=""), size),
        "id nested deep": (with_detail(command_id=deep), "command_id: Input should be a valid"),
        "reason nested deep": (with_detail(reason=deep), "reason: Input should be a valid"),
        "channels nested deep": (with_detail(channel_arns=[deep]), "channel_arns.0: Input should"),
        "metadata nested deep": (with_detail(metadata=deep), "metadata: Value error, metadata"),
        "unknown field nested deep": (with_detail(colour=deep), "colour: Extra inputs are not"),
        "id no text": (with_detail(command_id="\ud800", colour="red"), "colour: Extra inputs are"),
        "no text": (with_detail(metadata="\ud800"), "metadata: Value error, "),
        "unknown field": (with_detail(colour="red"), "colour: Extra inputs are not permitted"),
        "another group": (with_detail(channel_arns=[OTHER]), group),
        "two channels": (with_detail(channel_arns=[CHANNEL, OTHER]), group),
        "from the future": (with_detail(issued_at="2026-11-21T16:47:31Z"), "issued_at: 2026-11"),
    }


@pytest.mark.parametrize(("body", "error"), malformed().values(), ids=malformed())
def test_a_bad_message_is_refused_once_and_nothing_waits_behind_it(
    open_world: OpenWorld, body: str, error: str
) -> None:
    with open_world() as world:
        send_body(world, body)
        send(world, push(world, "next"))
        world.settle()

        [refused] = details(world, "Command Refused")
        assert refused["errors"][0].startswith(error)
        assert refused["command"] == "Push Metadata"
        assert "xxxxx" not in json.dumps(refused)
        assert seen(world) == ["next"]
        assert world.dead_letters() == []


def test_a_message_whose_id_is_a_stream_key_does_not_leak_it(open_world: OpenWorld) -> None:
    with open_world() as world:
        send_body(world, json.dumps({"id": "sk_us-west-2_abcdefghijkl_0123456789"}))
        world.settle()

        assert "abcdefghijkl_01" not in json.dumps(details(world, "Command Refused"))


def with_id(event_id: object, world: World) -> str:
    """The body of a message under this id, which says 'ONE'."""
    [message] = push(world, "ONE").messages()
    return json.dumps({**json.loads(message["MessageBody"]), "id": event_id})


@pytest.mark.parametrize(
    ("event_id", "expected"),
    [("\ud800", r"\ud800"), ("x" * 127 + "\ud800", "x" * 127 + "\\"), ("event", "event")],
)
def test_an_id_that_is_no_text_is_published_as_one(
    open_world: OpenWorld, event_id: str, expected: str
) -> None:
    with open_world() as world:
        send_body(world, with_id(event_id, world))
        world.settle()

        assert seen(world) == ["ONE"]
        assert [one["event_id"] for one in details(world, "Metadata Pushed")] == [expected]


@pytest.mark.parametrize("event_id", [None, "", 7, ["sk_us-west-2_abcdefghijkl_0123456789"]])
def test_without_a_text_as_its_id_a_message_goes_by_the_queues_own(
    open_world: OpenWorld, event_id: object
) -> None:
    with open_world() as world:
        send_body(world, with_id(event_id, world))
        world.settle()

        [pushed] = details(world, "Metadata Pushed")
        assert str(UUID(pushed["event_id"])) == pushed["event_id"]


@pytest.mark.parametrize("commands_too", [False, True])
def test_a_pause_refuses_metadata_only_if_it_holds_commands_too(
    open_world: OpenWorld, commands_too: bool
) -> None:
    with open_world() as world:
        pause(world, commands_too=commands_too)
        send(world, push(world, "a"))
        world.settle()

        refused = [("Command Refused", f"1 error(s): {WORDS}: {TO_FORCE}")]
        assert seen(world) == ([] if commands_too else ["a"])
        assert outcomes_and_reasons(world) == (
            refused if commands_too else [("Metadata Pushed", "commanded")]
        )
