"""Schedule expressions."""

from datetime import UTC, datetime

import pytest

from ivskit_local.runtime.expressions import InvalidExpression, following, once

FRIDAY = datetime(2026, 11, 20, 17, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", "2026-11-20T17:01:30"),
        ("rate(5 minutes)", "2026-11-20T17:05:30"),
        ("rate(2 hours)", "2026-11-20T19:00:30"),
        ("rate(1 day)", "2026-11-21T17:00:30"),
        ("cron(* * * * ? *)", "2026-11-20T17:01:00"),
        ("cron(0/15 * * * ? *)", "2026-11-20T17:15:00"),
        ("cron(5,10 16-18 * * ? *)", "2026-11-20T17:05:00"),
        ("cron(30 16 * * ? *)", "2026-11-21T16:30:00"),
        ("cron(0 0 1 * ? *)", "2026-12-01T00:00:00"),
        ("cron(0 9 ? * MON-FRI *)", "2026-11-23T09:00:00"),
        ("cron(0 9 ? * sun *)", "2026-11-22T09:00:00"),
        ("cron(0 0 29 FEB ? *)", "2028-02-29T00:00:00"),
        ("cron(0 0 1 1 ? 2030)", "2030-01-01T00:00:00"),
    ],
)
def test_what_follows(expression: str, expected: str) -> None:
    assert following(expression, FRIDAY) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_cron_goes_by_the_clocks_of_its_timezone() -> None:
    assert following("cron(0 9 * * ? *)", FRIDAY, "America/New_York") == datetime(
        2026, 11, 21, 14, 0, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "expression",
    [
        "soon",
        "rate(5 weeks)",
        "cron(* * * * *)",
        "cron(60 * * * ? *)",
        "cron(x * * * ? *)",
        "cron(0 0 1 * 1 *)",
        "cron(0 0 ? * ? *)",
        "cron(0 0 30 2 ? *)",
    ],
)
def test_what_is_refused(expression: str) -> None:
    with pytest.raises(InvalidExpression):
        following(expression, FRIDAY)


def test_a_moment_in_a_timezone() -> None:
    five = datetime(2026, 11, 20, 17, tzinfo=UTC)
    assert once("at(2026-11-20T18:00:00)", "Europe/Berlin") == five
    assert once("rate(1 minute)") is None
    for expression, timezone in (
        ("at(2026-13-01T00:00:00)", "UTC"),
        ("at(2026-11-20T18:00:00)", "No/Where"),
    ):
        with pytest.raises(InvalidExpression):
            once(expression, timezone)
