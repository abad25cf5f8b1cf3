"""Sweeps themselves: retries, two at once, late ones, and what they find unfinished."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.reconcile_streams.sweeps import (
    MINUTES,
    SECONDS,
    SWEEP,
    SWEEPS_QUEUE,
    forget_messages,
    lost,
    reconciled,
    sweep_now,
    sweeps,
)
from tests.samples import CHANNEL, sample
from tests.stop_stream.shows import assert_at_rest, command, delivered_key, go_live
from tests.worlds import START, OpenWorld


def test_a_sweep_that_ivs_cannot_serve_comes_again(open_world: OpenWorld) -> None:
    with open_world() as world:
        with lost(world, "Stream Start"):
            go_live(world)
        world.gate.fault("ivs", "BatchGetChannel", "InternalServerException")
        world.run_for(SWEEP)

        assert len(reconciled(world)) == 1
        assert len(sweeps(world)) == 1
        assert_at_rest(world)


@pytest.mark.parametrize(("function", "begun"), [
    ("rotate_stream_key", "rotate-stream-key"),
    ("stop_stream", "stop-stream"),
])  # fmt: skip
def test_what_somebody_began_and_nobody_finishes_is_finished(
    open_world: OpenWorld, function: str, begun: str
) -> None:
    with open_world() as world:
        go_live(world)
        # It dies after the old key is gone, and what would try again is lost.
        world.gate.kill(function=function, call="DeleteStreamKey", when="after")
        world.deliver(command(world, begun, **_details(begun)))
        world.run_for(SECONDS)
        assert world.ivs.keys_of(CHANNEL) == []
        forget_messages(world)

        world.run_for(3 * SWEEP)

        [key] = world.ivs.keys_of(CHANNEL)
        assert key.value == delivered_key(world)
        assert sum(sweep["unfinished"] for sweep in sweeps(world)) == 1
        assert_at_rest(world)


def _details(begun: str) -> dict[str, Any]:
    return {"if_live": "proceed"} if begun == "rotate-stream-key" else {"then": "rotate"}


def test_of_two_sweeps_at_once_one_does_nothing(open_world: OpenWorld) -> None:
    with open_world() as world:
        with lost(world, "Stream Start"):
            go_live(world)
        world.run_for(4 * MINUTES)

        sweep_now(world, world.now, copies=2)

        assert len(reconciled(world)) == 1
        assert len(sweeps(world)) == 1
        [skipped] = sweeps(world, "Sweep Skipped")
        assert skipped["reason"] == "another sweep is running"


def test_a_sweep_that_comes_too_late_is_skipped(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.run_for(SWEEP)
        sweep_now(world, START + 4 * MINUTES)
        sweep_now(world, START + SWEEP)

        assert len(sweeps(world)) == 1
        reasons = {skipped["reason"] for skipped in sweeps(world, "Sweep Skipped")}
        assert reasons == {"the sweep of 2026-11-20T16:52:31+00:00 has already run"}


def test_a_message_that_is_no_sweep_ends_in_dead_letters(open_world: OpenWorld) -> None:
    with open_world() as world:
        queue = world.client("sqs").get_queue_url(QueueName=SWEEPS_QUEUE)["QueueUrl"]
        event = sample("stream-state-change.stream-end") | {"id": "stray"}
        world.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(event))
        world.run_for(timedelta(minutes=40))

        [letter] = world.dead_letters()
        assert letter.function == "reconcile_streams"
        assert "does not react to" in letter.error
