"""`ivskit jobs`: show, watch, cancel and resume revocations."""

import json as json_format
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ivskit_cli.arguments import Json, Stage
from ivskit_cli.project import stage_of
from ivskit_local.errors import WrongUsage

if TYPE_CHECKING:
    from ivskit_cli.revocations import Revocations


def jobs(
    *words: Annotated[
        str,
        Parameter(
            name="[cancel | resume] [ID]",
            help="the id of a job: that of its command, or of the stream that it follows",
        ),
    ],
    watch: Annotated[bool, Parameter(help="repeat until all jobs shown are over")] = False,
    reason: Annotated[str, Parameter(metavar="TEXT", help="why it is cancelled or resumed")] = "",
    stage: Stage = None,
    json: Json = False,
) -> None:
    """Show, watch, cancel and resume revocations of viewers.

    Shows the revocations of a deployed stage, newest first, or one of them. With cancel, a job
    leaves its remaining viewers alone; with resume, it continues. Account, region and credentials
    come from the usual AWS environment.

    For example:
      ivskit jobs --watch
      ivskit jobs cancel 0b1c6a2e-5d9f-4c37-8a40-91be7a60d3c5 --reason "wrong list"
    """
    from ivskit_cli.revocations import Revocations

    what, job = _what_and_which(words)
    revocations = Revocations(stage_of(stage))
    if what is not None and job is not None:
        print(revocations.steer(what, job, reason=reason))
    else:
        _show(revocations, job, watch=watch, json=json)


def _what_and_which(words: Sequence[str]) -> tuple[str | None, str | None]:
    """Whether to cancel or resume, and which job."""
    match words:
        case ():
            return None, None
        case (("cancel" | "resume") as what, job):
            return what, job
        case (job,) if job not in ("cancel", "resume"):
            return None, job
    raise WrongUsage("jobs takes at most one ID, and cancel and resume need one")


def _show(revocations: "Revocations", job: str | None, *, watch: bool, json: bool) -> None:
    from ivskit_cli.revocations import as_document, as_lines

    for shown in revocations.watch(job) if watch else [revocations.shown(job)]:
        for line in [json_format.dumps(as_document(shown))] if json else as_lines(shown):
            print(line, flush=True)
