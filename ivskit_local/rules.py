"""The rules of the synthesized templates, and which events each lets through."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivskit_local.runtime.mismatches import Mismatch, mismatches
from ivskit_local.runtime.synth import Templates

_RULE = "AWS::Events::Rule"
_DEFAULT_BUS = "default"


@dataclass(frozen=True)
class Rule:
    """A rule; name: its construct path, without the stack."""

    name: str
    stack: str
    bus: str
    pattern: Mapping[str, Any]

    def misses(self, event: Mapping[str, Any]) -> list[Mismatch]:
        """Why it does not let the event through; empty where it does."""
        wrong_bus = self.bus != bus_of(event, own=self.bus)
        on_bus = [Mismatch("the bus", [self.bus], [_DEFAULT_BUS])] if wrong_bus else []
        return [*on_bus, *mismatches(self.pattern, event)]


def bus_of(event: Mapping[str, Any], *, own: str) -> str:
    """The bus that an event comes by: that of AWS, or ivskit's own."""
    return _DEFAULT_BUS if str(event["source"]).startswith("aws.") else own


def rules_of(templates: Templates) -> list[Rule]:
    """Every rule that has a pattern, in the order of its path."""
    found = [rule for stack, template in templates.items() for rule in _rules(stack, template)]
    return sorted(found, key=lambda rule: (rule.stack, rule.name))


def _rules(stack: str, template: Mapping[str, Any]) -> Iterator[Rule]:
    for logical_id, resource in template["Resources"].items():
        properties = resource["Properties"] if resource["Type"] == _RULE else {}
        if "EventPattern" in properties:
            path = str(resource.get("Metadata", {}).get("aws:cdk:path", logical_id))
            name = path.removesuffix("/Resource").removeprefix(f"{stack}/")
            yield Rule(name, stack, _bus(properties), properties["EventPattern"])


def _bus(properties: Mapping[str, Any]) -> str:
    return "ivskit" if "EventBusName" in properties else _DEFAULT_BUS
