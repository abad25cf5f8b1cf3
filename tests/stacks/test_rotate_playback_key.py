"""The function of playback key pairs: its clock, and the pairs that it may delete."""

from typing import Any

from tests.stacks.resources import statements
from tests.stacks.synthesized import SynthesizedWith, Template

SCHEDULE = "AWS::Scheduler::Schedule"
THEIRS = "arn:aws:ivs:us-west-2:123456789012:playback-key/theirs"


def delete_statements(template: Template) -> list[dict[str, Any]]:
    """What allows to delete pairs."""
    found: list[dict[str, Any]] = [
        each for each in statements(template) if "DeletePlaybackKeyPair" in str(each["Action"])
    ]
    return found


def test_a_clock_is_there_only_with_an_age(
    synthesized_with: SynthesizedWith, automation: Template
) -> None:
    aged = synthesized_with(playback={"rotate": "30d"}).automation

    assert len(automation.resources(SCHEDULE)) == 2
    rates = [each["ScheduleExpression"] for each in aged.resources(SCHEDULE).values()]
    assert sorted(rates) == ["rate(5 minutes)", "rate(60 minutes)", "rate(60 minutes)"]


def test_it_may_delete_its_own_pairs_and_those_of_the_settings(
    synthesized_with: SynthesizedWith, automation: Template
) -> None:
    [own] = delete_statements(automation)
    assert own["Condition"] == {"StringEquals": {"aws:ResourceTag/ivskit:stage": "dev"}}

    named = synthesized_with(playback={"replaces": [THEIRS]}).automation
    assert [each["Resource"] for each in delete_statements(named)] == [own["Resource"], THEIRS]


def test_it_can_be_left_out(synthesized_with: SynthesizedWith) -> None:
    without = synthesized_with(playback={"enabled": False}).automation

    assert "playbackkey" not in str(without.content["Resources"]).lower()
