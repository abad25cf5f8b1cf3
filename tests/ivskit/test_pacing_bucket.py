"""The bucket that callers share, in virtual time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from ivskit import quotas
from ivskit.client import Ivs
from ivskit.errors import Throttled, Unavailable
from ivskit.pacing import SharedBucket
from tests.ivskit.client.wire import Said, Wire
from tests.ivskit.virtual_time import MODES, START, Hand, Network, arrivals, throttled

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


ITEM = {"id": "PutMetadata"}


@pytest.fixture
def dynamodb() -> Iterator["DynamoDBClient"]:
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName="pacing",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        yield client


def bucket(client: "DynamoDBClient", hand: Hand, **settings: Any) -> SharedBucket:
    rest = {"rate": 152, **settings}
    return SharedBucket(
        client, table="pacing", key=ITEM, clock=hand.clock, sleep=hand.sleep, **rest
    )


@pytest.mark.parametrize("callers", [10, 40])
def test_any_number_of_callers_share_a_bucket_and_are_never_throttled(
    dynamodb: "DynamoDBClient", callers: int
) -> None:
    hands = [Hand(START + n * 0.001) for n in range(callers)]
    rate = quotas.RATES["PutMetadata"]

    seen = arrivals(
        [(hand, bucket(dynamodb, hand)) for hand in hands], Network(0.025, 5), START + 3
    )

    assert [throttled(seen, mode, rate) for mode in MODES] == [0, 0]
    assert len(seen) / 3 / rate >= 0.96


def test_a_bucket_without_a_margin_is_throttled(dynamodb: "DynamoDBClient") -> None:
    """Or else the test above could not fail."""
    hands = [Hand(START + n * 0.001) for n in range(40)]
    rate = quotas.RATES["PutMetadata"]

    seen = arrivals(
        [(hand, bucket(dynamodb, hand, rate=rate, burst=5)) for hand in hands],
        Network(0.025, 5),
        START + 3,
    )

    assert throttled(seen, "sliding-window", rate) > 0


def test_a_bucket_nobody_used_lets_a_burst_through_and_then_one_by_one(
    dynamodb: "DynamoDBClient",
) -> None:
    hand = Hand()
    shared = bucket(dynamodb, hand, rate=10, burst=3)

    for _ in range(5):
        with shared.turn():
            pass

    assert hand.naps == pytest.approx([0.1, 0.1])


def test_a_bucket_left_alone_is_full_again_and_no_fuller(dynamodb: "DynamoDBClient") -> None:
    hand = Hand()
    shared = bucket(dynamodb, hand, rate=10, burst=2)
    for _ in range(2):
        with shared.turn():
            pass
    hand.now += 3_600

    for _ in range(3):
        with shared.turn():
            pass

    assert hand.naps == pytest.approx([0.1])


def test_a_turn_too_far_off_is_refused_and_not_taken(dynamodb: "DynamoDBClient") -> None:
    patient, hasty = Hand(), Hand()
    for _ in range(4):
        with bucket(dynamodb, Hand(), rate=1).turn():
            pass

    refusing = bucket(dynamodb, hasty, rate=1, longest_wait=2)
    with pytest.raises(Throttled, match="no turn within 2 seconds"), refusing.turn():
        pass
    with bucket(dynamodb, patient, rate=1).turn():
        pass

    assert (hasty.naps, patient.naps) == ([], [4.0])


class Overtaken:
    """A DynamoDB client before whose second write somebody else writes."""

    def __init__(self, client: "DynamoDBClient", other: SharedBucket) -> None:
        self._client = client
        self._other = other
        self.exceptions = client.exceptions
        self.writes = 0

    def update_item(self, **request: Any) -> Any:
        self.writes += 1
        if self.writes == 2:
            with self._other.turn():
                pass
        return self._client.update_item(**request)


def test_who_is_overtaken_while_beginning_queues_up_behind(dynamodb: "DynamoDBClient") -> None:
    hand, other = Hand(), Hand()
    overtaken: Any = Overtaken(dynamodb, bucket(dynamodb, other, rate=10))

    with bucket(overtaken, hand, rate=10).turn():
        pass

    assert overtaken.writes == 3
    assert other.naps == []
    assert hand.naps == pytest.approx([0.1])


def test_a_busy_bucket_costs_one_write_a_turn(dynamodb: "DynamoDBClient") -> None:
    hand = Hand()
    counting: Any = Overtaken(dynamodb, bucket(dynamodb, Hand(), rate=10))
    with bucket(dynamodb, Hand(), rate=10).turn():
        pass

    with bucket(counting, hand, rate=10).turn():
        pass

    assert counting.writes == 1


def test_a_bucket_that_cannot_be_asked_is_unavailable_and_the_call_is_not_made(
    dynamodb: "DynamoDBClient",
) -> None:
    hand = Hand()
    wire = Wire(lambda *_: Said({}))
    absent = SharedBucket(dynamodb, table="absent", key=ITEM, rate=1, clock=hand.clock)
    ivs = Ivs(wire.client, pacers={"PutMetadata": absent, "GetChannel": absent})
    arn = "arn:aws:ivs:us-west-2:123456789012:channel/abc"

    # Not NotFound, which would say that there is no such channel; nor Ambiguous.
    with pytest.raises(Unavailable, match="UpdateItem") as caught:
        ivs.channels.find(arn)
    assert isinstance(caught.value.__cause__, ClientError)
    with pytest.raises(Unavailable, match="UpdateItem"):
        ivs.metadata.put(arn, "goal!")
    assert wire.sent == []


def test_a_timeout_of_dynamodb_does_not_make_the_metadata_ambiguous() -> None:
    silent: Any = Silent()
    wire = Wire(lambda *_: Said({}))
    shared = SharedBucket(silent, table="pacing", key=ITEM, rate=1)
    ivs = Ivs(wire.client, pacers={"PutMetadata": shared})

    with pytest.raises(Unavailable, match="UpdateItem"):
        ivs.metadata.put("arn:aws:ivs:us-west-2:123456789012:channel/abc", "goal!")

    assert wire.sent == []


class Silent:
    """A DynamoDB client that nobody answers."""

    def __init__(self) -> None:
        self.exceptions = boto3.client("dynamodb").exceptions

    def update_item(self, **_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")
