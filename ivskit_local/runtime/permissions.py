"""Permissions, and the functions that the table of operations is built from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """The account and region that everything is in."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class Permission:
    """An action on a resource, with the condition keys that this request gives values."""

    action: str
    resource: str
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)


Resources = Callable[[Place, Parameters], Sequence[str]]
Needs = Callable[[Place, Parameters], Sequence[Permission]]


# Rows of the table.


def to(action: str, *resources: Resources) -> Needs:
    def needs(place: Place, parameters: Parameters) -> Sequence[Permission]:
        context = _tags(parameters)
        arns = [arn for find in resources for arn in find(place, parameters)]
        return [Permission(action, arn, context) for arn in arns]

    return needs


def both(*several: Needs) -> Needs:
    return lambda place, parameters: [
        permission for needs in several for permission in needs(place, parameters)
    ]


def tagging(action: str, needs: Needs) -> Needs:
    """Tags on what is made need a permission of their own."""

    def more(place: Place, parameters: Parameters) -> Sequence[Permission]:
        own = list(needs(place, parameters))
        if not _tags(parameters):
            return own
        return [*own, *(Permission(action, one.resource, one.context) for one in own)]

    return more


def _tags(parameters: Parameters) -> Mapping[str, Sequence[str]]:
    tags = parameters.get("tags") or parameters.get("Tags") or {}
    if not isinstance(tags, Mapping):
        tags = {tag["Key"]: tag["Value"] for tag in tags}
    if not tags:
        return {}
    return {"aws:tagkeys": list(tags)} | {f"aws:requesttag/{key}": [tags[key]] for key in tags}


def given(*names: str) -> Resources:
    """ARNs that the request itself holds."""

    def find(place: Place, parameters: Parameters) -> Sequence[str]:
        values = [parameters[name] for name in names if name in parameters]
        return [arn for one in values for arn in ([one] if isinstance(one, str) else one)]

    return find


def any_of(service: str, *kinds: str) -> Resources:
    return lambda place, _: [place.arn(service, f"{kind}/*") for kind in kinds]


def everything(place: Place, parameters: Parameters) -> Sequence[str]:
    return ["*"]


def nothing(place: Place, parameters: Parameters) -> Sequence[Permission]:
    return []
