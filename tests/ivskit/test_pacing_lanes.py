"""Lanes in virtual time: never throttled, however the service counts, and hardly any slower."""

from random import Random

import pytest

from ivs_emulator.throttling import Throttling
from ivskit import quotas
from ivskit.client import Ivs
from ivskit.client.viewer_sessions import Viewer
from ivskit.pacing import Lane
from tests.ivskit.client.wire import Said, Wire
from tests.ivskit.virtual_time import MODES, START, Hand, Network, arrivals, throttled


def lanes(count: int, calls: int) -> list[tuple[Hand, Lane]]:
    hands = [Hand(START + n * 0.01) for n in range(count)]
    return [(hand, Lane(calls=calls, clock=hand.clock, sleep=hand.sleep)) for hand in hands]


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
