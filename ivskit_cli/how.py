"""The options of all commands that send something to a stage."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.arguments import Json, Quiet, Stage, Verbose, Yes, at_least_one, taken_by

Channels = Annotated[
    tuple[str, ...],
    Parameter(name="CHANNEL", help="one or several, each by name, id, ARN or playback URL"),
]
OneChannel = Annotated[str, Parameter(name="CHANNEL", help="by name, id, ARN or playback URL")]


@Parameter(name="*")
@dataclass(frozen=True)
class How:
    """How to send a command, and what to do then."""

    reason: Annotated[str, Parameter(metavar="TEXT", help="why, for the outcome and the audit")] = (
        ""
    )
    force: Annotated[
        bool,
        Parameter(help="act even where the channel is only observed, or a pause holds commands"),
    ] = False
    wait: Annotated[
        bool | None,
        Parameter(
            negative="--no-wait",
            help="follow the command until its outcome (default: in a terminal)",
        ),
    ] = None
    timeout: Annotated[
        int,
        Parameter(
            metavar="SECONDS", converter=taken_by(at_least_one), help="how long to wait for it"
        ),
    ] = 120
    dry_run: Annotated[bool, Parameter(help="print the entry for the bus, and send nothing")] = (
        False
    )
    yes: Yes = False
    verbose: Verbose = False
    quiet: Quiet = False
    stage: Stage = None
    json: Json = False


DEFAULT = How()
