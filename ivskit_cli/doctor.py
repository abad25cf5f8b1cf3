"""`ivskit doctor`: examine an account and a stage in it."""

import argparse

from ivskit_cli.arguments import CREDENTIALS, add_stage
from ivskit_cli.project import stage_of

HELP = "examine the account and a deployed stage, and say what to do"
DESCRIPTION = (
    "Examine the account and a stage in it: region, deployment, tables, other stages, and the"
    " limits of Lambda and IVS. Changes nothing. A check that is not possible, such as one that"
    f" the credentials do not allow, is unknown. {CREDENTIALS} Exit 0 no advice, 1 there is advice"
    " or the stage could not be examined."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which stage to examine."""
    add_stage(parser)


def act(arguments: argparse.Namespace) -> bool:
    """Print each finding as it is made, and return whether the stage is well."""
    from ivskit_cli.checks import examine, is_well
    from ivskit_cli.deployed import client_of

    findings = []
    for finding in examine(stage_of(arguments), client_of):
        findings.append(finding)
        print(finding.line, flush=True)
    return is_well(findings)
