"""What people and applications put into a stage: all that is needed to live through it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ivskit_local.errors import WrongUsage
from ivskit_local.scenarios.format import AnyStep
from ivskit_local.scenarios.run import ChannelSpec
from ivskit_local.scenarios.words import ChannelName

_STEP: TypeAdapter[AnyStep] = TypeAdapter(AnyStep)
# What reads files of this machine, or has a meaning only in a scenario.
_ONLY_IN_SCENARIOS = {"deliver", "check", "deploy stage", "put manifest"}


class _Named(ChannelSpec):
    name: ChannelName


@dataclass(frozen=True)
class NewChannel:
    """A channel that somebody creates on the page."""

    name: str
    spec: ChannelSpec


@dataclass(frozen=True)
class HttpRequest:
    """A request of an SDK; ahead: how far the stage's clock was ahead of this machine's."""

    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    ahead: timedelta = timedelta()


@dataclass(frozen=True)
class Input:
    """One of them, and when it came, counted from the start."""

    at: timedelta
    what: AnyStep | NewChannel | HttpRequest


def parse_step(value: Mapping[str, Any], *, at: timedelta) -> AnyStep:
    """A step of a scenario as the page sends it, without its moment; raises WrongUsage."""
    if value.get("do") in _ONLY_IN_SCENARIOS:
        raise WrongUsage(f"do: {value['do']!r} is a step of scenarios only")
    try:
        step = _STEP.validate_python({**value, "at": "0s"})
    except ValidationError as error:
        raise WrongUsage(_first_of(error)) from error
    return step.model_copy(update={"at": at})


def parse_channel(value: Mapping[str, Any]) -> NewChannel:
    """A new channel as the page sends it: its name, and what scenarios say of a channel."""
    try:
        named = _Named.model_validate(value)
    except ValidationError as error:
        raise WrongUsage(_first_of(error)) from error
    said = {field: getattr(named, field) for field in ChannelSpec.model_fields}
    return NewChannel(named.name, ChannelSpec.model_construct(**said))


def _first_of(error: ValidationError) -> str:
    line = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in line["loc"])
    said = line["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said
