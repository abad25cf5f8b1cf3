"""`ivskit resume`: let go on what a person halted."""

from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.how import DEFAULT, How
from ivskit_cli.project import stage_of
from ivskit_local.errors import WrongUsage


def resume(
    job: Annotated[
        str | None,
        Parameter(name="JOB", help="a revocation that was cancelled, or stalls; else the stage"),
    ] = None,
    /,
    *,
    how: How = DEFAULT,
) -> bool:
    """Let go on what was halted: a paused stage, or a revocation.

    Ends what `ivskit pause` began; with the id of a job, what `ivskit cancel` did to it. Account,
    region and credentials come from the usual AWS environment.

    For example:
      ivskit resume --stage prod
      ivskit resume 0b1c6a2e-5d9f-4c37-8a40-91be7a60d3c5
    """
    if job is None and how != How(stage=how.stage):
        raise WrongUsage("a paused stage takes --stage alone; the other options go with a JOB")
    if job is None:
        from ivskit_cli import pausing

        print(pausing.resume(stage_of(how.stage)))
        return True
    from ivskit.commands import ResumeRevocation
    from ivskit_cli.sending import issue, send

    return send(issue(ResumeRevocation, how, job=job), [], how)
