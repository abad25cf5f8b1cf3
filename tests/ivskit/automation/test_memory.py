"""The one item per channel: leases, fences, and what is written under them."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from ivskit.automation.memory import YIELD_AFTER, LeaseLost, Memory
from ivskit.automation.records import BLOCKED_BY_TAG, Blocked, Intent, Key, Remembered, Stopping
from ivskit.errors import LeaseHeld
from ivskit.names import WATCHED, WATCHED_INDEX
from tests.ivskit.automation.remembered import LIVE, START, kept, stopped
from tests.samples import CHANNEL, STREAM

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


STOPPING = Stopping(
    cause="c",
    reason="r",
    event_id="e-1",
    at=START,
    stream_id="st-1",
    then="kick",
    verify="verify stop",
)
INTENT = Intent(cause="st-1", reason="the stream ended", event_id="e-1", at=START, tags={"a": "b"})


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The clock that the memory goes by."""
    return Clock()


@pytest.fixture
def table() -> Iterator["DynamoDBClient"]:
    """An empty memory table."""
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName="memory",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "channel_arn", "KeyType": "HASH"}],
            AttributeDefinitions=[
                {"AttributeName": "channel_arn", "AttributeType": "S"},
                {"AttributeName": WATCHED, "AttributeType": "S"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": WATCHED_INDEX,
                    "KeySchema": [{"AttributeName": WATCHED, "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        yield client


@pytest.fixture
def memory(table: "DynamoDBClient", clock: Clock) -> Memory:
    """The memory as one function sees it."""
    return Memory(table, table="memory", owner="rotate_stream_key", clock=clock)


def test_what_is_written_is_there_at_the_next_lease(memory: Memory) -> None:
    key = Key(arn="arn", made_at=START, version="v")
    blocked = Blocked(command_id="c", issued_at=START)
    with memory.lease(CHANNEL) as held:
        held.write(intent=INTENT, key=key)
        held.write(blocked=blocked)

    with memory.lease(CHANNEL) as held:
        remembered = held.remembered

    assert (remembered.intent, remembered.key, remembered.blocked) == (INTENT, key, blocked)
    assert remembered.session is None


def test_what_is_noted_is_there_when_the_lease_has_ended(memory: Memory) -> None:
    with memory.lease(CHANNEL) as held:
        held.note(session=LIVE)
        held.write(intent=INTENT)
        assert held.remembered.session is None

    with memory.lease(CHANNEL) as held:
        assert held.remembered.session == LIVE
        held.note(session=None)

    assert memory.recall([CHANNEL])[CHANNEL].session is None


def test_what_is_noted_is_not_there_when_an_error_ended_the_lease(memory: Memory) -> None:
    failing = ExitStack()
    held = failing.enter_context(memory.lease(CHANNEL))
    held.note(session=LIVE)
    failing.callback(int, "not a number")

    with pytest.raises(ValueError, match="not a number"):
        failing.close()

    assert memory.recall([CHANNEL])[CHANNEL].session is None


@pytest.mark.parametrize(
    ("changes", "over"),
    [
        ({"session": LIVE}, {"session": LIVE.model_copy(update={"ended_at": START})}),
        ({"intent": INTENT}, {"intent": None}),
        ({"stopping": STOPPING}, {"stopping": None}),
        ({"blocked": Blocked(command_id="c", issued_at=START)}, {"blocked": None}),
    ],
)
def test_a_channel_is_watched_while_something_is_under_way_on_it(
    memory: Memory, changes: dict[str, object], over: dict[str, object]
) -> None:
    with memory.lease(f"{CHANNEL}2") as other:
        other.write(key=Key(arn="arn", made_at=START))
    with memory.lease(CHANNEL) as held:
        held.note(**changes)

    assert memory.watched() == {CHANNEL: Remembered.model_validate(changes)}

    with memory.lease(CHANNEL) as held:
        held.write(**over)
    assert memory.watched() == {}


def test_any_number_of_channels_is_recalled_without_their_causes(
    memory: Memory, table: "DynamoDBClient"
) -> None:
    arns = [f"{CHANNEL}{number}" for number in range(101)]
    for arn in (arns[0], arns[100]):
        with memory.lease(arn) as held:
            held.write(key=Key(arn=arn, made_at=START), causes=Remembered().with_answer(kept("c")))

    recalled = memory.recall(arns)

    assert {arn: each.key and each.key.arn for arn, each in recalled.items()} == {
        arns[0]: arns[0],
        arns[100]: arns[100],
    }
    assert all(each.causes == () for each in recalled.values())


def test_what_dynamodb_does_not_give_at_once_is_asked_for_again(
    memory: Memory, table: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    for arn in (CHANNEL, f"{CHANNEL}2"):
        with memory.lease(arn):
            pass
    answer = table.batch_get_item

    def one_at_a_time(RequestItems: Any) -> Any:  # noqa: N803 - boto3's word
        keys = RequestItems["memory"].pop("Keys")
        first: Any = {"memory": {**RequestItems["memory"], "Keys": keys[:1]}}
        answered = answer(RequestItems=first)
        left = {"memory": {"Keys": keys[1:]}} if keys[1:] else {}
        return {**answered, "UnprocessedKeys": left}

    monkeypatch.setattr(table, "batch_get_item", one_at_a_time)

    assert set(memory.recall([CHANNEL, f"{CHANNEL}2"])) == {CHANNEL, f"{CHANNEL}2"}


def test_none_takes_out_what_was_remembered_and_leaves_the_rest(memory: Memory) -> None:
    with memory.lease(CHANNEL) as held:
        held.write(intent=INTENT, key=Key(arn="arn", made_at=START))
        held.write(intent=None)
        assert held.remembered.intent is None

    with memory.lease(CHANNEL) as held:
        assert held.remembered.intent is None
        assert held.remembered.key is not None


def test_nobody_else_gets_a_lease_that_is_held(memory: Memory) -> None:
    with memory.lease(CHANNEL), pytest.raises(LeaseHeld, match=CHANNEL), memory.lease(CHANNEL):
        pytest.fail("two at once")


def test_leases_of_two_channels_do_not_touch(memory: Memory) -> None:
    with memory.lease(CHANNEL), memory.lease(f"{CHANNEL}2") as other:
        assert other.remembered.intent is None


def test_a_lease_is_free_again_at_once_also_after_an_error(memory: Memory) -> None:
    with pytest.raises(KeyError), memory.lease(CHANNEL):
        raise KeyError

    with memory.lease(CHANNEL) as held:
        assert held.remembered.causes == ()


def test_a_lease_of_a_dead_invocation_runs_out(memory: Memory, clock: Clock) -> None:
    dead = ExitStack()
    dead.enter_context(memory.lease(CHANNEL))
    clock.now += timedelta(seconds=40)
    with pytest.raises(LeaseHeld), memory.lease(CHANNEL):
        pytest.fail("not yet over")

    clock.now += timedelta(seconds=1)

    with memory.lease(CHANNEL) as held:
        held.write(intent=INTENT)
    with pytest.raises(LeaseLost):
        dead.close()


def test_who_lost_the_lease_cannot_write_any_more(memory: Memory, clock: Clock) -> None:
    slow = ExitStack()
    held = slow.enter_context(memory.lease(CHANNEL))
    clock.now += timedelta(seconds=41)
    with memory.lease(CHANNEL) as other:
        other.write(key=Key(arn="new", made_at=START))

    with pytest.raises(LeaseLost):
        held.write(intent=INTENT)
    with pytest.raises(LeaseLost):
        slow.close()

    with memory.lease(CHANNEL) as after:
        assert after.remembered.intent is None
        assert after.remembered.key is not None


def test_a_person_takes_over_a_lease_that_has_been_held_for_a_second(
    memory: Memory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pass_time(seconds: float) -> None:
        clock.now += timedelta(seconds=seconds)

    monkeypatch.setattr(time, "sleep", pass_time)
    slow = ExitStack()
    held = slow.enter_context(memory.lease(CHANNEL))

    with memory.lease(CHANNEL, urgent=True) as urgent:
        assert YIELD_AFTER < clock.now - START < 2 * YIELD_AFTER
        urgent.write(blocked=Blocked(command_id="c", issued_at=START))
        with pytest.raises(LeaseLost):
            held.write(blocked=None)
        with pytest.raises(LeaseLost):
            held.confirm()
        urgent.confirm()
    with pytest.raises(LeaseLost):
        slow.close()
    assert memory.recall([CHANNEL])[CHANNEL].blocked is not None


def test_a_person_waits_no_longer_than_that(
    memory: Memory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the clock stands still, as if one stop after the other took the lease."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)

    with memory.lease(CHANNEL), pytest.raises(LeaseHeld), memory.lease(CHANNEL, urgent=True):
        pytest.fail("it is held by another")

    assert sum(waited) == pytest.approx(1.5)


def test_a_lease_whose_answer_was_lost_holds_nobody_up(
    memory: Memory, table: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    update = table.update_item

    def time_out_after_doing(**call: Any) -> Any:
        monkeypatch.setattr(table, "update_item", update)
        update(**call)
        raise ReadTimeoutError(endpoint_url="dynamodb")

    monkeypatch.setattr(table, "update_item", time_out_after_doing)

    with pytest.raises(ReadTimeoutError), memory.lease(CHANNEL):
        pytest.fail("nobody knows of this lease")

    with memory.lease(CHANNEL) as held:
        assert held.remembered.intent is None


def test_a_call_that_botocore_repeats_is_not_held_up_by_itself(
    memory: Memory, table: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    update = table.update_item

    def repeated(**call: Any) -> Any:
        update(**call)
        return update(**call)

    monkeypatch.setattr(table, "update_item", repeated)

    with memory.lease(CHANNEL) as held:
        held.write(intent=INTENT)


def test_the_tag_of_a_block_counts_where_memory_is_silent(memory: Memory) -> None:
    with memory.lease(CHANNEL) as held:
        held.adopt_block(is_tagged=False)
    assert memory.recall([CHANNEL])[CHANNEL].blocked is None
    with memory.lease(CHANNEL) as held:
        held.adopt_block(is_tagged=True)
    assert memory.recall([CHANNEL])[CHANNEL].blocked == BLOCKED_BY_TAG

    with memory.lease(CHANNEL) as held:
        assert held.remembered.blocked == BLOCKED_BY_TAG
        held.write(blocked=None, unblocked_at=START)
        held.adopt_block(is_tagged=True)
        assert held.remembered.blocked is None


def test_a_cause_is_answered_with_what_it_was_answered_before(memory: Memory) -> None:
    answers = [kept("st-1"), stopped(1, STREAM)]
    with memory.lease(CHANNEL) as held:
        held.write(causes=held.remembered.with_answer(*answers))

    with memory.lease(CHANNEL) as held:
        assert held.remembered.answer_to("st-1", CHANNEL) == kept("st-1")
        assert held.remembered.answer_to("stop-1", CHANNEL) == stopped(1, STREAM)
        assert held.remembered.answer_to("st-2", CHANNEL) is None
