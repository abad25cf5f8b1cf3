"""The policy that a function reads from a channel's tags."""

import pytest

from ivskit.automation.environment import Environment
from tests.environments import every_function


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"ivskit:managed": "true", "team": "blue"},
        {"ivskit:managed": "true", " IVSkit:Mode": "observe"},
        {"ivskit:rotate": "sometimes", "ivskit:max-durations": "1h"},
    ],
)
def test_a_policy_comes_from_all_tags_of_ivskit_however_they_are_written(
    tags: dict[str, str],
) -> None:
    environment = Environment.read(every_function("stop_stream"))
    read = environment.policy.of(tags, stage=environment.stage)

    assert environment.policy_of(tags) == environment.policy_of({**tags, "show": "news"}) == read
