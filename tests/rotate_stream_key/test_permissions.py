"""The function's role holds what it uses, and nothing else."""

from ivskit_local.runtime.synth import Templates
from tests.rotate_stream_key.conftest import OpenWorld
from tests.samples import sample

# What Lambda does with the role by itself, and what comes with an action rather than as a call.
NOT_CALLED = {
    "iam:PassRole",
    "ivs:TagResource",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:TagResource",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


def granted(templates: Templates) -> set[str]:
    """Every action of the function's role."""
    return {
        action
        for resource in templates["ivskit-dev-automation"]["Resources"].values()
        if resource["Type"] == "AWS::IAM::Policy"
        and "/RotateStreamKey/" in resource["Metadata"]["aws:cdk:path"]
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        for action in _listed(statement["Action"])
    }


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_a_role_may_only_do_what_its_function_does(
    templates: Templates, open_world: OpenWorld
) -> None:
    called: set[str] = set()
    for grace in ("1m", "2h"):
        with open_world(policy={"grace": grace}) as world:
            world.gate.fault("ivs", "GetChannel", "InternalServerException")
            world.deliver(sample("stream-state-change.stream-end"))
            world.settle()
            called |= {f"{call.service}:{call.operation}" for call in world.calls}

    assert granted(templates) - NOT_CALLED == called
