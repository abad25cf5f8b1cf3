"""The words of a scenario: spans of time, names of channels, commands, outcomes, operations."""

import re
from collections.abc import Collection
from datetime import timedelta
from functools import cache
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from ivskit import changes, commands, outcomes
from ivskit_local.runtime.botocore_once import LOADER
from ivskit_local.runtime.look_agains import PURPOSES

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPAN = r"^-?(?=\d)(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6}(?:\.\d{1,3})?)s)?$"


def parse_span(text: object) -> timedelta:
    """`45s`, `10m2.5s`, `1d3h` or, for an earlier moment, `-24h`; raises ValueError."""
    found = re.fullmatch(_SPAN, text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"a span of time reads like 45s, 10m20s or 1d3h, not {text!r}")
    counts = zip(found.groups(default="0"), _UNITS.values(), strict=True)
    milliseconds = sum(round(float(count) * 1000) * size for count, size in counts)
    span = timedelta(milliseconds=milliseconds)
    return -span if found[0].startswith("-") else span


def format_span(span: timedelta) -> str:
    """The shortest text that `parse_span` reads as this span (whole milliseconds)."""
    left, parts = abs(span) // timedelta(milliseconds=1) / 1000, []
    for unit, size in _UNITS.items():
        count = left if unit == "s" else left // size
        left -= count * size
        parts += [f"{round(count, 3):g}{unit}"] if count else []
    return f"{'-' if span < timedelta() else ''}{''.join(parts) or '0s'}"


def _forwards(span: timedelta) -> timedelta:
    if span < timedelta():
        raise ValueError("must not be negative")
    return span


def _known(kind: str, names: Collection[str]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"there is no {kind} {name!r}; there are {', '.join(sorted(names))}")
        return name

    return AfterValidator(check)


def _listed(names: Collection[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": sorted(names)})


@cache
def _operations() -> frozenset[str]:
    return frozenset(LOADER.load_service_model("ivs", "service-2")["operations"])


def _operation(name: str) -> str:
    if name not in _operations():
        raise ValueError(f"IVS has no operation {name!r}")
    return name


# The names of IVS's events.
EVENTS = [
    name
    for model, field in (
        (changes.StreamState, "event_name"),
        (changes.StreamHealth, "event_name"),
        (changes.RecordingState, "recording_status"),
        (changes.Breach, "limit_name"),
    )
    for name in model.model_json_schema()["properties"][field]["enum"]
]

_PURPOSES = [one for each in PURPOSES.values() for one in each]
# A moment of the scenario, counted from its start, or a span before or after another moment.
AnySpan = Annotated[
    timedelta,
    BeforeValidator(parse_span),
    PlainSerializer(format_span, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _SPAN, "examples": ["45s", "10m20s", "1d3h"]}),
]
Span = Annotated[AnySpan, AfterValidator(_forwards)]
# A channel's name in the scenario is its name in IVS.
ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9-_]{1,128}$")]
# The first session of a channel is 1.
SessionNumber = Annotated[int, Field(ge=1, strict=True)]
Text = Annotated[str, StringConstraints(min_length=1)]
Count = Annotated[int, Field(ge=0, strict=True)]
CommandName = Annotated[
    str, _known("command", commands.BY_DETAIL_TYPE), _listed(commands.BY_DETAIL_TYPE)
]
OutcomeName = Annotated[str, _known("outcome", outcomes.BY_NAME), _listed(outcomes.BY_NAME)]
Purpose = Annotated[str, _known("purpose of looking again", _PURPOSES), _listed(_PURPOSES)]
EventName = Annotated[str, _known("event of IVS", EVENTS), _listed(EVENTS)]
IvsOperation = Annotated[str, AfterValidator(_operation)]


class Strict(BaseModel):
    """A part of a scenario; unknown fields are invalid."""

    model_config = ConfigDict(frozen=True, extra="forbid")
