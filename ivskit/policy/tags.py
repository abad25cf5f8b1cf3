"""Reads the tags of a channel: harmless variants are accepted, and an invalid one never raises.

A protective tag (managed, mode, rotate, hold-until) that is invalid protects the channel: until
the tag is valid, automation only observes. A misspelt name of a protective tag counts as one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, ValidationError

from ivskit import names
from ivskit.policy.values import PolicyValues
from ivskit.restrictions import Countries, Origins, PolicyName

# unknown: an invalid value; then the channel is managed, and only observed.
Managed = Literal["true", "false", "own stage", "other stage", "unknown"]
PROTECTIVE = frozenset({"managed", "mode", "rotate", "hold_until"})
# Names of stages that would be taken for an answer to "is it managed?".
NO_STAGES = frozenset({"f", "false", "n", "no", "none", "off", "on", "t", "true", "y", "yes"})
STAGE = re.compile(r"[a-z]([a-z0-9-]{0,14}[a-z0-9])?", re.ASCII)
_ALIKE = 0.8
# Their values are taken as they are.
_RAW = frozenset({"welcome", "restriction", "countries", "origins"})
# Their values are durations or times, which take no dashes from normalizing.
_UNDASHED = frozenset({"max_duration", "max_starvation", "max_idle", "hold_until"})


def _words(text: str) -> list[str]:
    if not text:
        raise ValueError("names none: remove the tag, and nothing is restricted")
    return text.split()


class _TagWishes(PolicyValues):
    """The tags besides `managed`; a field's name is the tag's, after the prefix."""

    hold_until: AwareDatetime | None = None
    welcome: str | None = None
    restriction: PolicyName | None = None
    countries: Annotated[Countries, BeforeValidator(_words)] = ()
    origins: Annotated[Origins, BeforeValidator(_words)] = ()
    # Whether the settings' rules of health hold for the channel.
    health: Literal["on", "off"] = "on"


_FIELDS = ("managed", *_TagWishes.model_fields)


@dataclass(frozen=True)
class ReadTags:
    """The tags of a channel, parsed.

    bad: a sentence for each invalid tag; protects: the first invalid protective one.
    """

    managed: Managed | None = None
    wishes: Mapping[str, Any] = field(default_factory=dict)
    bad: tuple[str, ...] = ()
    protects: str | None = None


def read_tags(tags: Mapping[str, str], *, stage: str, has_neighbours: bool) -> ReadTags:
    """Parse these tags for one stage; has_neighbours: whether others may manage channels."""
    reader = _Reader(stage, has_neighbours=has_neighbours)
    for tag, value in sorted(tags.items()):
        if is_ours(tag):
            reader.read(tag, value)
    return ReadTags(reader.managed, reader.wishes, tuple(reader.bad), reader.protects)


def is_blocked(tags: Mapping[str, str]) -> bool:
    """Whether the tag ivskit:blocked says that the channel is blocked; `false` says it is not."""
    value = tags.get(names.TAG_BLOCKED)
    return value is not None and _dashed(value) != "false"


def is_ours(tag: str) -> bool:
    """Whether the tag is part of a policy, however its prefix is written."""
    return tag.strip().casefold().startswith(names.TAG_PREFIX) and tag not in names.OWN_TAGS


class _Invalid(Exception):
    """A value that the tag does not accept."""


class _Reader:
    def __init__(self, stage: str, *, has_neighbours: bool) -> None:
        self._stage = stage
        self._has_neighbours = has_neighbours
        self._said: dict[str, Any] = {}
        self.managed: Managed | None = None
        self.wishes: dict[str, Any] = {}
        self.bad: list[str] = []
        self.protects: str | None = None

    def read(self, tag: str, value: str) -> None:
        name = _dashed(tag.strip()[len(names.TAG_PREFIX) :]).replace("-", "_")
        try:
            self._take(name, value)
        except _Invalid as error:
            self._refuse(tag, name, value, str(error))

    def _take(self, name: str, value: str) -> None:
        if name not in _FIELDS:
            raise _Invalid("there is no such tag")
        said = self._managed(value) if name == "managed" else _said(name, value)
        if self._said.setdefault(name, said) != said:
            raise _Invalid("another tag of the same name has another value")
        if name == "managed":
            self.managed = said
        else:
            self.wishes[name] = said

    def _managed(self, value: str) -> Managed:
        match _dashed(value):
            case "true":
                return "true"
            case "false":
                return "false"
            case stage if stage == self._stage:
                return "own stage"
            case stage if (
                self._has_neighbours and stage not in NO_STAGES and STAGE.fullmatch(stage)
            ):
                return "other stage"
        raise _Invalid(f"should be true, false, or the name of a stage such as {self._stage}")

    def _refuse(self, tag: str, name: str, value: str, why: str) -> None:
        self.bad.append(f"{tag} = {value!r}: {why}")
        meant = _nearly(name)
        if meant in PROTECTIVE:
            self.protects = self.protects or f"{tag} = {value!r}"
            self._protect(meant)

    def _protect(self, meant: str) -> None:
        """Assume the most careful value: a stop that leaves the key to the policy keeps it."""
        if meant == "managed":
            self.managed = "unknown"
        elif meant == "rotate":
            self.wishes["rotate"] = "never"
        elif meant == "mode":
            self.wishes["mode"] = "observe"


def _nearly(name: str) -> str:
    """The tag that a misspelt name most likely means."""
    begun = (each for each in _FIELDS if name and (each.startswith(name) or name.startswith(each)))
    return next(begun, next(iter(get_close_matches(name, _FIELDS, 1, _ALIKE)), ""))


def _said(name: str, value: str) -> Any:
    text = value.strip() if name in _RAW else _plain(name, value)
    try:
        return getattr(_TagWishes.model_validate({name: text}), name)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise _Invalid(wrong["msg"].removeprefix("Value error, ")) from error


def _plain(name: str, value: str) -> str:
    if name == "hold_until":
        return value.strip().upper()
    dashed = _dashed(value)
    return dashed.replace("-", "") if name in _UNDASHED or dashed[:1].isdigit() else dashed


def _dashed(text: str) -> str:
    """The text in lower case, with dashes for blanks and underscores."""
    return re.sub(r"[\s_-]+", "-", text.strip().casefold())
