"""How many requests AWS makes of KMS for each span in which it reuses a data key.

A queue asks twice for each principal that sends to it and once for each that receives from it, a
table once for each that calls it: docs.aws.amazon.com/AWSSimpleQueueService/latest/
SQSDeveloperGuide/sqs-key-management.html, and encryption.usagenotes.html of DynamoDB.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ivskit_local.runtime.synth import Templates

_SEND, _RECEIVE = 2, 1
_OF_SWEEPS = "ReconcileStreams"
Asked = tuple[str, str, str]


def requests(templates: Templates, *, of_sweeps: bool) -> int:
    """The most that there can be in one span, where everything is in use; or only sweeps are."""
    asked = {
        each
        for template in templates.values()
        for each in _asked(template["Resources"])
        if not of_sweeps or _is_of_sweeps(*each)
    }
    return sum(_SEND if how == "send" else _RECEIVE for _, _, how in asked)


def _is_of_sweeps(who: str, what: str, how: str) -> bool:
    """A sweep that has nothing to do reads the memory, and sends nothing on."""
    return _OF_SWEEPS in who and (how != "send" or _OF_SWEEPS in what)


def _asked(resources: Mapping[str, Any]) -> Iterator[Asked]:
    """Who asks, for what, and how."""
    for name, resource in resources.items():
        match resource["Type"]:
            case "AWS::IAM::Policy":
                statements = resource["Properties"]["PolicyDocument"]["Statement"]
                for statement in statements:
                    yield from _of_role(name, statement, resources)
            case "AWS::Events::Rule":
                targets = [target["Arn"] for target in resource["Properties"]["Targets"]]
                for queue in _encrypted(targets, resources, "AWS::SQS::Queue"):
                    yield "EventBridge", queue, "send"


def _of_role(
    policy: str, statement: Mapping[str, Any], resources: Mapping[str, Any]
) -> Iterator[Asked]:
    actions, on = _listed(statement["Action"]), _listed(statement["Resource"])
    if any(action.startswith("dynamodb:") for action in actions):
        for table in _encrypted(on, resources, "AWS::DynamoDB::Table"):
            yield policy, table, "call"
    for action, how in (("sqs:SendMessage", "send"), ("sqs:ReceiveMessage", "receive")):
        if action in actions:
            for queue in _encrypted(on, resources, "AWS::SQS::Queue"):
                yield policy, queue, how


def _encrypted(arns: Iterable[Any], resources: Mapping[str, Any], kind: str) -> Iterator[str]:
    """Those of this kind that have a key, without dead letters, which are seldom in use."""
    for name in (name for arn in arns for name in _names(arn)):
        found = resources.get(name, {})
        properties = found.get("Properties", {})
        dead_letters = kind == "AWS::SQS::Queue" and "RedrivePolicy" not in properties
        if found.get("Type") == kind and "MasterKeyId" in str(properties) and not dead_letters:
            yield name


def _names(arn: Any) -> Iterator[str]:
    match arn:
        case {"Fn::GetAtt": [name, _]}:
            yield name
        case {"Fn::Join": [_, parts]}:
            for part in parts:
                yield from _names(part)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
