"""What a channel wants: the deployment's settings, overlaid by the channel's tags."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)

from ivskit import names

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
OFF = "off"
# What a pause holds up is looked at again by a schedule, which takes more than 15 minutes: a loop
# through a queue is stopped by Lambda after 16 rounds.
WHILE_PAUSED = timedelta(minutes=16)


def parse_duration(text: object) -> timedelta:
    """`45s`, `10m`, `4h` or `30d` as a time span; raises ValueError on anything else."""
    if isinstance(text, timedelta):
        return text
    found = re.fullmatch(r"(\d{1,6})([smhd])", text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"a duration reads like 45s, 10m, 4h or 30d, not {text!r}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def format_duration(span: timedelta) -> str:
    """The shortest text that `parse_duration` reads as this span (whole seconds)."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _limit(text: object) -> timedelta | None:
    if text is None or text == OFF:
        return None
    span = parse_duration(text)
    if not span:
        # Who writes 0m may well mean "no limit", and would see every stream cut.
        raise ValueError(f"a limit of {text!r} would stop every stream: say off to have none")
    return span


def _rotate(text: object) -> object:
    if text in ("after-stream", "never"):
        return text
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ValueError(f"should be after-stream, never, or an age: {error}") from None


def _written(value: object) -> object:
    if value is None:
        return OFF
    return format_duration(value) if isinstance(value, timedelta) else value


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}[smhd]$", "examples": ["45s", "4h"]}),
]
# None is no limit, and is written `off`.
Limit = Annotated[
    timedelta | None, BeforeValidator(_limit), PlainSerializer(_written, return_type=str)
]
Mode = Literal["enforce", "observe"]
# An age: the key changes after the first stream that ends when the key is as old as that.
Rotate = Annotated[
    Literal["after-stream", "never"] | timedelta,
    BeforeValidator(_rotate),
    PlainSerializer(_written, return_type=str),
]
Adopt = Literal["deliver", "remember"]
# Which stream is stopped while the account is at its limit of streams.
Shed = Literal["none", "newest", "fewest-viewers"]
Revoke = Literal["after-stream", "never"]
# What the versions of viewer sessions are: the second of their token, or whatever else.
SessionVersions = Literal["unix-seconds", "other"]
# auto: whatever suits the occasion.
Then = Literal["auto", "rotate", "kick", "block"]


class _Wishes(BaseModel):
    """What settings and tags have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    mode: Mode = "enforce"
    rotate: Rotate = "after-stream"
    max_duration: Limit = None
    max_starvation: Limit = None
    max_idle: Limit = None
    then: Then = "auto"
    revoke: Revoke = "never"


class _Tags(_Wishes):
    """What tags alone can say; a field's name is the tag's, after the prefix."""

    managed: Literal["true", "false"] = "false"
    hold_until: AwareDatetime | None = None
    welcome: str | None = None


class Policy(_Wishes):
    """What one channel wants, tags included.

    bad_tags: a sentence for each tag that says nothing; the setting holds in its place; paused: who
    stopped all acting, and since when; then the mode is observe.
    """

    managed: bool
    grace: timedelta
    hold_until: AwareDatetime | None = None
    welcome: str | None = None
    bad_tags: tuple[str, ...] = ()
    paused: str | None = None

    @property
    def hands_off(self) -> str | None:
        """Why what is decided is not done, or None where it is."""
        if self.mode == "enforce":
            return None
        return self.paused or "observing only"

    def held_at(self, now: datetime) -> bool:
        """Whether only commands may act yet."""
        return self.hold_until is not None and now < self.hold_until


class PolicySettings(_Wishes):
    """What every channel of a deployment wants unless its tags say otherwise.

    It travels from the stacks to the functions as one JSON environment variable.
    """

    channels: Literal["tagged", "all"] = "tagged"
    grace: Duration = timedelta(seconds=60)
    shed: Shed = "none"

    def of(self, tags: Mapping[str, str]) -> Policy:
        """The policy of the channel that carries these tags; a bad one never raises."""
        said, bad = _read(tags)
        managed = {"true": True, "false": False}.get(said.pop("managed", ""))
        settings = {name: getattr(self, name) for name in _Wishes.model_fields}
        return Policy(
            managed=self.channels == "all" if managed is None else managed,
            grace=self.grace,
            bad_tags=tuple(bad),
            **settings | said,
        )


class KeySettings(BaseModel):
    """Where stream keys are delivered; it travels as the policy does.

    adopt: what becomes of a key that somebody else made: it goes into the store, or its age alone
    is remembered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    store: Literal["secretsmanager", "ssm", "none"] = "secretsmanager"
    adopt: Adopt = "remember"


def _read(tags: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    said: dict[str, Any] = {}
    bad: list[str] = []
    for tag, value in sorted(tags.items()):
        if not tag.startswith(names.TAG_PREFIX) or tag in names.TAGS_OF_OTHERS:
            continue
        field = tag.removeprefix(names.TAG_PREFIX).replace("-", "_")
        try:
            said[field] = getattr(_Tags.model_validate({field: value}), field)
        except ValidationError as error:
            bad.append(f"{tag} = {value!r}: {_told(error)}")
    return said, bad


def _told(error: ValidationError) -> str:
    [wrong] = error.errors()
    if wrong["type"] == "extra_forbidden":
        return "there is no such tag"
    return wrong["msg"].removeprefix("Value error, ")
