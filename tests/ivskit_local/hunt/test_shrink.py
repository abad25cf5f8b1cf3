"""Only what breaks a law is left of a day, and the day stays a fair one."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from ivskit_local.hunt import shrink
from ivskit_local.hunt.days import random_day
from ivskit_local.scenarios.format import Scenario

HOUR = timedelta(hours=1)
# A day of four channels, and steps of nearly every kind.
DAY = random_day(8)


def dos(day: Scenario) -> list[str]:
    """What its steps do."""
    return [step.do for step in day.steps]


def shrunk(day: Scenario, breaks: Callable[[Scenario], bool], **how: Any) -> Scenario:
    """The smallest day for which `breaks` is true."""

    def first_of(days: Sequence[Scenario]) -> int | None:
        return next((place for place, each in enumerate(days) if breaks(each)), None)

    return shrink.shrunk(day, first_of, **how)


def has(*wanted: str) -> Callable[[Scenario], bool]:
    """Whether a day has steps of these kinds."""
    return lambda day: {*wanted} <= {*dos(day)}


def a_day(*steps: dict[str, Any]) -> Scenario:
    """A day with these steps on one channel."""
    return Scenario.model_validate(
        {
            "tells": "A day.",
            "channels": {"show": {"tags": {"ivskit:managed": "true", "ivskit:rotate": "2h"}}},
            "steps": steps,
            "sloppy_schedules": True,
            "expect": {},
        }
    )


@pytest.mark.parametrize("wanted", [("hang up",), ("tag",), ("kill", "repeat", "watch")])
def test_only_the_steps_that_break_the_law_are_left(wanted: tuple[str, ...]) -> None:
    small = shrunk(DAY, has(*wanted))

    assert sorted(dos(small)) == sorted([*wanted, "check"])
    assert len(small.channels) == 1
    assert small.seed == DAY.seed


def test_a_law_that_takes_several_channels_keeps_them() -> None:
    def breaks(day: Scenario) -> bool:
        return len({name for step in day.steps for name in step.channels}) >= 2

    small = shrunk(DAY, breaks)

    assert len(small.channels) == 2
    assert len(small.steps) == 3


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ({"do": "pause"}, {"do": "resume"}),
        (
            {"do": "slow", "service": "ivs", "operation": "StopStream", "by": "2s"},
            {"do": "slow", "service": "ivs", "operation": "StopStream", "by": "0s"},
        ),
        (
            {"do": "delete secret", "channel": "show"},
            {"do": "restore secret", "channel": "show"},
        ),
    ],
)
def test_what_somebody_ends_does_not_go_on_for_ever(
    begins: dict[str, Any], ends: dict[str, Any]
) -> None:
    other = {"at": "2h", "do": "starve", "channel": "show"}
    day = a_day({"at": "1h", **begins}, other, {"at": "3h", **ends})

    both = shrunk(day, lambda small: small.steps[0].sentence == day.steps[0].sentence)
    assert dos(both) == [begins["do"], ends["do"]]
    assert dos(shrunk(day, has("starve"))) == ["starve"]


def test_fields_and_tags_that_do_not_matter_are_left_out() -> None:
    viewers = [{"channel_arn": "show", "viewer_id": f"viewer-{n}"} for n in range(30)]
    revoke = {"do": "command", "command": "Revoke Viewers", "detail": {"viewers": viewers}}
    live = {"do": "go live", "channel": "show", "reconnect_after": "5s", "key": "first"}
    rest = {"do": "check", "expect": {}}
    day = a_day(
        {"at": "2h10.5s", **live},
        {"at": "2h30m45s", "issued": "1h30m", **revoke},
        {"at": "9h", **rest},
    )

    def breaks(day: Scenario) -> bool:
        said = [step.model_dump() for step in day.steps]
        wants_key = any(step.get("key") == "first" for step in said)
        return wants_key and any(step.get("detail", {}).get("viewers") for step in said)

    small = shrunk(day, breaks)

    assert small == a_day(
        {"at": "0s", "do": "go live", "channel": "show", "key": "first"},
        {"at": "30m", **revoke, "detail": {"viewers": viewers[:1]}},
        {"at": "1h30m", **rest},
    ).model_copy(update={"sloppy_schedules": False, "channels": small.channels})
    assert small.channels["show"].tags == {"ivskit:managed": "true"}


def test_shrinking_ends_when_so_many_days_or_seconds_are_over() -> None:
    played = []

    def breaks(day: Scenario) -> bool:
        played.append(day)
        return len(day.steps) > 5

    small = shrunk(DAY, breaks, most=3)

    assert len(played) == 3
    assert 5 < len(small.steps) < len(DAY.steps)
    assert shrunk(DAY, breaks, seconds=-1) == DAY
    assert len(played) == 3


@pytest.mark.parametrize("wanted", [("hang up",), ("kill", "repeat", "watch")])
@pytest.mark.parametrize("most", [400, 30])
def test_days_that_are_played_at_once_give_the_same_small_day(
    wanted: tuple[str, ...], most: int
) -> None:
    one_by_one = shrunk(DAY, has(*wanted), most=most)

    assert shrunk(DAY, has(*wanted), most=most, at_once=4) == one_by_one


def test_an_interrupt_ends_it_with_the_smallest_day_so_far() -> None:
    played = []

    def breaks(day: Scenario) -> bool:
        played.append(day)
        if len(played) == 5:
            raise KeyboardInterrupt
        return True

    assert shrunk(DAY, breaks) == played[3]
