"""Rules, targets and what cannot be delivered."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from moto.events.models import events_backends

from ivskit_local.runtime.iam_policies import NotModelled
from ivskit_local.runtime.template import NotCarriedOut
from ivskit_local.runtime.world import World
from tests.ivskit_local.runtime.apps import (
    ACCOUNT,
    REGION,
    admitting,
    att,
    bus,
    document,
    entry,
    event,
    function,
    put,
    resource,
    world,
    write,
)

PRINT = "def handler(batch, context):\n    print(batch['Records'][0]['body'])"


def target(there: Mapping[str, Any], name: str, **more: Any) -> dict[str, Any]:
    """The function's resources with a changed target."""
    changed = dict(there)
    rule = changed[f"{name}Rule"]["Properties"]
    rule["Targets"] = [{**rule["Targets"][0], **more}]
    return changed


def bodies(there: World) -> list[Any]:
    return [json.loads(line.line) for line in there.logs]


def test_the_whole_envelope_reaches_the_queue(tmp_path: Path) -> None:
    write(tmp_path, "tells", PRINT)
    with world(tmp_path, function("tells")) as there:
        delivery = there.deliver(event())
        there.settle()

        assert bodies(there) == [event()]
        assert delivery.rules == ["tellsRule"]


def test_a_rule_is_named_by_its_construct_path(tmp_path: Path) -> None:
    resources = function("tells")
    resources["tellsRule"]["Metadata"] = {"aws:cdk:path": "app/Tells/StreamEnd/Resource"}
    write(tmp_path, "tells", PRINT)
    with world(tmp_path, resources) as there:
        assert there.deliver(event()).rules == ["app/Tells/StreamEnd"]


def test_a_rule_without_targets_still_matches(tmp_path: Path) -> None:
    rule = {"Rule": resource("Events::Rule", EventPattern={"source": ["aws.ivs"]})}
    with world(tmp_path, rule) as there:
        assert there.deliver(event()).rules == ["Rule"]


def test_an_event_that_matches_no_rule_causes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "tells", PRINT)
    resources = function("tells")
    resources["tellsRule"]["Properties"]["EventPattern"] = {"source": ["other"]}
    with world(tmp_path, resources) as there:
        assert there.deliver(event()).rules == []


def test_a_disabled_rule_matches_nothing(tmp_path: Path) -> None:
    resources = function("tells")
    resources["tellsRule"]["Properties"]["State"] = "DISABLED"
    with world(tmp_path, resources) as there:
        assert there.deliver(event()).rules == []


@pytest.mark.parametrize(
    ("more", "body"),
    [
        ({"Input": '{"fixed": 1}'}, {"fixed": 1}),
        ({"InputPath": "$.detail.event_name"}, "Stream End"),
    ],
)
def test_a_target_may_want_something_else_than_the_event(
    tmp_path: Path, more: dict[str, str], body: object
) -> None:
    write(tmp_path, "tells", PRINT)
    with world(tmp_path, target(function("tells"), "tells", **more)) as there:
        there.deliver(event())
        there.settle()

        assert bodies(there) == [body]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"InputTransformer": {"InputTemplate": "x"}}, "an InputTemplate that is no line"),
        ({"KinesisParameters": {}}, r"with \['KinesisParameters'\]"),
        ({"InputPath": "$.a[0]"}, "the InputPath"),
        ({"Arn": "arn:aws:lambda:us-west-2:123456789012:function:x"}, "a target arn:aws:lambda"),
    ],
)
def test_a_target_that_cannot_be_carried_out_is_refused(
    tmp_path: Path, more: dict[str, Any], message: str
) -> None:
    there = world(tmp_path, target(function("tells"), "tells", **more))
    with pytest.raises(NotCarriedOut, match=f"app: tellsRule.*{message}"):
        there.__enter__()


def test_a_queue_that_does_not_admit_eventbridge_gets_nothing(tmp_path: Path) -> None:
    resources = function("tells")
    resources["tellsAdmits"]["Properties"]["PolicyDocument"] = admitting(
        "events.amazonaws.com",
        att("tellsQueue"),
        Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:events:us-west-2:1:rule/other"}},
    )
    with world(tmp_path, resources) as there:
        delivery = there.deliver(event())
        there.settle()

        assert delivery.rules == ["tellsRule"]
        assert delivery.reactions == []
        assert delivery.lost == [
            "tellsRule: NO_PERMISSIONS: the policy of arn:aws:sqs:us-west-2:123456789012:tells "
            "does not admit events.amazonaws.com"
        ]


def test_what_cannot_be_delivered_goes_to_the_targets_dead_letters(tmp_path: Path) -> None:
    resources = {
        **target(
            function("tells"),
            "tells",
            Arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:nowhere",
            DeadLetterConfig={"Arn": att("Undelivered")},
        ),
        "Undelivered": resource("SQS::Queue", QueueName="undelivered"),
        "Admits": resource(
            "SQS::QueuePolicy",
            Queues=[{"Ref": "Undelivered"}],
            PolicyDocument=admitting("events.amazonaws.com", att("Undelivered")),
        ),
    }
    with world(tmp_path, resources) as there:
        delivery = there.deliver(event())

        [letter] = there.dead_letters()
        assert (letter.queue, letter.function) == ("undelivered", None)
        assert letter.event_id == "event-1"
        assert letter.error == "arn:aws:sqs:us-west-2:123456789012:nowhere does not exist"
        assert delivery.lost == []


@pytest.mark.parametrize("exists", [True, False])
def test_dead_letters_that_do_not_exist_either_are_reported(
    tmp_path: Path, *, exists: bool
) -> None:
    name = "tells-dead" if exists else "nowhere"
    nowhere = f"arn:aws:sqs:{REGION}:{ACCOUNT}:"
    changed = target(
        function("tells"),
        "tells",
        Arn=f"{nowhere}nowhere",
        DeadLetterConfig={"Arn": f"{nowhere}{name}"},
    )
    with world(tmp_path, changed) as there:
        assert there.deliver(event()).lost == [
            f"tellsRule: RESOURCE_NOT_FOUND: {nowhere}nowhere does not exist"
        ]
        assert there.dead_letters() == []


def test_topics_and_logs_may_be_targets(tmp_path: Path) -> None:
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/events"
    resources = {
        "Topic": resource("SNS::Topic", TopicName="alerts"),
        "Admits": resource(
            "SNS::TopicPolicy",
            Topics=[{"Ref": "Topic"}],
            PolicyDocument=document(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": {"Ref": "Topic"},
                }
            ),
        ),
        "Log": resource("Logs::LogGroup", LogGroupName="/events"),
        "LogAdmits": log_policy(f"{group}:*"),
        "Rule": resource(
            "Events::Rule",
            EventPattern={"source": ["aws.ivs"]},
            Targets=[{"Id": "topic", "Arn": {"Ref": "Topic"}}, {"Id": "log", "Arn": group}],
        ),
        "Unknown": resource(
            "Events::Rule",
            EventPattern={"source": ["aws.ivs"]},
            Targets=[
                {"Id": "topic", "Arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:nowhere"},
                {"Id": "log", "Arn": f"{group}/nowhere"},
            ],
        ),
    }
    with world(tmp_path, resources) as there:
        delivery = there.deliver(event())
        there.deliver(event())

        assert len(delivery.lost) == 2
        read = there.client("logs").filter_log_events(logGroupName="/events")["events"]
        assert [json.loads(line["message"]) for line in read] == [event(), event()]


def log_policy(arn: str) -> dict[str, Any]:
    """Lets EventBridge write to a log group."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": arn,
    }
    text = json.dumps(document(statement))
    return resource("Logs::ResourcePolicy", PolicyName="admits", PolicyDocument=text)


def test_a_log_group_takes_only_what_a_policy_admits(tmp_path: Path) -> None:
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/events"
    resources = {
        "Log": resource("Logs::LogGroup", LogGroupName="/events"),
        "Other": log_policy(f"{group}/others:*"),
        "Rule": resource(
            "Events::Rule",
            EventPattern={"source": ["aws.ivs"]},
            Targets=[{"Id": "log", "Arn": group}],
        ),
    }
    with world(tmp_path, resources) as there:
        assert there.deliver(event()).lost == [
            f"Rule: NO_PERMISSIONS: the policy of {group} does not admit events.amazonaws.com"
        ]


def test_a_target_that_came_in_by_the_back_door_is_refused(tmp_path: Path) -> None:
    with world(tmp_path) as there:
        there.client("events").put_rule(Name="odd", EventPattern='{"source": ["aws.ivs"]}')
        arn = "arn:aws:lambda:us-west-2:123456789012:function:x"
        there.client("events").put_targets(Rule="odd", Targets=[{"Id": "x", "Arn": arn}])

        with pytest.raises(NotModelled, match="target in lambda"):
            there.deliver(event())


def test_an_archive_keeps_what_its_pattern_matches(tmp_path: Path) -> None:
    archive = {
        "Archive": resource(
            "Events::Archive", SourceArn=att("Bus"), EventPattern={"source": ["test"]}
        ),
        "Everything": resource("Events::Archive", SourceArn=att("Bus")),
    }
    with world(tmp_path, bus(), archive) as there:
        put(there, entry(), entry(Source="other"))

        archives = events_backends[ACCOUNT][REGION].archives
        kept = {name: [one["source"] for one in archives[name].events] for name in archives}
        assert kept == {"app-Archive": ["test"], "app-Everything": ["test", "other"]}


def test_an_event_goes_to_the_bus_that_its_source_belongs_on(tmp_path: Path) -> None:
    with world(tmp_path, bus()) as there:
        for source in ("aws.ivs", "ivskit.command"):
            there.deliver(event(source=source))
        there.deliver(event(source="aws.ivs"), bus="ours")

        with pytest.raises(LookupError, match="no event bus unknown"):
            there.deliver(event(), bus="unknown")
    with world(tmp_path) as there, pytest.raises(NotModelled, match="the template has none"):
        there.deliver(event(source="ivskit.command"))
