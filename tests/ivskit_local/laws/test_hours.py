"""What is out of order for an hour breaks a law, unless AWS or people are in the way."""

from datetime import timedelta

import pytest

from ivskit_local.laws.hours import HOUR
from ivskit_local.scenarios.run import Run
from tests.ivskit_local.laws.runs import MANAGED, a_run, broken, command, go_live

LAW = "what is out of order on a channel is put in order within an hour"
UNTIDY = "no unfinished rotation"
OFF_AIR = "no session lasts longer than 15 minutes on a blocked channel"


def untidy(run: Run, *hours: int) -> None:
    """It was so at these hours, and in order at the others."""
    found = {(UNTIDY, run.arns["show"])}
    looks = [(run.start + n * HOUR, found if n in hours else set()) for n in range(4)]
    run.on_the_hour[:] = looks


@pytest.mark.parametrize(("hours", "times"), [((), 0), ((1,), 0), ((0, 2), 0), ((1, 2, 3), 2)])
def test_what_lasts_from_one_hour_to_the_next_breaks_the_law(
    hours: tuple[int, ...], times: int
) -> None:
    with a_run() as run:
        untidy(run, *hours)
        assert broken(run) == [LAW] * times


def test_people_and_modes_excuse_what_is_out_of_order() -> None:
    with a_run() as run:
        untidy(run, 1, 2)
        at = run.start + HOUR
        for by_hand in (run.keys_by_hand, run.secrets_by_hand):
            by_hand.append((at, "other"))
            assert broken(run) == [LAW]
            by_hand.append((at, "show"))
            assert broken(run) == []
            by_hand.clear()
        run.pauses.append(at)
        assert broken(run) == []
        run.resumes.append(at - timedelta(hours=2))
        run.pauses[:] = [at - timedelta(hours=3)]
        assert broken(run) == [LAW]
    for left_alone in ({"ivskit:mode": "observe"}, {"ivskit:hold-until": "2026-11-20T18:00:00Z"}):
        with a_run(tags={**MANAGED, **left_alone}) as run:
            untidy(run, 1, 2)
            assert broken(run) == []


def test_a_session_on_a_blocked_channel_breaks_the_law() -> None:
    steps = [command("0s", "Block Channel"), command("1m", "Unblock Channel"), go_live("2m")]
    with a_run(*steps) as run:
        assert broken(run) == []
        assert isinstance(run.world.published, list)
        run.world.published[:] = [
            put for put in run.world.published if put.event["detail-type"] != "Channel Unblocked"
        ]
        assert OFF_AIR in broken(run)
        run.pauses.append(run.start)
        assert OFF_AIR not in broken(run)
