"""The clock moves on, within bounds, and a reset takes it back."""

import pytest

from ivs_emulator.clock import MAX_SECONDS_AHEAD, Clock

pytestmark = pytest.mark.usefixtures("clock")  # real time stands still


def test_a_clock_moves_on_by_as_much_as_it_is_moved_and_a_reset_takes_it_back() -> None:
    clock = Clock()
    began = clock.now()

    clock.advance(90.5)
    clock.advance(MAX_SECONDS_AHEAD - 90.5)

    assert (clock.now() - began).total_seconds() == MAX_SECONDS_AHEAD
    clock.reset()
    assert clock.now() == began


@pytest.mark.parametrize(
    "seconds", [-1, -0.001, 2.5e11, 1e300, float("inf"), float("-inf"), float("nan"), 10**400]
)
def test_a_clock_is_moved_neither_back_nor_beyond_ten_years(seconds: float) -> None:
    clock = Clock()
    began = clock.now()

    with pytest.raises(ValueError, match="must be a number of seconds from 0 to 315360000, not "):
        clock.advance(seconds)

    assert clock.now() == began


def test_the_bound_is_one_of_all_moves_together() -> None:
    clock = Clock()
    clock.advance(MAX_SECONDS_AHEAD - 10)

    with pytest.raises(ValueError, match="from 0 to 10, not 11: the clock is at most 315360000 s"):
        clock.advance(11)
