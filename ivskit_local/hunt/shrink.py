"""Makes a day that breaks a law as small as it can be and still break it.

A day must stay a fair one: a pause, a slow operation or a deleted secret goes along with what ends
it, and the rest at the end of the day stays. Else the small day may break the law by itself.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import ValidationError

from ivskit import names
from ivskit_local.scenarios.applications import Pause, Resume
from ivskit_local.scenarios.format import AnyStep, Scenario
from ivskit_local.scenarios.mishaps import Slow
from ivskit_local.scenarios.steps import Check, SecretAct

# How many days are played to make one small at most, and for how many seconds: as a rule, fifty
# days of half a second are enough, but a day on which encoders never give up takes a minute.
MOST_PLAYED, MOST_SECONDS = 400, 300.0
# The first of these days that breaks the law, by its place; None where none does.
FirstOf = Callable[[Sequence[Scenario]], int | None]
# A smaller day made of one; None where there is no such day.
Cut = Callable[[Scenario], Scenario | None]
# What the last step is followed by: laws wait 45 minutes at most.
_REST = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
# What makes a step what it is, and what is true of every step of a random day.
_STAYS = {"at", "do", "channel", "may_fail"}


def shrunk(
    day: Scenario,
    first_of: FirstOf,
    *,
    most: int = MOST_PLAYED,
    seconds: float = MOST_SECONDS,
    at_once: int = 1,
) -> Scenario:
    """The smallest day that was found that breaks the law, as this one does.

    Leaves out channels, then steps in halves, quarters and so on down to one by one, then fields.
    most, seconds: how many days are played at most, and how long; an interrupt ends it too.
    at_once: how many days `first_of` gets at a time; the result is the same for any number.
    """
    shrinking = _Shrinking(day, first_of, most, time.monotonic() + seconds, at_once)
    with suppress(_Enough, KeyboardInterrupt):
        shrinking.shrink()
    return shrinking.day


class _Enough(Exception):
    """As many days were played as may be, or as long."""


class _Shrinking:
    def __init__(
        self, day: Scenario, first_of: FirstOf, most: int, until: float, at_once: int
    ) -> None:
        self.day = day
        self._first_of = first_of
        self._left = most
        self._until = until
        self._at_once = at_once

    def shrink(self) -> None:
        self._leave_out_channels()
        self._leave_out_steps()
        self._simplify()
        # What a field asked for may have been what other steps were needed for.
        self._leave_out_one_by_one()

    def _try(self, cuts: Iterable[Cut]) -> None:
        """Make each cut that leaves a day that breaks the law too, one after the other."""
        left = list(cuts)
        while left:
            found, tried = self._first_that_breaks(left)
            left = left[tried:]
            if found is not None:
                self.day = found

    def _first_that_breaks(self, cuts: Sequence[Cut]) -> tuple[Scenario | None, int]:
        """What the first of the next few cuts leaves that breaks the law, and how many that took.

        All are made on the same day.
        """
        days: list[tuple[Scenario, int]] = []
        tried = 0
        for tried, cut in enumerate(cuts, 1):
            day = cut(self.day)
            if day is not None and day != self.day:
                days.append((day, tried))
            if len(days) == self._at_once:
                break
        found = self._ask([day for day, _ in days])
        return (None, tried) if found is None else days[found]

    def _ask(self, days: Sequence[Scenario]) -> int | None:
        if not days:
            return None
        if self._left <= 0 or time.monotonic() > self._until:
            raise _Enough
        found = self._first_of(days[: self._left])
        # As many as are played one by one.
        self._left -= len(days) if found is None else found + 1
        return found

    def _leave_out_channels(self) -> None:
        """One channel is enough as a rule; those that are played alone take the least time."""
        for name in self.day.channels:
            if len(self.day.channels) > 1:
                self._try([partial(_with_one_channel, name=name)])
        self._try([partial(_without_channel, name=name) for name in self.day.channels])

    def _leave_out_steps(self) -> None:
        size = len(self.day.steps) // 2
        while size > 1:
            self._leave_out(size)
            self._shorten()
            size = min(size, len(self.day.steps)) // 2
        self._leave_out_one_by_one()

    def _leave_out_one_by_one(self) -> None:
        before = None
        while before != self.day:
            before = self.day
            self._leave_out(1)

    def _leave_out(self, size: int) -> None:
        """So many steps at a time, the last first: the places of those before stay the same."""
        ends = range(len(self.day.steps), 0, -size)
        self._try(partial(_without_steps, places=range(max(end - size, 0), end)) for end in ends)

    def _shorten(self) -> None:
        """Hours in which nothing happens take time to play, and to read."""
        self._try([_from_the_first_step, _with_an_earlier_rest])

    def _simplify(self) -> None:
        self._try(
            partial(_without_tag, name=name, tag=tag)
            for name, spec in self.day.channels.items()
            for tag in sorted({*spec.tags} - {names.TAG_MANAGED})
        )
        for place in range(len(self.day.steps)):
            fields = _fields(self.day.steps[place])
            self._try(
                [
                    *(partial(_without_field, place=place, field=field) for field in fields),
                    partial(_with_one_each, place=place),
                ]
            )
        self._try([_with_exact_schedules])
        self._shorten()
        self._try([_in_whole_minutes])


def _with_one_channel(day: Scenario, name: str) -> Scenario | None:
    """With this channel alone."""
    for other in day.channels:
        if other != name:
            found = _without_channel(day, other)
            if found is None:
                return None
            day = found
    return day


def _without_channel(day: Scenario, name: str) -> Scenario | None:
    """Without the channel and all steps that name it; None without any channel or step."""
    channels = {other: spec for other, spec in day.channels.items() if other != name}
    steps = tuple(step for step in day.steps if f'"{name}"' not in step.model_dump_json())
    is_a_day = bool(channels and steps)
    return day.model_copy(update={"channels": channels, "steps": steps}) if is_a_day else None


def _without_steps(day: Scenario, places: range) -> Scenario | None:
    """Without these steps, and without what now nothing would end."""
    last = len(day.steps) - 1
    rests = isinstance(day.steps[last], Check)
    left = [
        step
        for place, step in enumerate(day.steps)
        if place not in places or (rests and place == last)
    ]
    steps = tuple(reversed([*_with_an_end(reversed(left))]))
    return day.model_copy(update={"steps": steps}) if steps else None


def _with_an_end(backwards: Iterator[AnyStep]) -> Iterator[AnyStep]:
    ended: set[tuple[str, ...]] = set()
    for step in backwards:
        begins, ends = _begins(step), _ends(step)
        if ends is not None:
            ended.add(ends)
        if begins is None or begins in ended:
            yield step


def _begins(step: AnyStep) -> tuple[str, ...] | None:
    """What goes on from this step until another ends it."""
    match step:
        case Pause():
            return ("pause",)
        case Slow(service=service, operation=operation, by=by) if by:
            return service, operation
        case SecretAct(do="delete secret", channel=channel):
            return "secret", channel
    return None


def _ends(step: AnyStep) -> tuple[str, ...] | None:
    match step:
        case Resume():
            return ("pause",)
        case Slow(service=service, operation=operation, by=by) if not by:
            return service, operation
        case SecretAct(do="restore secret", channel=channel):
            return "secret", channel
    return None


def _without_tag(day: Scenario, name: str, tag: str) -> Scenario | None:
    spec = day.channels[name]
    tags = {other: value for other, value in spec.tags.items() if other != tag}
    channels = {**day.channels, name: spec.model_copy(update={"tags": tags})}
    return day.model_copy(update={"channels": channels})


def _fields(step: AnyStep) -> Sequence[str]:
    """Those that the step may do without."""
    return [field for field in _said(step) if field not in _STAYS]


def _said(step: AnyStep) -> dict[str, Any]:
    said: dict[str, Any] = step.model_dump(mode="json", exclude_defaults=True)
    return said


def _without_field(day: Scenario, place: int, field: str) -> Scenario | None:
    said = _said(day.steps[place])
    return _with_step(day, place, {name: said[name] for name in said if name != field})


def _with_one_each(day: Scenario, place: int) -> Scenario | None:
    """With one channel, viewer and so on in a command in place of several."""
    said = _said(day.steps[place])
    detail = said.get("detail", {})
    firsts = {name: value[:1] for name, value in detail.items() if isinstance(value, list)}
    return _with_step(day, place, {**said, "detail": {**detail, **firsts}}) if firsts else None


def _with_step(day: Scenario, place: int, said: Mapping[str, Any]) -> Scenario | None:
    """With another step in this place, unless there is no such step."""
    try:
        step = type(day.steps[place]).model_validate(said)
    except ValidationError:
        return None
    return day.model_copy(update={"steps": (*day.steps[:place], step, *day.steps[place + 1 :])})


def _moved(day: Scenario, to: Callable[[timedelta], timedelta]) -> Scenario:
    """With all moments of the day at other times."""
    steps = []
    for step in day.steps:
        issued = getattr(step, "issued", None)
        moved = {} if issued is None else {"issued": to(issued)}
        steps.append(step.model_copy(update={"at": to(step.at), **moved}))
    return day.model_copy(update={"steps": tuple(steps)})


def _from_the_first_step(day: Scenario) -> Scenario:
    begin = day.steps[0].at
    return _moved(day, lambda at: at - begin)


def _in_whole_minutes(day: Scenario) -> Scenario:
    return _moved(day, lambda at: at // _MINUTE * _MINUTE)


def _with_exact_schedules(day: Scenario) -> Scenario:
    return day.model_copy(update={"sloppy_schedules": False})


def _with_an_earlier_rest(day: Scenario) -> Scenario | None:
    *others, last = day.steps
    if not others or not isinstance(last, Check):
        return None
    rest = last.model_copy(update={"at": others[-1].at + _REST})
    return day.model_copy(update={"steps": (*others, rest)}) if rest.at < last.at else None
