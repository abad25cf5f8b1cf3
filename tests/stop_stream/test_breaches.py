"""What is said of a limit breach."""

from typing import Any

import pytest

from ivskit.changes import LimitBreach
from stop_stream.breaches import sentence
from tests.samples import sample


@pytest.mark.parametrize(
    ("limit", "exceeded_by", "unit", "expected"),
    [
        (100, 1, "active streams", "101 active streams exceed the limit of 100"),
        (15_000, 37, "viewers", "15,037 viewers exceed the limit of 15,000"),
        (0, 1, "active streams", "1 active stream exceeds the limit of 0"),
        (0, 1, "pixels per edge", "1 pixel per edge exceeds the limit of 0"),
        (8.5, 1.2, "megabits", "9.7 megabits exceed the limit of 8.5"),
    ],
)
def test_a_breach_is_a_sentence_with_its_unit(
    limit: float, exceeded_by: float, unit: str, expected: str
) -> None:
    event: dict[str, Any] = sample("limit-breach.concurrent-broadcasts")
    event["detail"] |= {"limit_value": limit, "exceeded_by": exceeded_by, "limit_unit": unit}

    assert sentence(LimitBreach.model_validate(event)) == expected
