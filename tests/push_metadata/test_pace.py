"""How fast and how orderly it is: the benchmark, for some seconds of virtual time."""

import pytest

from benchmarks.metadata import LOADS, MODES, measure
from ivs_emulator.throttling import Throttling


@pytest.mark.parametrize("mode", MODES)
def test_31_lanes_push_as_fast_as_ivs_allows_in_order_and_unthrottled(mode: Throttling) -> None:
    result = measure(LOADS[0], "ivskit", mode, seconds=8)

    assert result.share >= 0.94
    assert (result.throttled, result.out_of_order, result.lost, result.double) == (0, 0, 0, 0)


def test_small_pieces_keep_coming_under_overload_when_they_share_calls() -> None:
    result = measure(LOADS[3], "ivskit", "sliding-window", seconds=4)

    assert result.delivered >= 0.99
    assert (result.throttled, result.out_of_order, result.lost, result.double) == (0, 0, 0, 0)
    assert result.p99 < 0.5


@pytest.mark.parametrize("way", ["a loop", "31 threads", "a FIFO queue without a pace"])
def test_simpler_ways_are_slower_or_throttled(way: str) -> None:
    """Or else the tests above could not fail."""
    result = measure(LOADS[0], way, "sliding-window", seconds=8)

    assert result.share < 0.94
