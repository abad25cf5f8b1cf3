"""queue_metadata from a command to one message for each channel, on the app's own template."""

import json
from datetime import timedelta

import pytest

from ivskit.automation.messages.look_again import LookAgain
from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response, When
from tests.push_metadata.streams import OTHER, command, details, outcomes_and_reasons, push, seen
from tests.samples import CHANNEL, sample
from tests.worlds import START, OpenWorld


def test_one_command_reaches_the_viewers_of_every_channel_once(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(command(world))
        world.settle()

        [text] = seen(world)
        assert json.loads(text) == sample("command.push-metadata")["detail"]["metadata"]
        assert ": " not in text
        assert seen(world, OTHER) == [text]
        [queued] = details(world, "Metadata Queued")
        assert (queued["channels"], queued["reason"]) == (2, "poll opened")
        assert {one["channel_arn"] for one in details(world, "Metadata Pushed")} == {CHANNEL, OTHER}
        assert {one["cause"] for one in details(world, "Metadata Pushed")} == {queued["cause"]}
        assert {one["event_id"] for one in details(world, "Metadata Pushed")} == {
            sample("command.push-metadata")["id"]
        }
        assert broken_invariants(world) == []


def test_a_channel_named_twice_gets_it_once(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(command(world, channel_arns=[CHANNEL, OTHER, CHANNEL]))
        world.settle()

        assert (len(seen(world)), len(seen(world, OTHER))) == (1, 1)


def test_more_channels_than_a_call_takes_are_queued_in_several(open_world: OpenWorld) -> None:
    with open_world() as world:
        arns = [f"{CHANNEL}{n}" for n in range(25)]
        world.deliver(command(world, channel_arns=arns))
        world.settle()

        sent = [call for call in world.calls if call.operation == "SendMessageBatch"]
        assert len(sent) == 3
        assert details(world, "Metadata Queued")[0]["channels"] == 25
        assert (
            outcomes_and_reasons(world).count(("Metadata Dropped", "there is no such channel"))
            == 25
        )


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_on_the_way_makes_nobody_see_it_twice_or_never(
    open_world: OpenWorld, when: When
) -> None:
    for call in (1, 2):
        with open_world() as world:
            world.gate.kill(function="queue_metadata", call=call, when=when)
            world.deliver(command(world))
            world.settle()

            assert (len(seen(world)), len(seen(world, OTHER))) == (1, 1)
            assert len({one["id"] for one in details(world, "Metadata Queued")}) == 1


def test_the_same_command_twice_is_one(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(command(world))
        world.deliver(command(world) | {"id": "another"})
        world.settle()

        assert len(seen(world)) == 1


def test_a_message_that_the_queue_does_not_take_comes_back(open_world: OpenWorld) -> None:
    failures = [{"Id": "0", "SenderFault": False, "Code": "InternalError", "Message": "later"}]
    with open_world() as world:
        taken = world.gate.own["sqs", "SendMessageBatch"]

        def fail_once(*asked: object) -> dict[str, object]:
            world.gate.own["sqs", "SendMessageBatch"] = taken
            return {"Successful": [], "Failed": failures}

        world.gate.own["sqs", "SendMessageBatch"] = fail_once
        world.deliver(command(world))
        world.settle()

        assert len(seen(world)) == 1
        assert any("SendMessageBatch: InternalError: later" in line.line for line in world.logs)


def test_a_command_is_given_up_before_the_queue_forgets_what_it_took(
    open_world: OpenWorld,
) -> None:
    failures = [{"Id": "10", "SenderFault": False, "Code": "InternalError", "Message": "later"}]
    with open_world() as world:
        take = world.gate.own["sqs", "SendMessageBatch"]
        back = world.now + timedelta(minutes=6)

        def fail_in_part(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
            if request.parameters["Entries"][0]["Id"] == "10" and world.now < back:
                return {"Successful": [], "Failed": failures}
            return take(request, caller, proceed)

        world.gate.own["sqs", "SendMessageBatch"] = fail_in_part
        world.deliver(command(world, channel_arns=[CHANNEL, *(f"{OTHER}{n}" for n in range(15))]))
        world.settle()

        assert len(seen(world)) == 1
        assert details(world, "Metadata Queued") == []
        [dropped] = [one for one in details(world, "Metadata Dropped") if "channel_arn" not in one]
        assert dropped["reason"].startswith("it could not be queued for all channels in time")
        assert world.dead_letters() == []


def test_an_arn_that_is_too_long_for_the_queue_is_refused(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(command(world, channel_arns=[CHANNEL, CHANNEL + "x" * 80]))
        world.settle()

        [refused] = details(world, "Command Refused")
        assert "should have at most 128 characters" in refused["errors"][0]
        assert seen(world) == []


def test_an_old_command_is_refused(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(command(world, issued_at="2026-11-20T15:00:00Z"))
        world.settle()

        [(outcome, reason)] = outcomes_and_reasons(world)
        assert outcome == "Command Refused"
        assert reason.startswith("1 error(s): max_age: ")


def test_what_no_rule_lets_through_ends_in_dead_letters(open_world: OpenWorld) -> None:
    look = LookAgain(
        channel_arn=CHANNEL, purpose="verify key", cause="c", since=START, due=START, event_id="e"
    )
    with open_world() as world:
        url = world.client("sqs").get_queue_url(QueueName="ivskit-dev-queue-metadata")["QueueUrl"]
        world.client("sqs").send_message(QueueUrl=url, MessageBody=look.message())
        world.settle()

        [letter] = world.dead_letters()
        assert letter.error.startswith("NotForUs: queue_metadata does not react to LookAgain")


def test_what_goes_by_the_bus_and_by_the_queue_is_the_same(open_world: OpenWorld) -> None:
    with open_world() as world:
        asked = push(world, {"a": 1}, CHANNEL, OTHER)
        url = world.client("ssm").get_parameter(Name="/ivskit/dev/metadata-queue")
        world.client("sqs").send_message_batch(
            QueueUrl=url["Parameter"]["Value"], Entries=asked.messages()
        )
        world.client("events").put_events(Entries=[asked.entry("ivskit-dev")])
        world.settle()

        assert seen(world) == seen(world, OTHER) == ['{"a":1}']
