"""Pacing in virtual time: never throttled, however the service counts, and hardly any slower."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from ivs_emulator.throttling import METERS, Throttling
from ivskit import quotas
from ivskit.client import Ivs
from ivskit.client.viewer_sessions import Viewer
from ivskit.errors import Throttled, Unavailable
from ivskit.pacing import Lane, Pacer, SharedBucket
from tests.ivskit.client.wire import Said, Wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

START = 1_800_000_000.0


@dataclass
class Hand:
    """One caller's clock: time passes as it sleeps and waits for answers."""

    now: float = START
    naps: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@dataclass
class Network:
    """Round trips around a median, in seconds; each way varies on its own, and has no least."""

    median: float
    seed: int

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def way(self) -> float:
        return self._random.lognormvariate(0, 0.35) * self.median / 2


def arrivals(callers: Sequence[tuple[Hand, Pacer]], network: Network, until: float) -> list[float]:
    """When the service sees each call, if every caller calls as fast as it may."""
    seen = []
    due = [(hand.now, number) for number, (hand, _) in enumerate(callers)]
    while due:
        # Callers meet only in the shared item, so it is enough to begin their turns in order.
        now, number = heapq.heappop(due)
        hand, pacer = callers[number]
        if now < until:
            with pacer.turn():
                hand.now += network.way()
                seen.append(hand.now)
                hand.now += network.way()
            heapq.heappush(due, (hand.now, number))
    return sorted(seen)


def throttled(seen: Sequence[float], mode: Throttling, rate: int) -> int:
    """How many of the calls a service that counts like this would refuse."""
    meter, refused = METERS[mode](rate), 0
    for at in seen:
        now = datetime.fromtimestamp(at, UTC)
        if meter.has_room(now):
            meter.take(now)
        else:
            refused += 1
    return refused


def lanes(count: int, calls: int) -> list[tuple[Hand, Lane]]:
    hands = [Hand(START + n * 0.01) for n in range(count)]
    return [(hand, Lane(calls=calls, clock=hand.clock, sleep=hand.sleep)) for hand in hands]


MODES: list[Throttling] = ["sliding-window", "token-bucket"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("trip", "least"), [(0.03, 0.97), (0.06, 0.945), (0.12, 0.9)])
def test_two_lanes_revoke_as_fast_as_ivs_allows_and_are_never_throttled(
    mode: Throttling, trip: float, least: float
) -> None:
    rate = quotas.RATES["BatchStartViewerSessionRevocation"]

    seen = arrivals(lanes(rate, calls=1), Network(trip, 1), START + 600)

    assert throttled(seen, mode, rate) == 0
    assert len(seen) / 600 / rate >= least


@pytest.mark.parametrize("mode", MODES)
def test_31_lanes_push_metadata_as_fast_as_ivs_allows_and_are_never_throttled(
    mode: Throttling,
) -> None:
    rate, each = quotas.RATES["PutMetadata"], quotas.PUT_METADATA_PER_CHANNEL

    seen = arrivals(lanes(31, calls=each), Network(0.025, 2), START + 120)

    assert throttled(seen, mode, rate) == 0
    assert len(seen) / 120 / rate >= 0.94


@pytest.mark.parametrize("mode", MODES)
def test_one_more_lane_than_the_quota_has_room_for_is_throttled(mode: Throttling) -> None:
    """Or else the two tests above could not fail."""
    seen = arrivals(lanes(3, calls=1), Network(0.03, 3), START + 60)

    assert throttled(seen, mode, 2) > 0


@pytest.mark.parametrize("calls", [1, 2, 5])
def test_in_no_second_does_the_service_see_more_calls_of_a_lane(calls: int) -> None:
    seen = arrivals(lanes(1, calls), Network(0.1, 4), START + 200)

    assert min(later - at for at, later in zip(seen, seen[calls:], strict=False)) >= 1
    assert throttled(seen, "sliding-window", calls) == 0


def test_a_lane_makes_the_first_calls_at_once_and_then_waits_for_the_oldest_answer() -> None:
    hand = Hand()
    lane = Lane(calls=2, clock=hand.clock, sleep=hand.sleep)

    for _ in range(3):
        with lane.turn():
            hand.now += 0.25

    assert hand.naps == [0.75]


def test_a_lane_learns_how_long_a_round_trip_takes_at_least() -> None:
    hand = Hand()
    lane = Lane(calls=1, clock=hand.clock, sleep=hand.sleep)

    for _ in range(22):
        with lane.turn():
            hand.now += 0.5

    assert hand.naps[:19] == pytest.approx([1.0] * 19)
    assert hand.naps[19:] == pytest.approx([1.0 - 0.5 * 0.5] * 2)


def test_leaving_a_lane_waits_until_the_next_may_call_at_once() -> None:
    hand = Hand()
    lane = Lane(calls=2, clock=hand.clock, sleep=hand.sleep)

    with lane:
        with lane.turn():
            hand.now += 0.25
        hand.now += 0.5
        with lane.turn():
            hand.now += 0.25
    with lane:
        pass

    assert hand.naps == [1.0]
    with lane.turn():
        assert hand.naps == [1.0]


def test_a_gap_keeps_calls_apart_and_frees_the_lane_when_the_next_would_be_due() -> None:
    hand = Hand()
    lane = Lane(calls=5, gap=0.2, clock=hand.clock, sleep=hand.sleep)

    with lane:
        for _ in range(2):
            with lane.turn():
                hand.now += 0.05

    # Four gaps and a nap after the second answer, a second is over.
    assert hand.naps == pytest.approx([0.15, 0.2], abs=1e-6)


def test_a_slow_answer_frees_a_lane_with_a_gap_later() -> None:
    hand = Hand()
    lane = Lane(calls=5, gap=0.2, clock=hand.clock, sleep=hand.sleep)

    with lane, lane.turn():
        hand.now += 0.5

    # The fifth call after it comes four gaps later, and a second after the answer.
    assert hand.naps == pytest.approx([0.2], abs=1e-6)


@pytest.mark.parametrize("trip", [0.005, 0.025, 0.2])
def test_lanes_with_a_gap_may_take_turns_at_one_channel(trip: float) -> None:
    hand, network, random, seen = Hand(), Network(trip, 5), Random(6), []
    lanes = [Lane(calls=5, gap=0.2, clock=hand.clock, sleep=hand.sleep) for _ in range(3)]

    while hand.now < START + 300:
        with (lane := random.choice(lanes)):
            for _ in range(random.randint(1, 10)):
                with lane.turn():
                    hand.now += network.way()
                    seen.append(hand.now)
                    hand.now += network.way()

    assert throttled(seen, "sliding-window", 5) == 0
    assert len(seen) / 300 / 5 >= 0.95 - trip


def test_a_call_that_fails_counts_as_well() -> None:
    hand = Hand()
    lane = Lane(calls=1, clock=hand.clock, sleep=hand.sleep)

    with pytest.raises(KeyError), lane.turn():
        raise KeyError
    with lane.turn():
        pass

    assert hand.naps == [1.0]


def test_a_lane_that_slept_long_enough_between_calls_does_not_wait() -> None:
    hand = Hand()
    lane = Lane(calls=1, clock=hand.clock, sleep=hand.sleep)

    with lane.turn():
        pass
    hand.now += 5
    with lane.turn():
        pass

    assert hand.naps == []


def test_ivs_takes_a_turn_for_every_call_of_a_paced_operation() -> None:
    hand = Hand()
    lane = Lane(calls=1, clock=hand.clock, sleep=hand.sleep)
    wire = Wire(lambda *_: Said({}))
    ivs = Ivs(wire.client, pacers={"BatchStartViewerSessionRevocation": lane})
    arn = "arn:aws:ivs:us-west-2:123456789012:channel/abc"

    with lane:
        ivs.viewer_sessions.revoke_many(Viewer(arn, f"v{n}") for n in range(60))
        ivs.viewer_sessions.revoke(Viewer(arn, "v"))

    assert hand.naps == [1.0] * 3


# The shared bucket.

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
