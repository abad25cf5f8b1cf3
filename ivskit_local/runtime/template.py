"""CloudFormation's intrinsic functions, over all stacks of an app together."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ivskit_local.runtime.permissions import Place

_IN_TEXT = re.compile(r"\$\{(!?)([^}]+)\}")
# The value of a property that AWS::NoValue removes.
_NO_VALUE = object()


class NotCarriedOut(Exception):
    """The template contains something that this runtime cannot carry out."""


@dataclass(frozen=True)
class Placed:
    """What a resource became: what Ref and GetAtt give."""

    ref: str
    attributes: Mapping[str, Any]


class StackTemplate:
    """One stack's template, resolved against the resources that exist."""

    def __init__(
        self,
        name: str,
        template: Mapping[str, Any],
        place: Place,
        placed: Callable[[str], Placed],
        imported: Callable[[str], Any],
    ) -> None:
        self.name = name
        self.resources: Mapping[str, Mapping[str, Any]] = template.get("Resources", {})
        self._template = template
        self._placed = placed
        self._imported = imported
        self._pseudo = {
            "AWS::AccountId": place.account,
            "AWS::Region": place.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": name,
            "AWS::StackId": f"{place.arn('cloudformation', f'stack/{name}')}/local",
            "AWS::NoValue": _NO_VALUE,
        }
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::Equals": self._equals,
            "Fn::And": lambda given: all(self._truths(given)),
            "Fn::Or": lambda given: any(self._truths(given)),
            "Fn::Not": lambda given: not all(self._truths(given)),
            "Fn::ImportValue": lambda given: self._imported(self.resolve(given)),
            "Fn::FindInMap": self._find_in_map,
        }

    @property
    def exports(self) -> Mapping[str, Any]:
        """Unresolved values by unresolved names."""
        outputs = self._template.get("Outputs", {}).values()
        return {
            self.resolve(output["Export"]["Name"]): output["Value"]
            for output in outputs
            if "Export" in output
        }

    def wanted(self, resource: Mapping[str, Any]) -> bool:
        """Whether the resource's condition holds."""
        return "Condition" not in resource or self._condition(resource["Condition"])

    def resolve(self, value: Any) -> Any:
        """The value with every function in it evaluated."""
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, given)] = value.items()
            if name in self._functions:
                return self._functions[name](given)
            if name.startswith("Fn::"):
                raise NotCarriedOut(f"{self.name}: the function {name}")
        resolved = {key: self.resolve(one) for key, one in value.items()}
        return {key: one for key, one in resolved.items() if one is not _NO_VALUE}

    def _ref(self, name: str) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._template.get("Parameters", {}):
            return self._parameter(name)
        return self._placed(name).ref

    def _parameter(self, name: str) -> Any:
        parameter = self._template["Parameters"][name]
        if "Default" not in parameter:
            raise NotCarriedOut(f"{self.name}: the parameter {name} has no default")
        return parameter["Default"]

    def _get_att(self, given: Any) -> Any:
        name, attribute = given.split(".", 1) if isinstance(given, str) else given
        attributes = self._placed(name).attributes
        if attribute not in attributes:
            raise NotCarriedOut(f"{self.name}: {name} has no attribute {attribute} here")
        return attributes[attribute]

    def _join(self, given: Any) -> str:
        separator, parts = given
        return str(separator).join(map(str, self.resolve(parts)))

    def _sub(self, given: Any) -> str:
        text, own = given if isinstance(given, list) else (given, {})

        def value(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            if name in own:
                return str(self.resolve(own[name]))
            return str(self._get_att(name) if "." in name else self._ref(name))

        return _IN_TEXT.sub(value, text)

    def _select(self, given: Any) -> Any:
        index, options = given
        return self.resolve(options)[int(self.resolve(index))]

    def _split(self, given: Any) -> Sequence[str]:
        separator, text = given
        return str(self.resolve(text)).split(separator)

    def _if(self, given: Any) -> Any:
        condition, then, otherwise = given
        return self.resolve(then if self._condition(condition) else otherwise)

    def _condition(self, name: str) -> bool:
        return bool(self.resolve(self._template["Conditions"][name]))

    def _truths(self, given: Sequence[Any]) -> Sequence[bool]:
        return [
            self._condition(one["Condition"]) if "Condition" in one else bool(self.resolve(one))
            for one in given
        ]

    def _equals(self, given: Any) -> bool:
        one, other = self.resolve(given)
        return str(one) == str(other)

    def _find_in_map(self, given: Any) -> Any:
        name, top, second = self.resolve(given)
        return self._template["Mappings"][name][top][second]
