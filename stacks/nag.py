"""Findings of cdk-nag that are accepted, each with its reason."""

from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import Construct


def accept(construct: Construct, *, rule: str, because: str) -> None:
    """Accept the finding of a cdk-nag rule on this construct."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=because))


def accept_wildcard(role: Construct, *, resource: str, because: str) -> None:
    """Accept that this role may act on a resource whose ARN holds a wildcard."""
    written = _as_nag_writes_it(Stack.of(role).resolve(resource))
    accept(role, rule=f"AwsSolutions-IAM5[Resource::{written}]", because=because)


def _as_nag_writes_it(resolved: Any) -> str:
    match resolved:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(_as_nag_writes_it, parts))
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
    return str(resolved)
