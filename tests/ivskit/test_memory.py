"""The one item per channel."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from ivskit.errors import LeaseHeld
from ivskit.memory import LeaseLost, Memory
from ivskit.names import WATCHED
from ivskit.outcomes import StreamKeyKept
from ivskit.remembered import Blocked, Intent, Key, Remembered, Session, Stopping
from tests.samples import CHANNEL

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

START = datetime(2026, 11, 20, 17, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIVE = Session(stream_id="st-1", started_at=START)
STOPPING = Stopping(
    cause="c", reason="r", event_id="e-1", at=START, stream_id="st-1", then="kick", verify="v"
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
                    "IndexName": WATCHED,
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


def kept(cause: str) -> StreamKeyKept:
    """An outcome to remember."""
    return StreamKeyKept(
        cause=cause, channel_arn=CHANNEL, reason="r", mode="enforce", at=START, event_id="e-1"
    )


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
    ("known", "stream_id", "times", "expected"),
    [
        (None, "st-1", {"started_at": START}, LIVE),
        (LIVE, "st-1", {"ended_at": START + MINUTE}, {"ended_at": START + MINUTE}),
        # The next session began, or ended unheard.
        (LIVE, "st-2", {"started_at": START + MINUTE}, None),
        (LIVE, "st-2", {"ended_at": START + MINUTE}, None),
        # Late news of an older one.
        (LIVE, "st-0", {"started_at": START - MINUTE}, LIVE),
        (LIVE, "st-0", {"ended_at": START - MINUTE}, LIVE),
        (Session(stream_id="st-1", ended_at=START), "st-0", {"ended_at": START - MINUTE}, {}),
    ],
)
def test_the_newest_session_is_known_by_what_was_heard_of_it(
    known: Session | None,
    stream_id: str,
    times: dict[str, datetime],
    expected: Session | dict[str, datetime] | None,
) -> None:
    if isinstance(expected, dict):
        assert known is not None
        expected = known.model_copy(update=expected)
    if expected is None:
        expected = Session.model_validate({"stream_id": stream_id, **times})

    assert Remembered(session=known).heard(stream_id, **times) == expected


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


def test_a_cause_is_answered_with_what_it_was_answered_before(memory: Memory) -> None:
    with memory.lease(CHANNEL) as held:
        held.write(causes=held.remembered.with_answer(kept("st-1")))

    with memory.lease(CHANNEL) as held:
        assert held.remembered.answer_to("st-1") == kept("st-1")
        assert held.remembered.answer_to("st-2") is None


def test_only_the_last_few_causes_are_remembered_and_each_once(memory: Memory) -> None:
    with memory.lease(CHANNEL) as held:
        for number in range(22):
            held.write(causes=held.remembered.with_answer(kept(f"st-{number}")))
        held.write(causes=held.remembered.with_answer(kept("st-5")))

        causes = [acted.cause for acted in held.remembered.causes]

    assert causes == [f"st-{number}" for number in (2, 3, 4, *range(6, 22), 5)]
