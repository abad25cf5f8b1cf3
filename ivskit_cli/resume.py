"""`ivskit resume`: end a pause."""

import argparse

from ivskit_cli.arguments import CREDENTIALS, add_stage
from ivskit_cli.project import stage_of

HELP = "let a paused stage act again"
DESCRIPTION = f"Let a paused stage act again. {CREDENTIALS}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which stage to resume."""
    add_stage(parser)


def act(arguments: argparse.Namespace) -> bool:
    """Resume the stage."""
    from ivskit_cli.pausing import resume

    print(resume(stage_of(arguments)))
    return True
