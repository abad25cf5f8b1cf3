"""The format of a scenario's file, and how one is read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, ConfigDict, Field, ValidationError, model_validator

from ivs_emulator import Reading
from ivskit_local.errors import WrongUsage
from ivskit_local.runtime.world import START
from ivskit_local.scenarios.applications import IssueToken, Pause, PutManifest, Resume
from ivskit_local.scenarios.deployments import ChangePolicy, DeployStage
from ivskit_local.scenarios.encoders import Send
from ivskit_local.scenarios.expectations import Expect
from ivskit_local.scenarios.mishaps import (
    ComeLate,
    Delay,
    Fault,
    Kill,
    LimitStreams,
    Lose,
    Redrive,
    Repeat,
    ShiftClock,
    Slow,
)
from ivskit_local.scenarios.run import ChannelSpec
from ivskit_local.scenarios.steps import (
    Check,
    Command,
    CreateChannel,
    DeleteBucket,
    DeleteChannel,
    Deliver,
    EncoderAct,
    GoLive,
    KeyAct,
    SecretAct,
    Tag,
    Watch,
)
from ivskit_local.scenarios.words import ChannelName, Strict, Text

AnyStep = Annotated[
    GoLive
    | EncoderAct
    | Command
    | IssueToken
    | PutManifest
    | Pause
    | Resume
    | Tag
    | Watch
    | KeyAct
    | SecretAct
    | CreateChannel
    | Send
    | DeleteChannel
    | DeleteBucket
    | Deliver
    | Check
    | Lose
    | Delay
    | Repeat
    | ComeLate
    | Kill
    | LimitStreams
    | Fault
    | Slow
    | ShiftClock
    | Redrive
    | DeployStage
    | ChangePolicy,
    Field(discriminator="do"),
]


class NotAScenario(WrongUsage):
    """One line that says which file, step and field is wrong, and how."""


class Scenario(Strict):
    """A timeline of what encoders, IVS, people and time do, and the expected result.

    settings: as `--set` takes them; starts: the time of 0s; seed: decides the order of what is
    concurrent; sloppy_schedules: one-time schedules fire up to a minute late, some twice; reading:
    how IVS behaves where its documentation is silent, for what counts on it: else as `--reading`.
    Steps of the same moment happen at once. After the last, everything comes to rest; then `expect`
    and every invariant must hold, with no dead letters unless `expect` says otherwise.
    """

    model_config = ConfigDict(title="Scenario")
    schema_file: str | None = Field(default=None, alias="$schema")
    tells: Text
    settings: Mapping[str, Any] = {}
    starts: AwareDatetime = START
    seed: int = 0
    sloppy_schedules: bool = False
    reading: Reading | None = None
    channels: Annotated[Mapping[ChannelName, ChannelSpec], Field(min_length=1)]
    steps: Annotated[tuple[AnyStep, ...], Field(min_length=1)]
    expect: Expect

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for number, (one, other) in enumerate(pairwise(self.steps), 2):
            if other.at < one.at:
                raise ValueError(f"step {number} ({other.do}) is before the step above it")
        return self

    @model_validator(mode="after")
    def _known_channels(self) -> Self:
        for number, step in enumerate(self.steps, 1):
            self._check_names(f"step {number} ({step.do})", step.channels)
        self._check_names("expect", self.expect.channels_named)
        return self

    def _check_names(self, where: str, named: tuple[str, ...]) -> None:
        for name in named:
            if name not in self.channels:
                raise ValueError(
                    f"{where}: there is no channel {name!r}; there are {', '.join(self.channels)}"
                )


@dataclass(frozen=True)
class Script:
    """A scenario and where it was read."""

    name: str
    scenario: Scenario

    @property
    def title(self) -> str:
        """The name of its file in words, or its text where it has no file."""
        words = Path(self.name).stem.replace("-", " ").strip()
        return words or self.scenario.tells

    @property
    def folder(self) -> Path:
        """What the files that it names are relative to."""
        return Path(self.name).parent


def is_scenario(value: object) -> bool:
    """Whether a JSON value is meant as a scenario rather than an event."""
    return isinstance(value, dict) and not value.keys().isdisjoint({"tells", "steps"})


def parse_scenario(name: str, value: object) -> Script:
    """The scenario that a JSON value holds; raises NotAScenario."""
    try:
        return Script(name, Scenario.model_validate(value))
    except ValidationError as error:
        line = error.errors(include_url=False)[0]
        where = "".join(f"{part}: " for part in _where(line["loc"]))
        said = line["msg"].removeprefix("Value error, ")
        raise NotAScenario(f"{name}: {where}{said}") from error


def _where(loc: tuple[int | str, ...]) -> Iterator[str]:
    """`steps, 0, go live, channel` as `step 1 (go live)`, `channel`."""
    match loc:
        case ("steps", int(index), str(do), *rest):
            yield f"step {index + 1} ({do})"
        case ("steps", int(index)):
            yield f"step {index + 1}"
            rest = []
        case _:
            rest = list(loc)
    yield from map(str, rest)
