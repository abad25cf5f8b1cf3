"""`ivskit doctor`: examine an account and a stage in it."""

from ivskit_cli.arguments import Stage
from ivskit_cli.project import stage_of


def doctor(*, stage: Stage = None) -> bool:
    """Examine the account and a deployed stage, and say what to do.

    Looks at region, deployment, tables, other stages, and the limits of Lambda and IVS, and changes
    nothing. A check that is not possible, such as one that the credentials do not allow, is
    unknown. Account, region and credentials come from the usual AWS environment. Exit 0 no advice,
    1 there is advice or the stage could not be examined.

    For example:
      ivskit doctor --stage prod
    """
    from ivskit_cli.checks import examine, is_well
    from ivskit_cli.deployed import client_of

    findings = []
    for finding in examine(stage_of(stage), client_of):
        findings.append(finding)
        print(finding.line, flush=True)
    return is_well(findings)
