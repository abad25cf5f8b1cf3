"""`ivskit cancel`: stop a revocation that is under way."""

from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.how import DEFAULT, How


def cancel(
    job: Annotated[str, Parameter(name="JOB", help="the id of its command, or of its stream")],
    /,
    *,
    how: How = DEFAULT,
) -> bool:
    """Cancel a revocation: viewers that are not revoked yet keep watching.

    `ivskit jobs` lists them, `ivskit resume JOB` continues one. Exit 0 done, 1 not done, 2 wrong
    usage.

    For example:
      ivskit cancel 0b1c6a2e-5d9f-4c37-8a40-91be7a60d3c5 --reason "wrong list"
    """
    from ivskit.commands import CancelRevocation
    from ivskit_cli.sending import issue, send

    return send(issue(CancelRevocation, how, job=job), [], how)
