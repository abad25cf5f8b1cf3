"""push_metadata from the queue to the stream, on the app's own template."""

import json
import time
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import DataNotFoundError
from botocore.parsers import ResponseParserError

from ivskit.automation.bus import Bus
from ivskit.automation.outcome_log import OutcomeLog
from ivskit.errors import Unavailable
from ivskit.outcomes import CommandRefused
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response, When
from ivskit_local.runtime.world import World
from push_metadata import shift
from tests.pauses import WORDS, pause
from tests.push_metadata.streams import (
    OTHER,
    details,
    outcomes_and_reasons,
    push,
    seen,
    send,
    send_body,
    url,
)
from tests.samples import CHANNEL, sample
from tests.worlds import OpenWorld

SECONDS = timedelta(seconds=1)


def test_metadata_reaches_the_stream_exactly_as_it_was_sent(open_world: OpenWorld) -> None:
    with open_world() as world:
        send(world, push(world, {"goal": "höme", "n": [1, 2.0]}, reason="a goal"))
        world.settle()

        assert seen(world) == ['{"goal":"höme","n":[1,2.0]}']
        [pushed] = details(world, "Metadata Pushed")
        assert pushed["channel_arn"] == CHANNEL
        assert pushed["reason"] == "a goal"
        assert "seq" not in pushed
        assert world.dead_letters() == []


def test_a_channel_keeps_the_order_and_five_calls_a_second(open_world: OpenWorld) -> None:
    with open_world(throttling="sliding-window") as world:
        for begin in range(0, 40, 10):
            send(world, *(push(world, f"{n:02}") for n in range(begin, begin + 10)))
        began = world.now
        world.settle()

        assert seen(world) == [f"{n:02}" for n in range(40)]
        assert 39 / 5 <= (world.now - began).total_seconds() < 9
        assert {name for name, _ in outcomes_and_reasons(world)} == {"Metadata Pushed"}
        assert [call.error for call in world.calls if call.operation == "PutMetadata"] == [
            None
        ] * 40


def test_a_batch_of_several_channels_is_one_lane(open_world: OpenWorld) -> None:
    with open_world() as world:
        send(world, *(push(world, f"{n}", CHANNEL if n % 2 else OTHER) for n in range(10)))
        world.settle()

        times = [call.at for call in world.calls if call.operation == "PutMetadata"]
        gaps = [later - at for at, later in pairwise(times)]
        assert gaps == [timedelta(seconds=0.2)] * 9
        assert seen(world) == ["1", "3", "5", "7", "9"]
        assert len(details(world, "Metadata Pushed")) == 10


def test_the_lane_is_left_when_the_next_call_would_be_due(open_world: OpenWorld) -> None:
    with open_world() as world:
        send(world, push(world, "x"))
        world.settle(keep_time=True)
        left = world.client("sqs").get_queue_attributes(
            QueueUrl=url(world), AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
        )
        assert left["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"

        world.run_for(timedelta(seconds=0.2))

        assert seen(world) == ["x"]
        assert world.dead_letters() == []


def test_what_ivs_cannot_serve_now_comes_back_soon_and_in_order(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "PutMetadata", "ThrottlingException", http_status=429, times=2)
        send(world, push(world, "a"), push(world, "b"), push(world, "c", OTHER))
        world.settle(keep_time=True)
        send(world, push(world, "d"))
        world.settle()

        assert seen(world) == ["a", "b", "d"]
        assert seen(world, OTHER) == ["c"]
        assert len(details(world, "Metadata Pushed")) == 4
        times = [call.at for call in world.calls if call.operation == "PutMetadata"]
        assert times[-1] - times[0] < timedelta(seconds=3.5)


def test_a_lost_answer_is_told_and_nothing_is_shown_twice(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "PutMetadata", "InternalServerException", when="after")
        send(world, push(world, "a"), push(world, "b"))
        world.settle()

        assert seen(world) == ["a", "b"]
        assert outcomes_and_reasons(world, about="push a") == [
            (
                "Metadata Dropped",
                "it may be in the stream: the answer got lost, and a second call could show it "
                "twice",
            )
        ]
        assert outcomes_and_reasons(world, about="push b") == [("Metadata Pushed", "commanded")]


def test_an_envelope_whose_answer_got_lost_is_sent_again_under_the_same_number(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "PutMetadata", "InternalServerException", when="after")
        send(world, push(world, "a", coalesce=True))
        world.settle()

        first, second = seen(world)
        assert first == second
        assert outcomes_and_reasons(world) == [("Metadata Pushed", "commanded")]


def test_metadata_for_a_channel_that_is_not_live_is_dropped_and_told(
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


def test_metadata_that_came_too_late_is_dropped_and_told(open_world: OpenWorld) -> None:
    with open_world() as world:
        late = push(world, "a", expires_at=world.now + SECONDS)
        world.run_for(2 * SECONDS)
        send(world, late, push(world, "b"))
        world.settle()

        assert seen(world) == ["b"]
        [(outcome, reason)] = outcomes_and_reasons(world, about="push a")
        assert outcome == "Metadata Expired"
        assert reason.startswith("it was of use until ")


def test_metadata_expires_while_ivs_is_away_instead_of_ending_in_dead_letters(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "PutMetadata", "ServiceUnavailable", http_status=429, times=20)
        send(world, push(world, "a", expires_at=world.now + 10 * SECONDS))
        world.settle()

        assert [name for name, _ in outcomes_and_reasons(world)] == ["Metadata Expired"]
        assert world.dead_letters() == []


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


def test_a_channel_that_does_not_exist_is_told_of(open_world: OpenWorld) -> None:
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


def test_a_role_that_may_not_look_is_told_of(open_world: OpenWorld) -> None:
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


def test_a_message_whose_id_is_a_stream_key_does_not_tell_it(open_world: OpenWorld) -> None:
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
def test_an_id_that_is_no_text_is_told_as_one(
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
            ("Metadata Dropped", "it went to dead letters: KeyError: 'a bug'")
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


def test_also_what_could_not_even_be_refused_is_told_of(
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
        assert dropped["reason"] == "it went to dead letters: KeyError: 'a bug'"
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


def test_with_little_time_left_no_call_is_begun(open_world: OpenWorld) -> None:
    def slow(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        time.sleep(6)
        return proceed(request.parameters)

    with open_world() as world:
        world.gate.own["ivs", "PutMetadata"] = slow
        send(world, *(push(world, text) for text in "abc"))
        world.settle()

        assert seen(world) == ["a", "b", "c"]
        assert any("too little time is left" in line.line for line in world.logs)
        assert {name for name, _ in outcomes_and_reasons(world)} == {"Metadata Pushed"}


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


def test_messages_that_want_it_share_a_call(open_world: OpenWorld) -> None:
    with open_world() as world:
        texts = ["first", {"n": 2}, "alone", "x" * 900, "y" * 100]
        wishes = [True, True, False, True, True]
        send(
            world,
            *(push(world, text, coalesce=wish) for text, wish in zip(texts, wishes, strict=True)),
        )
        world.settle()

        first, second, third, fourth = seen(world)
        assert json.loads(first)["items"] == ["first", {"n": 2}]
        assert second == "alone"
        assert [json.loads(text)["items"] for text in (third, fourth)] == [[texts[3]], [texts[4]]]
        assert all(len(text.encode()) <= 1024 for text in seen(world))
        numbers = [number for text in (first, third, fourth) for number in json.loads(text)["seq"]]
        assert numbers == sorted(numbers)
        published_numbers = [one.get("seq") for one in details(world, "Metadata Pushed")]
        assert [number for number in published_numbers if number] == numbers
        assert len(published_numbers) == 5


def test_what_has_expired_is_not_taken_along(open_world: OpenWorld) -> None:
    with open_world() as world:
        late = push(world, "late", coalesce=True, expires_at=world.now + SECONDS)
        world.run_for(2 * SECONDS)
        send(world, push(world, "a", coalesce=True), late, push(world, "b", coalesce=True))
        world.settle()

        assert [json.loads(text)["items"] for text in seen(world)] == [["a"], ["b"]]
        assert [name for name, _ in outcomes_and_reasons(world, about="push late")] == [
            "Metadata Expired"
        ]


def test_a_bad_message_ends_what_shares_a_call(open_world: OpenWorld) -> None:
    with open_world() as world:
        send(world, push(world, "a", coalesce=True))
        send_body(world, "bad")
        send(world, push(world, "b", coalesce=True))
        world.settle()

        assert [json.loads(text)["items"] for text in seen(world)] == [["a"], ["b"]]


@pytest.mark.parametrize("call", range(1, 8))
@pytest.mark.parametrize("when", ["before", "after"])
def test_after_a_crash_everything_is_seen_in_order_and_told(
    open_world: OpenWorld, call: int, when: When
) -> None:
    with open_world() as world:
        world.gate.kill(function="push_metadata", call=call, when=when)
        send(world, push(world, "a"), push(world, "b"))
        world.settle()

        # After a death between insertion and outcome it is seen again; envelopes carry a number
        # by which viewers drop the second.
        assert list(dict.fromkeys(seen(world))) == ["a", "b"]
        assert seen(world)[-1] == "b"
        assert {one["cause"] for one in details(world, "Metadata Pushed")} == {"push a", "push b"}
