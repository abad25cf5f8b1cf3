"""Schedule expressions: at, rate and cron."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# Cron looks no further ahead than this, which covers every leap year.
_HORIZON = timedelta(days=366 * 8)


class InvalidExpression(ValueError):
    """The scheduler would refuse it."""


def once(expression: str, timezone: str = "UTC") -> datetime | None:
    """The moment of an at(...), None for other expressions."""
    found = re.fullmatch(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)", expression)
    if found is None:
        return None
    try:
        return datetime.fromisoformat(found[1]).replace(tzinfo=_zone(timezone)).astimezone(UTC)
    except (ValueError, KeyError) as error:
        raise InvalidExpression(f"Invalid Schedule Expression {expression}.") from error


def following(expression: str, moment: datetime, timezone: str = "UTC") -> datetime:
    """When a rate(...) or cron(...) comes next after a moment."""
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return moment + int(rate[1]) * timedelta(seconds=_UNITS[rate[2]])
    if cron := re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", expression):
        local = moment.astimezone(_zone(timezone))
        return _next_cron(Cron(*cron.groups()), local).astimezone(UTC)
    raise InvalidExpression(f"Invalid Schedule Expression {expression}.")


def _zone(name: str) -> tzinfo:
    # UTC is known also where no database of timezones is installed.
    return UTC if name == "UTC" else ZoneInfo(name)


class Cron:
    """The six fields of a cron expression, each as the numbers that it allows."""

    def __init__(
        self, minutes: str, hours: str, days: str, months: str, weekdays: str, years: str
    ) -> None:
        if (days == "?") == (weekdays == "?"):
            raise InvalidExpression("one of day-of-month and day-of-week is ?, the other isn't")
        self.minutes = set(_numbers(minutes, 0, 59, ()))
        self.hours = set(_numbers(hours, 0, 23, ()))
        self._days = set(_numbers(days, 1, 31, ()))
        self._months = set(_numbers(months, 1, 12, _MONTHS))
        self._weekdays = set(_numbers(weekdays, 1, 7, _DAYS))
        self._years = set(_numbers(years, 1970, 2199, ()))

    def allows(self, day: datetime) -> bool:
        """Whether anything is due on this day."""
        return (
            day.year in self._years
            and day.month in self._months
            and day.day in self._days
            and day.isoweekday() % 7 + 1 in self._weekdays
        )


def _numbers(field: str, low: int, high: int, names: tuple[str, ...] | list[str]) -> Iterator[int]:
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span in ("*", "?"):
            begin, end = low, high
        else:
            begin = _number(first, low, high, names)
            end = _number(last, low, high, names) if dash else high if step else begin
        yield from range(begin, end + 1, int(step or 1))


def _number(text: str, low: int, high: int, names: tuple[str, ...] | list[str]) -> int:
    number = names.index(text.upper()) + 1 if text.upper() in names else text
    if not str(number).isdigit() or not low <= int(number) <= high:
        raise InvalidExpression(f"{text} is not between {low} and {high}")
    return int(number)


def _next_cron(cron: Cron, after: datetime) -> datetime:
    moment = (after + timedelta(minutes=1)).replace(second=0, microsecond=0)
    while moment - after < _HORIZON:
        if not cron.allows(moment):
            moment = moment.replace(hour=0, minute=0) + timedelta(days=1)
        elif moment.hour not in cron.hours:
            moment = moment.replace(minute=0) + timedelta(hours=1)
        elif moment.minute not in cron.minutes:
            moment += timedelta(minutes=1)
        else:
            return moment
    raise InvalidExpression("nothing is ever due")
