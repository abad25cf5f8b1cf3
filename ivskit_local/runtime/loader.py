"""Puts what templates declare into moto, through the same API calls that create it on AWS."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ivskit_local.runtime.permissions import Place
from ivskit_local.runtime.resources import compute, messaging, storage
from ivskit_local.runtime.resources.kind import Deployed, Kind, Putting
from ivskit_local.runtime.synth import Templates
from ivskit_local.runtime.template import NotCarriedOut, Placed, StackTemplate

KINDS: Mapping[str, Kind] = {
    kind.type: kind for kind in (*messaging.KINDS, *compute.KINDS, *storage.KINDS)
}
# Attributes that any resource may have; everything ends with the world anyway.
_SAID_OF_ANY = {
    "Type",
    "Properties",
    "Metadata",
    "DependsOn",
    "Condition",
    "DeletionPolicy",
    "UpdateReplacePolicy",
}


class Loader:
    """All stacks of an app on their way into moto, each resource after those it refers to."""

    def __init__(self, templates: Templates, place: Place, client: Callable[[str], Any]) -> None:
        self._place = place
        self._client = client
        self._deployed = Deployed()
        self._placed: dict[tuple[str, str], Placed] = {}
        self._on_its_way: set[tuple[str, str]] = set()
        self._stacks = {
            name: StackTemplate(name, template, place, self._placer(name), self._imported)
            for name, template in templates.items()
        }

    def load(self) -> Deployed:
        """Create everything; raises NotCarriedOut for what is not supported."""
        for stack in self._stacks.values():
            for logical_id, resource in stack.resources.items():
                if stack.wanted(resource):
                    self._place_once(stack, logical_id)
        return self._deployed

    def _placer(self, stack: str) -> Callable[[str], Placed]:
        return lambda logical_id: self._place_once(self._stacks[stack], logical_id)

    def _imported(self, name: str) -> Any:
        for stack in self._stacks.values():
            if name in stack.exports:
                return stack.resolve(stack.exports[name])
        raise NotCarriedOut(f"nothing exports {name}")

    def _place_once(self, stack: StackTemplate, logical_id: str) -> Placed:
        key = (stack.name, logical_id)
        if key in self._on_its_way:
            raise NotCarriedOut(f"{stack.name}: {logical_id} refers to itself in the end")
        if key not in self._placed:
            self._on_its_way.add(key)
            self._placed[key] = self._put(stack, logical_id)
            self._on_its_way.remove(key)
        return self._placed[key]

    def _put(self, stack: StackTemplate, logical_id: str) -> Placed:
        resource = stack.resources.get(logical_id)
        if resource is None:
            raise NotCarriedOut(f"{stack.name}: there is no resource {logical_id}")
        where = f"{stack.name}: {logical_id} ({resource['Type']})"
        kind = _kind(where, resource)
        properties = stack.resolve(resource.get("Properties", {}))
        for earlier in _listed(resource.get("DependsOn", [])):
            self._place_once(stack, earlier)
        putting = Putting(
            stack=stack.name,
            logical_id=logical_id,
            path=_path(logical_id, resource),
            place=self._place,
            client=self._client,
            deployed=self._deployed,
        )
        carried_out = {key: properties[key] for key in kind.carried_out & properties.keys()}
        try:
            return kind.put(putting, carried_out)
        except NotCarriedOut as error:
            raise NotCarriedOut(f"{where}: {error}") from None
        except ClientError as error:
            error.add_note(where)
            raise


def _kind(where: str, resource: Mapping[str, Any]) -> Kind:
    kind = KINDS.get(resource["Type"])
    if kind is None:
        raise NotCarriedOut(f"{where}: resources of this type")
    for name in resource.get("Properties", {}):
        if not kind.knows(name):
            raise NotCarriedOut(f"{where}: the property {name}")
    if unknown := set(resource) - _SAID_OF_ANY:
        raise NotCarriedOut(f"{where}: {', '.join(sorted(unknown))}")
    return kind


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _path(logical_id: str, resource: Mapping[str, Any]) -> str:
    """The construct path, as in the source."""
    path = resource.get("Metadata", {}).get("aws:cdk:path", logical_id)
    return str(path).removesuffix("/Resource")
