"""The rules and sentences of notifications match the outcomes that they are about."""

import re
from typing import Any

import pytest

from ivskit import names
from ivskit.outcomes import BY_NAME
from stacks.notifications import NOTIFICATIONS, Notification
from stacks.settings import EVERYTHING
from tests.stacks.synthesized import SynthesizedWith, Template

RULE = "AWS::Events::Rule"


@pytest.mark.parametrize("notification", NOTIFICATIONS, ids=lambda each: each.rule_id)
def test_a_sentence_names_only_what_its_outcome_always_has(notification: Notification) -> None:
    named = set(re.findall(r"{(\w+)}", notification.sentence))
    fields = BY_NAME[notification.detail_type].model_fields
    by_rule = {name for name, wanted in notification.detail.items() if wanted == [{"exists": True}]}
    # Every reaction names its channel, and a stop its stream: only limits may be an account's.
    always = {"channel_arn", "stream_id"} if notification.about != "limit breach" else by_rule
    required = {name for name, field in fields.items() if field.is_required()}

    assert named <= required | (always & fields.keys())


def test_a_pattern_names_fields_that_the_outcome_has() -> None:
    for notification in NOTIFICATIONS:
        fields = BY_NAME[notification.detail_type].model_fields

        assert notification.detail.keys() <= fields.keys()


def test_the_rules_are_on_our_bus_and_send_a_sentence_to_the_topic(monitoring: Template) -> None:
    rules = monitoring.resources(RULE).values()
    [topic] = [
        name for name in monitoring.resources("AWS::SNS::Topic") if not name.startswith("Calls")
    ]
    (queue,) = monitoring.resources("AWS::SQS::Queue")

    assert len(rules) == len(NOTIFICATIONS)
    for rule in rules:
        [target] = rule["Targets"]
        assert (rule["EventBusName"], target["Arn"]) == ("ivskit-dev", {"Ref": topic})
        assert rule["EventPattern"]["source"] == [names.OUTCOME]
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
        template = target["InputTransformer"]["InputTemplate"]
        assert template.endswith(' Details: ivskit audit --stage dev --cause <detail-event_id>"')


def test_the_settings_choose_the_notifications(synthesized_with: SynthesizedWith) -> None:
    wanted = {"about": ["stream back", "limit breach"]}
    rules = synthesized_with(notifications=wanted).monitoring.resources(RULE).values()

    assert [rule["EventPattern"]["detail-type"] for rule in rules] == [
        ["Stream Back"],
        ["Stop Skipped"],
        ["Stop Skipped"],
    ]


def test_every_choice_of_the_settings_has_a_notification() -> None:
    assert {notification.about for notification in NOTIFICATIONS} == set(EVERYTHING)


def test_rules_are_made_after_their_bus_and_removed_before_it(synthesized: Any) -> None:
    monitoring = synthesized.app.node.find_child("ivskit-dev-monitoring")

    assert [stack.stack_name for stack in monitoring.dependencies] == ["ivskit-dev-automation"]
