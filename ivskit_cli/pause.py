"""`ivskit pause`: stop the automation of a stage without a deploy."""

from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.arguments import Stage
from ivskit_cli.project import stage_of


def pause(
    *,
    reason: Annotated[
        str | None,
        Parameter(metavar="TEXT", help="why; every outcome that is held back names it"),
    ] = None,
    commands_too: Annotated[
        bool, Parameter(help="refuse commands as well, unless they say force")
    ] = False,
    stage: Stage = None,
) -> None:
    """Pause the automation of a deployed stage at once, without a deploy.

    Until ivskit resume it decides everything, reports what it would do, and does nothing. Commands
    of people act all the same. Account, region and credentials come from the usual AWS environment.

    For example:
      ivskit pause --stage prod --reason "encoders are being moved"
    """
    from ivskit_cli import pausing

    now = datetime.now(UTC)
    print(pausing.pause(stage_of(stage), reason=reason, commands_too=commands_too, now=now))
