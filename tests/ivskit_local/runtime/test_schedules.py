"""Schedules on the virtual clock."""

import copy
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ivskit_local.runtime.iam_policies import NotModelled
from ivskit_local.runtime.world import START, World
from tests.ivskit_local.runtime.apps import (
    ACCOUNT,
    REGION,
    allow,
    att,
    bus,
    event,
    function,
    resource,
    role,
    world,
    write,
)

SENDER = {"Sender": role("scheduler.amazonaws.com", allow("sqs:SendMessage", on=att("tellsQueue")))}
GROUP = {"Group": resource("Scheduler::ScheduleGroup", Name="ours")}
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/app-Sender"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:tells"
PRINT = """
def handler(batch, context):
    for record in batch["Records"]:
        print(time.time(), record["body"])
"""


def schedule(there: World, when: str, **more: Any) -> None:
    target = {"Arn": QUEUE_ARN, "RoleArn": ROLE_ARN, "Input": "due", **more.pop("Target", {})}
    there.client("scheduler").create_schedule(
        **{
            "Name": "later",
            "GroupName": "ours",
            "ScheduleExpression": when,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": target,
            **more,
        }
    )


def at(moment: datetime) -> str:
    return f"at({moment:%Y-%m-%dT%H:%M:%S})"


def printed(there: World) -> list[tuple[float, str]]:
    parts = [line.line.split(" ", 1) for line in there.logs]
    return [(float(when) - START.timestamp(), body) for when, body in parts]


def names(there: World) -> list[str]:
    return [one["Name"] for one in there.client("scheduler").list_schedules()["Schedules"]]


@pytest.fixture
def tells(tmp_path: Path) -> World:
    write(tmp_path, "tells", PRINT)
    return world(tmp_path, function("tells"), SENDER, GROUP)


def test_a_one_time_schedule_fires_when_it_is_due_and_is_gone(tells: World) -> None:
    with tells as there:
        schedule(there, at(START + timedelta(hours=4)))
        there.settle(keep_time=True)
        assert names(there) == ["later"]

        there.settle()

        assert printed(there) == [(4 * 3600, "due")]
        assert there.now == START + timedelta(hours=4)
        assert names(there) == []
        # The test itself asked for it, no event.
        assert [reaction.function for reaction in there.unasked] == ["tells"]


def test_what_a_schedule_sends_can_be_had_at_once_where_the_schedule_would_send_it(
    tells: World,
) -> None:
    message = {
        "id": "<aws.scheduler.execution-id>",
        "source": "ivskit.schedule",
        "detail-type": "Sweep",
        "time": "<aws.scheduler.scheduled-time>",
    }
    now = event(**{"source": "ivskit.schedule", "detail-type": "Sweep"})
    with tells as there:
        schedule(there, "rate(1 hour)", Target={"Input": json.dumps(message)})
        schedule(there, "rate(1 hour)", Name="other")

        delivery = there.deliver(now)
        there.settle(keep_time=True)

        assert (delivery.rules, delivery.queues) == ([], ["tells"])
        [(after, body)] = printed(there)
        filled_in = {"id": now["id"], "time": now["time"]}
        assert (after, json.loads(body)) == (0, message | filled_in)
        assert [reaction.function for reaction in delivery.reactions] == ["tells"]


def test_a_schedule_may_stay_after_it_fired(tells: World) -> None:
    with tells as there:
        schedule(there, at(START + timedelta(hours=4)), ActionAfterCompletion="NONE")
        there.settle()

        assert names(there) == ["later"]


def test_a_schedule_may_speak_of_another_timezone(tells: World) -> None:
    with tells as there:
        schedule(there, "at(2026-11-20T19:00:00)", ScheduleExpressionTimezone="Europe/Berlin")
        there.settle()

        assert printed(there) == [(3600, "due")]


def test_a_schedule_sends_its_own_arn_and_time(tells: World) -> None:
    text = "<aws.scheduler.scheduled-time> <aws.scheduler.schedule-arn>"
    with tells as there:
        schedule(there, at(START + timedelta(hours=1)), Target={"Input": text})
        there.settle()

        arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/ours/later"
        assert printed(there) == [(3600, f"2026-11-20T18:00:00Z {arn}")]


@pytest.mark.parametrize(
    ("when", "more", "error"),
    [
        (at(START), {}, "ValidationException.* is in the past"),
        (at(START - timedelta(days=1)), {}, "ValidationException.* is in the past"),
        ("at(2026-13-01T00:00:00)", {}, "ValidationException.*Invalid Schedule Expression"),
        ("soon", {}, "ValidationException.*Invalid Schedule Expression soon"),
        (at(START + timedelta(days=1)), {"GroupName": "none"}, "ResourceNotFoundException.*none"),
    ],
)
def test_what_the_scheduler_refuses_is_refused(
    tells: World, when: str, more: Mapping[str, Any], error: str
) -> None:
    with tells as there:
        with pytest.raises(ClientError, match=error):
            schedule(there, when, **more)

        assert names(there) == []


def test_a_name_can_be_used_once(tells: World) -> None:
    with tells as there:
        schedule(there, at(START + timedelta(hours=1)))
        with pytest.raises(ClientError, match="ConflictException"):
            schedule(there, at(START + timedelta(hours=2)))
        there.settle()

        assert printed(there) == [(3600, "due")]


def test_a_deleted_schedule_does_not_fire(tells: World) -> None:
    with tells as there:
        schedule(there, at(START + timedelta(hours=1)))
        there.client("scheduler").delete_schedule(Name="later", GroupName="ours")
        there.settle()

        assert (printed(there), there.now) == ([], START)


@pytest.mark.parametrize(("state", "fired"), [("ENABLED", [(7200.0, "due")]), ("DISABLED", [])])
def test_an_updated_schedule_fires_as_it_says_now(
    tells: World, state: str, fired: list[tuple[float, str]]
) -> None:
    with tells as there:
        schedule(there, at(START + timedelta(hours=1)))
        there.client("scheduler").update_schedule(
            Name="later",
            GroupName="ours",
            ScheduleExpression=at(START + timedelta(hours=2)),
            FlexibleTimeWindow={"Mode": "OFF"},
            State=state,
            Target={"Arn": QUEUE_ARN, "RoleArn": ROLE_ARN, "Input": "due"},
        )
        there.settle()

        assert printed(there) == fired


def test_recurring_schedules_fire_only_as_time_passes(tells: World) -> None:
    with tells as there:
        schedule(there, "rate(5 minutes)")
        schedule(there, "cron(7 17 * * ? *)", Name="daily")
        there.settle()
        assert (printed(there), there.now) == ([], START)

        there.run_for(timedelta(minutes=11))

        assert printed(there) == [(300, "due"), (420, "due"), (600, "due")]
        assert names(there) == ["later", "daily"]


def test_sloppy_schedules_fire_late_and_sometimes_twice(tmp_path: Path) -> None:
    write(tmp_path, "tells", PRINT)
    sloppy = world(tmp_path, function("tells"), SENDER, GROUP, sloppy_schedules=True)
    with sloppy as there:
        for number in range(20):
            schedule(there, at(START + timedelta(hours=1)), Name=f"s{number}", Target={})
        there.settle()

        late = [when - 3600 for when, _ in printed(there)]
        assert 20 < len(late) < 40
        assert all(0 <= one < 120 for one in late)
        assert len(set(late)) > 5


@pytest.mark.parametrize(("group", "fired"), [("ours", 1), ("theirs", 0)])
def test_a_role_may_be_for_the_schedules_of_one_group_only(
    tmp_path: Path, group: str, fired: int
) -> None:
    write(tmp_path, "tells", PRINT)
    sender = copy.deepcopy(SENDER)
    [trust] = sender["Sender"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    arn = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/{group}"
    trust["Condition"] = {"StringEquals": {"aws:SourceArn": arn, "aws:SourceAccount": ACCOUNT}}
    with world(tmp_path, function("tells"), sender, GROUP) as there:
        schedule(there, at(START + timedelta(hours=1)))
        there.settle()

        assert len(printed(there)) == fired


def test_a_schedule_that_may_not_send_goes_to_dead_letters(tmp_path: Path) -> None:
    keeper = role("scheduler.amazonaws.com", allow("sqs:SendMessage", on=att("tellsDead")))
    dead = {"DeadLetterConfig": {"Arn": f"{QUEUE_ARN}-dead"}}
    with world(tmp_path, function("tells"), GROUP, {"Sender": keeper}) as there:
        schedule(there, at(START + timedelta(hours=1)), Target={**dead, "Input": '{"id": "x"}'})
        there.settle()

        [letter] = there.dead_letters()
        assert (letter.queue, letter.event_id) == ("tells-dead", "x")
        assert letter.error == (
            f"scheduler.amazonaws.com may not take {ROLE_ARN}, or sqs:SendMessage on {QUEUE_ARN} "
            "with it"
        )


ASKS = """
def handler(batch, context):
    boto3.client("scheduler").create_schedule(
        Name="later", ScheduleExpression="at(2026-11-20T21:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": os.environ["TO"], "RoleArn": os.environ["ROLE"], "Input": '{"id": "x"}'})
"""


def asks(**variables: str) -> dict[str, Any]:
    merged = {"TO": QUEUE_ARN, "ROLE": ROLE_ARN, **variables}
    return function("asks", variables=merged)


@pytest.mark.parametrize(
    ("sender", "to", "lost"),
    [
        (resource("SQS::Queue"), QUEUE_ARN, "may not take"),
        (role("events.amazonaws.com", allow("*")), QUEUE_ARN, "may not take"),
        (role("scheduler.amazonaws.com", allow("sqs:ReceiveMessage")), QUEUE_ARN, "may not take"),
        (role("scheduler.amazonaws.com", allow("*")), f"{QUEUE_ARN}x", "does not exist"),
        (
            role("scheduler.amazonaws.com", allow("*")),
            f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/none",
            "does not exist",
        ),
    ],
)
def test_a_schedule_that_gets_nowhere_is_reported(
    tmp_path: Path, sender: Mapping[str, Any], to: str, lost: str
) -> None:
    write(tmp_path, "asks", ASKS)
    tells = function("tells")
    tells["tellsRule"]["Properties"]["State"] = "DISABLED"
    with world(tmp_path, asks(TO=to), tells, {"Sender": sender}) as there:
        delivery = there.deliver(event())
        there.settle()

        [loss] = delivery.lost
        assert lost in loss


def test_what_a_function_schedules_goes_back_to_its_event(tmp_path: Path) -> None:
    write(tmp_path, "asks", ASKS)
    write(tmp_path, "tells", PRINT)
    tells = function("tells")
    tells["tellsRule"]["Properties"]["State"] = "DISABLED"
    with world(tmp_path, asks(), tells, SENDER) as there:
        delivery = there.deliver(event())
        there.settle()

        assert [reaction.function for reaction in delivery.reactions] == ["asks", "tells"]
        assert printed(there) == [(4 * 3600, '{"id": "x"}')]


def test_passing_a_role_needs_a_permission_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "asks", ASKS)
    asking = function(
        "asks",
        variables={"TO": QUEUE_ARN, "ROLE": ROLE_ARN},
        may=[allow("scheduler:*"), allow("iam:PassRole", on=f"{ROLE_ARN}-other")],
        tries=1,
    )
    with world(tmp_path, asking) as there:
        there.deliver(event())
        there.settle()

        [letter] = there.dead_letters()
        assert f"not authorized to perform: iam:PassRole on resource: {ROLE_ARN}" in letter.error


def test_a_schedule_may_put_an_event_on_a_bus(tmp_path: Path) -> None:
    write(tmp_path, "tells", PRINT)
    sender = role("scheduler.amazonaws.com", allow("events:PutEvents", on=att("Bus")))
    recurring = resource(
        "Scheduler::Schedule",
        Name="sweep",
        GroupName={"Ref": "Group"},
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": att("Bus"),
            "RoleArn": att("Sender"),
            "Input": "{}",
            "EventBridgeParameters": {
                "Source": "ivskit.sweep",
                "DetailType": "Sweep",
            },
            "DeadLetterConfig": {"Arn": att("Undelivered")},
        },
    )
    without_letters = copy.deepcopy(recurring)
    without_letters["Properties"] |= {"Name": "never", "State": "DISABLED"}
    del without_letters["Properties"]["Target"]["DeadLetterConfig"]
    tells = function("tells")
    tells["tellsRule"]["Properties"] |= {
        "EventBusName": {"Ref": "Bus"},
        "EventPattern": {"source": ["ivskit.sweep"]},
    }
    resources = {
        "Sender": sender,
        "Sweep": recurring,
        "Never": without_letters,
        "Undelivered": resource("SQS::Queue", QueueName="undelivered"),
    }
    with world(tmp_path, tells, bus(), GROUP, resources) as there:
        there.run_for(timedelta(minutes=2, seconds=30))

        assert [when for when, _ in printed(there)] == [60, 120]


@pytest.mark.parametrize(
    "target", [{"Arn": "arn:aws:lambda:us-west-2:123456789012:function:x"}, {"Input": None}]
)
def test_a_target_that_cannot_be_carried_out_is_no_matter_for_the_function(
    tells: World, target: Mapping[str, Any]
) -> None:
    with tells as there:
        whole = {"Arn": QUEUE_ARN, "RoleArn": ROLE_ARN, "Input": "x", **target}
        given = {key: value for key, value in whole.items() if value is not None}
        with pytest.raises(NotModelled, match="a schedule's target"):
            there.client("scheduler").create_schedule(
                Name="x",
                GroupName="ours",
                ScheduleExpression=at(START + timedelta(hours=1)),
                FlexibleTimeWindow={"Mode": "OFF"},
                Target=given,
            )
