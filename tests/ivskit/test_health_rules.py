"""The rules of health, as settings have them."""

from typing import Any

import pytest
from pydantic import ValidationError

from ivskit.policy import PolicySettings
from ivskit.policy.health import NO_RULES, HealthRule, HealthRules


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({}, "needs below or above"),
        ({"below": 5, "above": 4}, r"below \(5\) is more than above \(4\)"),
        ({"below": -1}, "greater than or equal to 0"),
        ({"below": 5, "for": "90s"}, "should be whole minutes, 1m to 3h, not 90s"),
        ({"below": 5, "for": "4h"}, "should be whole minutes, 1m to 3h, not 4h"),
        ({"below": 5, "then": "shout"}, "'notify', 'kick', 'rotate' or 'block'"),
        ({"under": 5}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_rule_says_what_is_wrong(rule: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        HealthRule.model_validate(rule)


def test_there_is_a_rule_only_for_metrics_that_ivs_has() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        HealthRules.model_validate({"bitrate": {"below": 5}})


@pytest.mark.parametrize(
    ("value", "is_broken"), [(4.9, True), (5, False), (7, False), (9, False), (9.1, True)]
)
def test_both_limits_are_right_themselves(value: float, is_broken: bool) -> None:
    assert HealthRule(below=5, above=9).is_broken_by(value) is is_broken


def test_functions_read_the_rules_that_the_stacks_write() -> None:
    said = {"health": {"keyframe_interval": {"above": 4, "for": "10m"}}}
    settings = PolicySettings.model_validate(said)

    read = PolicySettings.model_validate_json(settings.model_dump_json())
    assert read == settings
    assert hash(read) == hash(settings)
    [(metric, rule)] = read.health.watched.items()
    assert (metric, str(rule), rule.then) == ("keyframe_interval", "above 4 for 10m", "notify")


@pytest.mark.parametrize(
    ("tag", "is_watched", "is_bad"),
    [(None, True, False), ("on", True, False), ("OFF", False, False), ("maybe", True, True)],
)
def test_a_channel_may_opt_out(tag: str | None, is_watched: bool, is_bad: bool) -> None:
    rules = HealthRules.model_validate({"ingest_bitrate": {"below": 5}})
    tags = {} if tag is None else {"ivskit:health": tag}
    policy = PolicySettings(health=rules).of(tags, stage="dev")

    assert policy.health == (rules if is_watched else NO_RULES)
    assert bool(policy.bad_tags) is is_bad
