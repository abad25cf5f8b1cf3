"""What MiniStack does not know or does otherwise than AWS, and what a run does about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Template = dict[str, Any]
Resource = dict[str, Any]
Statement = dict[str, Any]


@dataclass(frozen=True)
class Gap:
    """`apply` changes a template, and says how many resources it changed."""

    what: str
    instead: str
    apply: Callable[[Template], int] | None = None


def adapted(template: Template) -> dict[Gap, int]:
    """Change the template for MiniStack; how many resources each gap changed."""
    return {gap: gap.apply(template) for gap in GAPS if gap.apply is not None}


def _without(kind: str, only: Callable[[Resource], bool] = bool) -> Callable[[Template], int]:
    """Leave these resources out; what refers to one gets its logical id, as a text."""

    def apply(template: Template) -> int:
        resources: dict[str, Resource] = template["Resources"]
        gone = {name for name, each in resources.items() if each["Type"] == kind and only(each)}
        template["Resources"] = {
            name: _referring_to_others(each, gone)
            for name, each in resources.items()
            if name not in gone
        }
        return len(gone)

    return apply


def _referring_to_others(value: Any, gone: set[str]) -> Any:
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [name, *_]} if name in gone:
            return name
        case dict():
            return {key: _referring_to_others(each, gone) for key, each in value.items()}
        case list():
            return [_referring_to_others(each, gone) for each in value]
    return value


def _computes(alarm: Resource) -> bool:
    return "Metrics" in alarm["Properties"]


def _allow(action: str, widen: Callable[[Statement], None]) -> Callable[[Template], int]:
    """Widen every statement that allows this action."""

    def apply(template: Template) -> int:
        policies = [each for each in template["Resources"].values() if each["Type"] == POLICY]
        return sum(_widened(policy, action, widen) for policy in policies)

    return apply


def _widened(policy: Resource, action: str, widen: Callable[[Statement], None]) -> bool:
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    allowing = [each for each in statements if action in _listed(each["Action"])]
    for statement in allowing:
        widen(statement)
    return bool(allowing)


def _with_batches(statement: Statement) -> None:
    statement["Action"] = [*_listed(statement["Action"]), f"{SEND}Batch"]


def _in_the_default_group(statement: Statement) -> None:
    joined = statement["Resource"]["Fn::Join"]
    parts = [*joined[1][:-1], ":schedule/default/*"]
    statement["Resource"] = [statement["Resource"], {"Fn::Join": [joined[0], parts]}]


def _listed(one_or_more: str | list[str]) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more


POLICY, SEND = "AWS::IAM::Policy", "sqs:SendMessage"
UNKNOWN_TYPE = "refuses the type as unrecognized"

GAPS = (
    Gap(
        f"AWS::Events::Archive: {UNKNOWN_TYPE}",
        "left out of the template",
        _without("AWS::Events::Archive"),
    ),
    Gap(
        f"AWS::Logs::QueryDefinition: {UNKNOWN_TYPE}",
        "left out of the template",
        _without("AWS::Logs::QueryDefinition"),
    ),
    Gap(
        f"AWS::CloudWatch::CompositeAlarm: {UNKNOWN_TYPE}",
        "left out of the template and named in the dashboard by its logical id",
        _without("AWS::CloudWatch::CompositeAlarm"),
    ),
    Gap(
        "AWS::CloudWatch::Alarm with Metrics: refuses metric math",
        "left out of the template and named in the dashboard by its logical id",
        _without("AWS::CloudWatch::Alarm", only=_computes),
    ),
    Gap(
        "SendMessageBatch: wants a permission sqs:SendMessageBatch, which IAM does not have",
        "added in the template wherever sqs:SendMessage is allowed",
        _allow(SEND, _with_batches),
    ),
    Gap(
        "CreateSchedule: wants the permission in the group default, whichever group is named",
        "added in the template wherever scheduler:CreateSchedule is allowed",
        _allow("scheduler:CreateSchedule", _in_the_default_group),
    ),
    Gap(
        "names that CloudFormation makes up: depend on the name of the stack alone",
        "the second deployment has stacks of other names, so that its tables get new names",
    ),
    Gap(
        "has no IVS, and takes no event of the source aws.ivs, as PutEvents on AWS",
        "the emulator's events go to the queues of the rules that match by TestEventPattern",
    ),
    Gap(
        "has no IVS, so it checks no permission of it",
        "each call to the emulator is checked first by MiniStack's SimulatePrincipalPolicy",
    ),
    Gap(
        "a log group as a rule's target: it delivers nothing",
        "the audit log is not looked at",
    ),
    Gap(
        "<aws.scheduler.scheduled-time> and the like: stay in a schedule's input as they are",
        "the sweep's message is sent to its queue with both filled in",
    ),
    Gap(
        "functions find MiniStack's own packages, botocore among them, behind those of the layer",
        "tests/stacks/test_functions_start.py starts them with the layer and nothing else",
    ),
    Gap(
        "iam:PassRole, and the policies of the bus and of queues for EventBridge: not enforced",
        "the tests of the stacks and the local runtime check them",
    ),
)
