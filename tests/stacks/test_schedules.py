"""Schedules send to their own queues only."""

import json
from typing import Any

import pytest

from ivskit import names
from tests.stacks.resources import (
    QUEUE,
    ROLE,
    arn_of,
    dead_letter_queues,
    functions,
    id_in,
)
from tests.stacks.synthesized import SynthesizedWith, Template


def those_that_look_again(template: Template) -> list[dict[str, Any]]:
    """The environment of each function that may leave schedules."""
    variables = [each["Environment"]["Variables"] for each in functions(template)]
    return [each for each in variables if "IVSKIT_SCHEDULE_ROLE" in each]


def schedule_roles(template: Template) -> dict[str, dict[str, Any]]:
    """The trust of each role that EventBridge Scheduler takes."""
    trusts = {
        name: role["AssumeRolePolicyDocument"]["Statement"][0]
        for name, role in template.resources(ROLE).items()
    }
    scheduler = {"Service": "scheduler.amazonaws.com"}
    return {name: trust for name, trust in trusts.items() if trust["Principal"] == scheduler}


def test_a_function_passes_its_own_schedule_role_and_to_the_scheduler_only(
    automation: Template,
) -> None:
    passed = []
    for function in functions(automation):
        role = function["Environment"]["Variables"].get("IVSKIT_SCHEDULE_ROLE")
        passing = [
            each
            for policy in automation.resources("AWS::IAM::Policy").values()
            if id_in(function["Role"]) in [id_in(role) for role in policy["Roles"]]
            for each in policy["PolicyDocument"]["Statement"]
            if each["Action"] == "iam:PassRole"
        ]
        assert [each["Resource"] for each in passing] == ([role] if role else [])
        for each in passing:
            assert each["Condition"] == {
                "StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}
            }
            passed.append(id_in(role))

    assert len(passed) == len(set(passed)) == len(those_that_look_again(automation)) > 0


def test_the_scheduler_takes_its_roles_only_for_our_group(automation: Template) -> None:
    (group,) = automation.resources("AWS::Scheduler::ScheduleGroup")

    assert schedule_roles(automation)
    for trust in schedule_roles(automation).values():
        assert trust["Condition"]["StringEquals"] == {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"},
            "aws:SourceArn": arn_of(group),
        }


def of_the_sweep(automation: Template) -> dict[str, Any]:
    """The schedule of the sweep."""
    schedules: dict[str, dict[str, Any]] = automation.resources("AWS::Scheduler::Schedule")
    [found] = [each for name, each in schedules.items() if name.startswith("ReconcileStreams")]
    return found


def test_a_schedule_may_send_to_its_own_queue_and_its_dead_letters_only(
    automation: Template,
) -> None:
    sending = {
        id_in(role): [
            (each["Effect"], each["Action"], set(map(id_in, each["Resource"])))
            for each in policy["PolicyDocument"]["Statement"]
        ]
        for policy in automation.resources("AWS::IAM::Policy").values()
        for role in policy["Roles"]
        if id_in(role) in schedule_roles(automation)
    }
    target = of_the_sweep(automation)["Target"]
    to_the_sweep = (target["RoleArn"], target["Arn"], target["DeadLetterConfig"]["Arn"])
    variables = ("IVSKIT_SCHEDULE_ROLE", "IVSKIT_QUEUE_ARN", "IVSKIT_SCHEDULE_DEAD_LETTERS")
    of_functions = [
        tuple(each[name] for name in variables) for each in those_that_look_again(automation)
    ]

    assert sending == {
        id_in(role): [("Allow", "sqs:SendMessage", {id_in(queue), id_in(dead_letters)})]
        for role, queue, dead_letters in (to_the_sweep, *of_functions)
    }


def test_the_clock_sends_the_sweep_its_message(automation: Template) -> None:
    schedule = of_the_sweep(automation)
    target = schedule["Target"]

    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    (group,) = automation.resources("AWS::Scheduler::ScheduleGroup").values()
    assert schedule["GroupName"] == group["Name"]
    assert automation.resources(QUEUE)[id_in(target["Arn"])]["QueueName"] == (
        "ivskit-dev-reconcile-streams"
    )
    assert id_in(target["DeadLetterConfig"]["Arn"]) in dead_letter_queues(automation)
    assert id_in(target["RoleArn"]) in schedule_roles(automation)
    assert json.loads(target["Input"]) == {
        "id": "<aws.scheduler.execution-id>",
        "source": names.SCHEDULE,
        "detail-type": names.SWEEP,
        "time": "<aws.scheduler.scheduled-time>",
        "detail": {},
    }


@pytest.mark.parametrize(("every", "rate"), [("1m", "1 minute"), ("1h", "60 minutes")])
def test_how_often_a_sweep_comes_is_a_setting(
    synthesized_with: SynthesizedWith, every: str, rate: str
) -> None:
    sweep = {"every": every, "overdue": "90s"}

    automation = synthesized_with(sweep=sweep).automation

    schedule = of_the_sweep(automation)
    assert schedule["ScheduleExpression"] == f"rate({rate})"
    overdue = [
        each["Environment"]["Variables"].get("IVSKIT_OVERDUE") for each in functions(automation)
    ]
    assert sorted(filter(None, overdue)) == ["90s"]
