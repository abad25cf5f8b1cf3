"""Rules match narrowly, are on the right bus, and reach their queues."""

from typing import Any

from ivskit import names
from tests.stacks.resources import (
    RULE,
    dead_letter_queues,
    id_in,
    rules_of_functions,
)
from tests.stacks.synthesized import Template


def test_every_rule_pins_source_detail_type_and_discriminator(automation: Template) -> None:
    for rule in rules_of_functions(automation).values():
        pattern = rule["EventPattern"]

        assert len(pattern["source"]) == len(pattern["detail-type"]) == 1
        # A command's detail-type is its discriminator, and a breach names its limit in two ways.
        if pattern["detail-type"] == [names.LIMIT_BREACH]:
            assert [list(way) for way in pattern["detail"]["$or"]] == [["limit_name"], ["limit"]]
        elif pattern["source"] != [names.COMMAND]:
            assert pattern["detail"]["event_name"]


def test_a_change_that_the_sweep_may_find_has_its_rule_twice(automation: Template) -> None:
    def changes(source: str) -> list[tuple[Any, ...]]:
        return [
            (rule["EventPattern"]["detail-type"], rule["EventPattern"]["detail"], rule["Targets"])
            for rule in rules_of_functions(automation).values()
            if rule["EventPattern"]["source"] == [source]
            if rule["EventPattern"]["detail-type"] != [names.LIMIT_BREACH]
        ]

    assert changes(names.IVS)
    assert changes(names.IVS) == changes(names.RECONCILE)


def test_rules_of_ours_are_on_our_bus_and_those_of_ivs_on_the_default_one(
    automation: Template,
) -> None:
    (bus,) = automation.resources("AWS::Events::EventBus")
    for rule in automation.resources(RULE).values():
        expected = None if rule["EventPattern"]["source"] == [names.IVS] else {"Ref": bus}

        assert rule.get("EventBusName") == expected


def test_every_rule_can_reach_its_queue_and_keeps_what_it_cannot_deliver(
    automation: Template,
) -> None:
    may_send = {
        (id_in(statement["Condition"]["ArnEquals"]["aws:SourceArn"]), id_in(queue))
        for policy in automation.resources("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        for queue in policy["Queues"]
        if statement["Effect"] == "Allow"
    }
    for logical_id, rule in rules_of_functions(automation).items():
        (target,) = rule["Targets"]
        queue, dead_letters = id_in(target["Arn"]), id_in(target["DeadLetterConfig"]["Arn"])

        assert {(logical_id, queue), (logical_id, dead_letters)} <= may_send
        assert dead_letters in dead_letter_queues(automation)
