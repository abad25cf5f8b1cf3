"""Metadata from the queue to the stream: order, lanes, and shared calls."""

import json
import time
from datetime import timedelta
from itertools import pairwise

from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response
from tests.push_metadata.streams import (
    OTHER,
    SECONDS,
    details,
    outcomes_and_reasons,
    push,
    seen,
    send,
    send_body,
    url,
)
from tests.samples import CHANNEL
from tests.worlds import OpenWorld


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


def test_a_lost_answer_has_an_outcome_and_nothing_is_shown_twice(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "PutMetadata", "InternalServerException", when="after")
        send(world, push(world, "a"), push(world, "b"))
        world.settle()

        assert seen(world) == ["a", "b"]
        assert outcomes_and_reasons(world, about="push a") == [
            (
                "Metadata Dropped",
                "it may be in the stream: the answer was lost, and a retry could insert it twice",
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


def test_metadata_expires_while_ivs_is_away_instead_of_ending_in_dead_letters(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "PutMetadata", "ServiceUnavailable", http_status=429, times=20)
        send(world, push(world, "a", expires_at=world.now + 10 * SECONDS))
        world.settle()

        assert [name for name, _ in outcomes_and_reasons(world)] == ["Metadata Expired"]
        assert world.dead_letters() == []


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
