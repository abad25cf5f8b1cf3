"""The app without what a test is not about: a world with fewer functions opens sooner."""

from collections.abc import Iterator, Mapping
from typing import Any

from ivskit_local.runtime.synth import Templates

STACK = "ivskit-dev-automation"


def pruned(templates: Templates, *packages: str) -> Templates:
    """The automation stack with these functions, and what of the others they need."""
    template = templates[STACK]
    resources: Mapping[str, dict[str, Any]] = template["Resources"]
    places = dict(_places(resources))
    owners = {name: _owner(resource, places) for name, resource in resources.items()}
    kept = {name for name, owner in owners.items() if owner is None}
    left = {name for name, owner in owners.items() if owner in packages}
    while left:
        kept |= left
        left = {other for name in left for other in _referred(resources[name])}
        left = (left & set(resources)) - kept
    rest = _without({name: resources[name] for name in sorted(kept)}, set(resources) - kept)
    return {STACK: {**template, "Resources": rest}}


def _places(resources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Under which path all of a function's resources are, and its package."""
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::Function":
            package = resource["Properties"]["Handler"].partition(".")[0]
            yield _path(resource).removesuffix("Function/Resource"), package


def _owner(resource: Mapping[str, Any], places: Mapping[str, str]) -> str | None:
    under = (package for place, package in places.items() if _path(resource).startswith(place))
    return next(under, None)


def _path(resource: Mapping[str, Any]) -> str:
    path: str = resource.get("Metadata", {}).get("aws:cdk:path", "")
    return path


def _referred(value: Any) -> Iterator[str]:
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [name, _]}:
            yield name
        case dict():
            for each in value.values():
                yield from _referred(each)
        case list():
            for each in value:
                yield from _referred(each)


def _without(value: Any, dropped: set[str]) -> Any:
    """The same, lists rid of what refers to a dropped resource."""
    match value:
        case dict():
            return {name: _without(each, dropped) for name, each in value.items()}
        case list():
            return [_without(each, dropped) for each in value if not _refers(each, dropped)]
    return value


def _refers(value: Any, dropped: set[str]) -> bool:
    return isinstance(value, dict) and len(value) == 1 and bool(dropped & set(_referred(value)))
