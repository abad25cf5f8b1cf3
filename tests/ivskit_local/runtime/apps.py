"""Small apps to run: handlers written into a folder, and a template by hand."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ivskit_local.runtime.world import World

ACCOUNT = "123456789012"
REGION = "us-west-2"
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
STACK = "app"


def event(name: str = "Stream End", *, source: str = "aws.ivs", **more: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "event-1",
        "detail-type": "Test",
        "source": source,
        "account": ACCOUNT,
        "time": "2026-11-20T17:00:00Z",
        "region": REGION,
        "resources": [f"arn:aws:ivs:{REGION}:{ACCOUNT}:channel/abcdefgh"],
        "detail": {"event_name": name},
        **more,
    }


def att(logical_id: str, attribute: str = "Arn") -> Mapping[str, Any]:
    return {"Fn::GetAtt": [logical_id, attribute]}


def allow(*actions: str, on: Any = "*") -> Mapping[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def function(
    name: str,
    *,
    may: Sequence[Mapping[str, Any]] = (ANYTHING,),
    mapping: Mapping[str, Any] | None = None,
    queue: Mapping[str, Any] | None = None,
    timeout: int = 3,
    variables: Mapping[str, str] | None = None,
    tries: int = 3,
) -> dict[str, Any]:
    """A rule on the default bus, a queue with dead letters, and the function behind them."""
    return {
        f"{name}Dead": resource("SQS::Queue", QueueName=f"{name}-dead"),
        f"{name}Queue": resource(
            "SQS::Queue",
            **{
                "QueueName": name,
                "VisibilityTimeout": 30,
                "RedrivePolicy": {
                    "deadLetterTargetArn": att(f"{name}Dead"),
                    "maxReceiveCount": tries,
                },
                **(queue or {}),
            },
        ),
        f"{name}Admits": resource(
            "SQS::QueuePolicy",
            Queues=[{"Ref": f"{name}Queue"}],
            PolicyDocument=admitting("events.amazonaws.com", att(f"{name}Queue")),
        ),
        f"{name}Rule": resource(
            "Events::Rule",
            EventPattern={"source": ["aws.ivs"]},
            Targets=[{"Id": "queue", "Arn": att(f"{name}Queue")}],
        ),
        f"{name}Role": role("lambda.amazonaws.com", *may),
        f"{name}Function": resource(
            "Lambda::Function",
            FunctionName=name,
            Handler=f"{name}.handler.handler",
            Role=att(f"{name}Role"),
            Timeout=timeout,
            Environment={"Variables": {"QUEUE_URL": {"Ref": f"{name}Queue"}, **(variables or {})}},
        ),
        f"{name}Mapping": resource(
            "Lambda::EventSourceMapping",
            **{
                "EventSourceArn": att(f"{name}Queue"),
                "FunctionName": {"Ref": f"{name}Function"},
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                **(mapping or {}),
            },
        ),
    }


def admitting(service: str, arn: Any, **more: Any) -> Mapping[str, Any]:
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            **more,
        }
    )


def document(*statements: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(service: str, *may: Mapping[str, Any]) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return resource(
        "IAM::Role",
        AssumeRolePolicyDocument=document(trust),
        Policies=[{"PolicyName": "own", "PolicyDocument": document(*may)}],
    )


def bus(**properties: Any) -> dict[str, Any]:
    return {"Bus": resource("Events::EventBus", Name="ours", **properties)}


def write(root: Path, name: str, source: str) -> None:
    """A handler package; its module sees boto3, json, os and time."""
    package = root / "functions" / name
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").touch()
    imports = "import json, os, time\nimport boto3\n"
    (package / "handler.py").write_text(imports + textwrap.dedent(source))


def world(root: Path, *resources: Mapping[str, Any], **options: Any) -> World:
    """A world of one stack."""
    merged = {key: one for some in resources for key, one in some.items()}
    return World({STACK: {"Resources": merged}}, project_root=root, **options)


def lines(there: World) -> list[str]:
    """All that functions printed."""
    return [line.line for line in there.logs]


def put(there: World, *entries: Mapping[str, Any]) -> Any:
    """The answer of PutEvents."""
    return there.client("events").put_events(Entries=entries)


def entry(**more: Any) -> Mapping[str, Any]:
    """An entry of PutEvents for the bus `ours`."""
    return {"Source": "test", "DetailType": "Test", "Detail": "{}", "EventBusName": "ours", **more}
