"""Resources of a template, and what refers to them."""

from typing import Any

from tests.stacks.synthesized import Template

QUEUE, RULE, ROLE = "AWS::SQS::Queue", "AWS::Events::Rule", "AWS::IAM::Role"
ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
CUSTOMER_KEY = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
FUNCTION, MAPPING = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"


def arn_of(logical_id: str) -> dict[str, list[str]]:
    """A reference to this resource's ARN."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def functions(template: Template) -> list[dict[str, Any]]:
    """Every function's properties."""
    return list(template.resources(FUNCTION).values())


def id_in(reference: Any) -> str:
    """The logical id that a reference is to."""
    return str(reference.get("Ref") or reference["Fn::GetAtt"][0])


def invoked(template: Template, mapping: dict[str, Any]) -> str:
    """The logical id of the function whose alias a mapping invokes."""
    alias = template.resources("AWS::Lambda::Alias")[id_in(mapping["FunctionName"])]
    return id_in(alias["FunctionName"])


def dead_letter_queues(template: Template) -> set[str]:
    """The queues that other queues redrive to, or rules send to what they cannot deliver."""
    queues = template.resources(QUEUE).values()
    targets = [target for rule in template.resources(RULE).values() for target in rule["Targets"]]
    redrives = [queue["RedrivePolicy"] for queue in queues if "RedrivePolicy" in queue]
    return {
        *(id_in(redrive["deadLetterTargetArn"]) for redrive in redrives),
        *(id_in(target["DeadLetterConfig"]["Arn"]) for target in targets),
    }


def rules_of_functions(template: Template) -> dict[str, dict[str, Any]]:
    """All rules but the audit's."""
    return _without_audit(template.resources(RULE))


def log_groups_of_functions(template: Template) -> dict[str, dict[str, Any]]:
    """All log groups but the audit's."""
    return _without_audit(template.resources("AWS::Logs::LogGroup"))


def _without_audit(resources: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in resources.items() if not name.startswith("Audit")}


def statements(template: Template) -> list[dict[str, Any]]:
    """What the roles are allowed."""
    policies = template.resources("AWS::IAM::Policy").values()
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """Every alarm, by its name."""
    return {alarm["AlarmName"]: alarm for alarm in template.resources(ALARM).values()}


def composites(template: Template) -> dict[str, dict[str, Any]]:
    """Both alarms that call a person, by name; the rule is the set of names that it is over."""
    names = {key: each["AlarmName"] for key, each in template.resources(ALARM).items()}
    found = {}
    for each in template.resources(COMPOSITE).values():
        parts = each["AlarmRule"]["Fn::Join"][1]
        over = {names[part["Fn::GetAtt"][0]] for part in parts if isinstance(part, dict)}
        words = {part for part in parts if isinstance(part, str)}
        assert words == {'(ALARM("', '") OR ALARM("', '"))'}
        found[each["AlarmName"]] = {**each, "over": over}
    return found
