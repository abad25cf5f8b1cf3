"""What applications and operators do: tokens for viewers, lists of viewers, pauses."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ivskit import names, quotas
from ivskit.commands import ViewerId
from ivskit.pause_state import Paused
from ivskit_local.scenarios.run import Run
from ivskit_local.scenarios.steps import OnChannel, Step
from ivskit_local.scenarios.words import ChannelName, Strict, Text

Version = Annotated[int, Field(ge=0, le=quotas.REVOCABLE_VERSION, strict=True)]
FileName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,128}$")]
_HEADER = "channel_arn,viewer_id,up_to_version"


class IssueToken(OnChannel):
    """The application issues a token to a viewer, who begins to watch with it at once.

    version: of the viewer's session; the current time in seconds by default.
    """

    do: Literal["issue token"]
    viewer: ViewerId
    version: Version | None = None

    @property
    def sentence(self) -> str:
        return f"{self.viewer} is issued a token for {self.channel}"

    def carry_out(self, run: Run) -> None:
        arn = run.arns[self.channel]
        run.viewers.issue(self.channel, arn, self.viewer, version=self.version)


class Row(Strict):
    """A viewer in a manifest; count: that many viewers, numbered from 1: fan-1, fan-2 and so on."""

    channel: ChannelName
    viewer: Annotated[str, StringConstraints(min_length=1, max_length=34)]
    up_to_version: Version | None = None
    count: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = None

    def lines(self, run: Run) -> list[str]:
        """The manifest's lines."""
        numbers = [""] if self.count is None else [f"-{n}" for n in range(1, self.count + 1)]
        version = "" if self.up_to_version is None else self.up_to_version
        return [f"{run.arns[self.channel]},{self.viewer}{n},{version}" for n in numbers]


class PutManifest(Step):
    """Somebody uploads a list of viewers, as CSV, to where manifests belong.

    name: what the field `manifest` of a command calls it; rows: a text is a literal row.
    """

    do: Literal["put manifest"]
    name: FileName
    rows: Annotated[tuple[Row | Text, ...], Field(min_length=1)]

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(row.channel for row in self.rows if isinstance(row, Row))

    @property
    def sentence(self) -> str:
        return f"the manifest {self.name} is uploaded"

    def carry_out(self, run: Run) -> None:
        written = [[row] if isinstance(row, str) else row.lines(run) for row in self.rows]
        text = "\n".join([_HEADER, *(line for lines in written for line in lines)])
        bucket, key = run.parameter("reports").value, f"manifests/{self.name}"
        run.world.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())
        run.manifests[self.name] = f"s3://{bucket}/{key}"


class Pause(Step):
    """Somebody pauses automation; commands_too: commands are refused as well."""

    do: Literal["pause"]
    reason: Text | None = None
    commands_too: bool = False

    @property
    def sentence(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"automation is paused{', commands too' if self.commands_too else ''}{why}"

    def carry_out(self, run: Run) -> None:
        run.pauses.append(run.world.now)
        paused = Paused(
            since=run.world.now,
            by="somebody",
            reason=self.reason,
            commands_too=self.commands_too,
        )
        _set_pause(run, paused.model_dump_json(exclude_none=True))


class Resume(Step):
    """Somebody ends the pause."""

    do: Literal["resume"]

    @property
    def sentence(self) -> str:
        return "automation resumes"

    def carry_out(self, run: Run) -> None:
        run.resumes.append(run.world.now)
        _set_pause(run, names.PAUSE_OFF)


def _set_pause(run: Run, text: str) -> None:
    """Set the parameter, which functions read within 30 seconds."""
    name = run.parameter("pause").name
    run.world.client("ssm").put_parameter(Name=name, Value=text, Overwrite=True)
