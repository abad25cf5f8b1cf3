"""Why a pattern does not match: each field, what it wants, and what is there."""

from typing import Any

import pytest

from ivskit_local.runtime.mismatches import mismatches
from ivskit_local.runtime.patterns import compile_pattern

EVENT: dict[str, Any] = {
    "source": "aws.ivs",
    "resources": ["arn-1", "arn-2"],
    "detail": {"event_name": "Stream End", "viewers": 7, "of": [{"n": 1}, {"n": 2}]},
}


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ({"source": ["aws.ivs"]}, []),
        ({"source": ["a", "b"]}, ['source: wants "a" or "b", and the event has "aws.ivs"']),
        (
            {"detail": {"event_name": ["Stream Start"], "stream_id": [{"exists": True}]}},
            [
                'detail.event_name: wants "Stream Start", and the event has "Stream End"',
                'detail.stream_id: wants {"exists": true}, and the event has nothing',
            ],
        ),
        (
            {"resources": [{"prefix": "x"}]},
            ['resources: wants {"prefix": "x"}, and the event has "arn-1" and "arn-2"'],
        ),
        (
            {"nothing": {"there": ["a"]}},
            ['nothing.there: wants "a", and the event has nothing'],
        ),
        ({"detail": {"viewers": ["7"]}}, ['detail.viewers: wants "7", and the event has 7']),
        (
            {"detail": {"of": {"n": [3]}}},
            ['detail.of: wants {"n": [3]}, and the event has {"n": 1} and {"n": 2}'],
        ),
        (
            {"$or": [{"source": ["a"], "resources": ["b"]}, {"source": ["c"]}]},
            ['source: wants "c", and the event has "aws.ivs"'],
        ),
    ],
)
def test_every_field_that_does_not_match_is_named(pattern: Any, said: list[str]) -> None:
    found = mismatches(pattern, EVENT)

    assert [str(each) for each in found] == said
    assert compile_pattern(pattern)(EVENT) is not bool(said)
