"""How a resource type is declared, and what creates its resources."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivskit_local.runtime.encryption import Keys
from ivskit_local.runtime.functions import Function
from ivskit_local.runtime.permissions import Place
from ivskit_local.runtime.queues import EventSource
from ivskit_local.runtime.template import Placed

Properties = Mapping[str, Any]

# Reasons that several properties share.
ENCRYPTION = "nothing is encrypted on a laptop"
TAGS = "tags of the deployment's own resources change nothing that it does"
WORDS = "words for people"


@dataclass
class Deployed:
    """What moto does not model: functions, their event sources, construct paths, and keys."""

    functions: dict[str, Function] = field(default_factory=dict)
    sources: list[EventSource] = field(default_factory=list)
    rule_paths: dict[str, str] = field(default_factory=dict)
    dead_letters: set[str] = field(default_factory=set)
    keys: Keys = field(default_factory=Keys)


@dataclass(frozen=True)
class Putting:
    """One resource on its way into moto."""

    stack: str
    logical_id: str
    path: str
    place: Place
    client: Callable[[str], Any]
    deployed: Deployed

    def encrypt(self, arn: str, key: str | None) -> None:
        """Note that a resource is encrypted with this key; None is a key of AWS."""
        if key is not None and not key.startswith("alias/aws/"):
            self.deployed.keys.of[arn] = key

    def name(self, properties: Properties, key: str, *, longest: int, end: str = "") -> str:
        """The name given, or one made of stack and logical id, the same every time."""
        if key in properties:
            return str(properties[key])
        made = f"{self.stack}-{self.logical_id}"
        if len(made) + len(end) > longest:
            digest = hashlib.sha256(made.encode()).hexdigest()[:8]
            made = f"{made[: longest - len(end) - 9]}-{digest}"
        return made + end


Put = Callable[[Putting, dict[str, Any]], Placed]


@dataclass(frozen=True)
class Kind:
    """A resource type: the properties it carries out, and why others have no effect here.

    "*" among the latter stands for all that are not named.
    """

    type: str
    put: Put
    carried_out: frozenset[str] = frozenset()
    without_effect: Mapping[str, str] = field(default_factory=dict)

    def knows(self, property_name: str) -> bool:
        """Whether it is clear what this property does."""
        return (
            property_name in self.carried_out
            or property_name in self.without_effect
            or "*" in self.without_effect
        )


def only_named(resource: str, ref: str = "{name}") -> Put:
    """For a resource that is only referred to: an ARN of this shape, without a resource."""

    def put(putting: Putting, properties: dict[str, Any]) -> Placed:
        name = f"{putting.stack}-{putting.logical_id}"
        service, _, rest = resource.partition(":")
        arn = putting.place.arn(service, rest.format(name=name))
        return Placed(ref.format(name=name, arn=arn), {"Arn": arn})

    return put
