"""Checks a command of the AWS CLI against the models of botocore that the CLI is made from, and
reads from it what it asks of the service.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import jmespath  # type: ignore[import-untyped]  # jmespath ships no types
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.session import get_session
from botocore.validate import ParamValidator

# Options of every command: whether they take a value.
_GLOBAL = {"--query": True, "--output": True, "--region": True, "--profile": True}
# Commands that the CLI has beyond the API: their options, and whether they take a value.
_CUSTOM: Mapping[tuple[str, str], Mapping[str, bool]] = {
    ("logs", "tail"): {"--since": True, "--filter-pattern": True, "--follow": False},
}

# Parameters that the CLI calls otherwise, since --endpoint would be short for --endpoint-url.
_RENAMED: Mapping[str, Mapping[str, str]] = {
    "Subscribe": {"Endpoint": "--notification-endpoint"},
}


# What the CLI looks for behind file://, by the path.
Files = Mapping[str, str]


class WrongCommand(Exception):
    """The AWS CLI would refuse it."""


@dataclass(frozen=True)
class Asked:
    """The call that a command makes, by boto3's name of it."""

    service: str
    method: str
    parameters: Mapping[str, Any]


def asked(words: Sequence[str], files: Files = MappingProxyType({})) -> Asked:
    """What a command asks for; raises WrongCommand where the CLI would refuse its form."""
    _, service, command, *rest = words
    operation = _operation(service, command)
    parameters = _check_call(service, operation, rest, files)
    return Asked(service, xform_name(operation.name), parameters)


def check(words: Sequence[str]) -> None:
    """Raises WrongCommand where the CLI or the service would refuse the command for its form.

    Without options it is only named, and need only exist.
    """
    _, service, command, *rest = words
    if (service, command) in _CUSTOM:
        [group, *rest] = rest
        if group.startswith("--"):
            raise WrongCommand(f"{command} needs its log group first, not {group}")
        _options(rest, _CUSTOM[service, command])
        return
    if command == "wait":
        command, *rest = rest
        _check_call(service, _waited_for(service, command), rest)
    elif rest:
        _check_call(service, _operation(service, command), rest)
    else:
        _operation(service, command)


def _check_call(
    service: str,
    operation: OperationModel,
    words: Sequence[str],
    files: Files = MappingProxyType({}),
) -> Mapping[str, Any]:
    taken = operation.input_shape or StructureShape("Nothing", {"type": "structure"})
    members = taken.members
    renamed = _RENAMED.get(operation.name, {})
    named = {
        renamed.get(name, f"--{xform_name(name, '-')}"): (name, shape)
        for name, shape in members.items()
    }
    given: dict[str, Any] = {}
    left = list(words)
    while left:
        option = left.pop(0)
        values = [_read(value, files) for value in _taken(left)]
        if option in _GLOBAL:
            _check_global(option, values)
            continue
        off = option.replace("--no-", "--", 1)
        if option not in named and off not in named:
            raise WrongCommand(f"{service} {operation.name} has no {option}")
        name, shape = named.get(option) or named[off]
        given[name] = _value(shape, values, option)
    report = ParamValidator().validate(given, taken)
    if report.has_errors():
        raise WrongCommand(report.generate_report())
    return given


def _read(value: str, files: Files) -> str:
    path = value.removeprefix("file://")
    if path == value:
        return value
    if path not in files:
        raise WrongCommand(f"there is no file {path}")
    return files[path]


def _taken(left: list[str]) -> list[str]:
    """The values of an option: all up to the next."""
    values = []
    while left and not left[0].startswith("--"):
        values.append(left.pop(0))
    return values


def _check_global(option: str, values: Sequence[str]) -> None:
    if len(values) != 1:
        raise WrongCommand(f"{option} takes one value, not {values}")
    if option == "--query":
        jmespath.compile(values[0])
    if option == "--output" and values[0] not in ("json", "text", "table", "yaml"):
        raise WrongCommand(f"--output is no {values[0]}")


def _options(words: Sequence[str], known: Mapping[str, bool]) -> None:
    left = list(words)
    while left:
        option = left.pop(0)
        if option not in known or len(_taken(left)) != known[option]:
            raise WrongCommand(f"{option}: not known, or with a wrong number of values")


def _value(shape: Shape, values: Sequence[str], option: str) -> Any:
    """What the CLI makes of an option's values."""
    if shape.type_name == "boolean":
        return _flag(values, option)
    if isinstance(shape, ListShape):
        return [_one(shape.member, value) for value in values]
    if len(values) != 1:
        raise WrongCommand(f"{option} takes one value, not {list(values)}")
    return _one(shape, values[0])


def _flag(values: Sequence[str], option: str) -> bool:
    if values:
        raise WrongCommand(f"{option} takes no value, not {list(values)}")
    return not option.startswith("--no-")


def _one(shape: Shape, text: str) -> Any:
    if isinstance(shape, StructureShape):
        return _structure(shape, text)
    if isinstance(shape, MapShape):
        return json.loads(text)
    allowed = getattr(shape, "enum", [])
    if allowed and text not in allowed:
        raise WrongCommand(f"{text} is none of {allowed}")
    return _READ.get(shape.type_name, str)(text)


_READ: Mapping[str, Callable[[str], Any]] = {
    "boolean": {"true": True, "false": False}.__getitem__,
    "double": float,
    "float": float,
    "integer": int,
    "long": int,
}


def _structure(shape: StructureShape, text: str) -> Any:
    """From JSON, or from the shorthand A=1,B=2."""
    if text.startswith("{"):
        return json.loads(text)
    pairs = (pair.split("=", 1) for pair in text.split(","))
    return {name: _one(shape.members[name], value) for name, value in pairs}


@cache
def _service(service: str) -> ServiceModel:
    return get_session().get_service_model(service)


def _operation(service: str, command: str) -> OperationModel:
    model = _service(service)
    by_command = {xform_name(name, "-"): name for name in model.operation_names}
    if command not in by_command:
        raise WrongCommand(f"{service} has no {command}")
    return model.operation_model(by_command[command])


def _waited_for(service: str, waiter: str) -> OperationModel:
    waiters = Loader(include_default_search_paths=True).load_service_model(service, "waiters-2")
    by_command = {xform_name(name, "-"): each for name, each in waiters["waiters"].items()}
    if waiter not in by_command:
        raise WrongCommand(f"{service} has no waiter {waiter}")
    return _service(service).operation_model(by_command[waiter]["operation"])
