"""`ivskit pause`: stop the automation of a stage without a deploy."""

import argparse
from datetime import UTC, datetime

from ivskit_cli.arguments import CREDENTIALS, add_stage
from ivskit_cli.project import stage_of

HELP = "pause the automation of a deployed stage at once, without a deploy"
DESCRIPTION = (
    "Pause the automation of a deployed stage at once: until ivskit resume it decides everything,"
    " reports what it would do, and does nothing. Commands of people act all the same."
    f" {CREDENTIALS}"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which stage to pause, why, and whether for commands too."""
    add_stage(parser)
    parser.add_argument(
        "--reason", metavar="TEXT", help="why; every outcome that is held back names it"
    )
    parser.add_argument(
        "--commands-too",
        action="store_true",
        help="refuse commands as well, unless they say force",
    )


def act(arguments: argparse.Namespace) -> bool:
    """Pause the stage."""
    from ivskit_cli.pausing import pause

    stage, reason = stage_of(arguments), arguments.reason
    print(pause(stage, reason=reason, commands_too=arguments.commands_too, now=datetime.now(UTC)))
    return True
