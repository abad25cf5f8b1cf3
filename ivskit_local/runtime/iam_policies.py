"""IAM policy documents: what they allow and deny, with conditions."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Self

Effect = Literal["Allow", "Deny"]


class NotModelled(Exception):
    """The runtime does not model what AWS would do here, and does not guess."""


@dataclass(frozen=True)
class AccessRequest:
    """An action on a resource by principals; `context` has the condition keys with values."""

    action: str
    resource: str
    principals: frozenset[str]
    context: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Policy:
    """One policy document."""

    statements: tuple[Mapping[str, Any], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(tuple(_listed(json.loads(text)["Statement"])))

    def effect(self, request: AccessRequest) -> Effect | None:
        """Deny if anything denies, Allow if anything allows, None if nothing applies."""
        effects = {one["Effect"] for one in self.statements if _applies(one, request)}
        if "Deny" in effects:
            return "Deny"
        return "Allow" if effects else None


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _applies(statement: Mapping[str, Any], request: AccessRequest) -> bool:
    return (
        _named(statement, "Action", request.action.lower(), str.lower)
        and _named(statement, "Resource", request.resource)
        and _principal(statement, request.principals)
        and all(
            _holds(operator, key, _listed(wanted), request.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _named(
    statement: Mapping[str, Any], element: str, asked: str, fold: Callable[[str], str] = str
) -> bool:
    if element in statement:
        return any(like(fold(one), asked) for one in _listed(statement[element]))
    if f"Not{element}" in statement:
        return not any(like(fold(one), asked) for one in _listed(statement[f"Not{element}"]))
    return True  # a trust policy has no Resource


def _principal(statement: Mapping[str, Any], principals: frozenset[str]) -> bool:
    if "NotPrincipal" in statement:
        raise NotModelled("NotPrincipal in a policy")
    named = statement.get("Principal")
    if named is None:
        return True
    if named == "*":
        return True
    return any(one == "*" or one in principals for kind in named.values() for one in _listed(kind))


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    text = "".join({"*": ".*", "?": "."}.get(one) or re.escape(one) for one in pattern)
    return re.compile(text, re.S)


def like(pattern: str, value: str) -> bool:
    """Whether a value is like a pattern with * and ?."""
    return _regex(pattern).fullmatch(value) is not None


# Conditions.

_Compare = Callable[[str, str], bool]


def _equals(wanted: str, value: str) -> bool:
    return wanted == value


def _equals_ignoring_case(wanted: str, value: str) -> bool:
    return wanted.casefold() == value.casefold()


_COMPARISONS: Mapping[str, tuple[_Compare, bool]] = {
    "StringEquals": (_equals, True),
    "StringNotEquals": (_equals, False),
    "StringEqualsIgnoreCase": (_equals_ignoring_case, True),
    "StringNotEqualsIgnoreCase": (_equals_ignoring_case, False),
    "StringLike": (like, True),
    "StringNotLike": (like, False),
    "ArnEquals": (like, True),
    "ArnLike": (like, True),
    "ArnNotEquals": (like, False),
    "ArnNotLike": (like, False),
    "Bool": (_equals_ignoring_case, True),
}
# Keys whose value, or absence, is known for every request that is made here.
_KNOWN_KEYS = (
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalServiceName",
    "aws:RequestTag/*",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceTag/*",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOwner",
    "aws:TagKeys",
    "cloudwatch:namespace",
    "events:detail-type",
    "events:source",
    "iam:PassedToService",
    "kms:EncryptionContext:*",
    "kms:ViaService",
)


def _holds(
    operator: str, key: str, wanted: Sequence[Any], context: Mapping[str, Sequence[str]]
) -> bool:
    values = _values(key, context)
    texts = [_text(one) for one in wanted]
    if operator == "Null":
        return (not values) == (texts == ["true"])
    quantifier, _, name = operator.rpartition(":")
    name, optional = name.removesuffix("IfExists"), name.endswith("IfExists")
    if name not in _COMPARISONS or quantifier not in _QUANTIFIERS:
        raise NotModelled(f"condition operator {operator}")
    compare, positive = _COMPARISONS[name]
    if not values:
        return optional or _without_value(quantifier, positive)
    found = [any(compare(one, value) for one in texts) is positive for value in values]
    return _QUANTIFIERS[quantifier](found, positive)


def _without_value(quantifier: str, positive: bool) -> bool:
    return quantifier == "ForAllValues" or (not quantifier and not positive)


# A negated comparison holds only if it does for every value.
_QUANTIFIERS: Mapping[str, Callable[[Sequence[bool], bool], bool]] = {
    "": lambda found, positive: any(found) if positive else all(found),
    "ForAnyValue": lambda found, _: any(found),
    "ForAllValues": lambda found, _: all(found),
}


def _values(key: str, context: Mapping[str, Sequence[str]]) -> Sequence[str]:
    if not any(like(known.lower(), key.lower()) for known in _KNOWN_KEYS):
        raise NotModelled(f"condition key {key}")
    # Tag names keep their case, the rest of a key has none.
    name, slash, tag = key.partition("/")
    return context.get(f"{name.lower()}{slash}{tag}", ())


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
