"""`ivskit jobs`: show, watch, cancel and resume revocations."""

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ivskit_cli.arguments import CREDENTIALS, add_json, add_stage
from ivskit_cli.project import stage_of
from ivskit_local.errors import WrongUsage

if TYPE_CHECKING:
    from ivskit_cli.revocations import Revocations

HELP = "show, watch, cancel and resume revocations of viewers"
DESCRIPTION = (
    "Show the revocations of a deployed stage, newest first, or one of them. With cancel, a"
    f" job leaves its remaining viewers alone; with resume, it continues. {CREDENTIALS}"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which job, and what to do with it."""
    add_stage(parser)
    parser.add_argument(
        "words",
        nargs="*",
        metavar="[cancel | resume] [ID]",
        help="the id of a job: that of its command, or of the stream that it follows",
    )
    parser.add_argument("--watch", action="store_true", help="repeat until all jobs shown are over")
    parser.add_argument("--reason", metavar="TEXT", help="why it is cancelled or resumed")
    add_json(parser)


def act(arguments: argparse.Namespace) -> bool:
    """Cancel or resume a job, or show what there is."""
    from ivskit_cli.revocations import Revocations

    what, job = _what_and_which(arguments.words)
    revocations = Revocations(stage_of(arguments))
    if what is not None and job is not None:
        print(revocations.steer(what, job, reason=arguments.reason or ""))
    else:
        _show(revocations, job, arguments)
    return True


def _what_and_which(words: Sequence[str]) -> tuple[str | None, str | None]:
    """Whether to cancel or resume, and which job."""
    match words:
        case []:
            return None, None
        case [("cancel" | "resume") as what, job]:
            return what, job
        case [job] if job not in ("cancel", "resume"):
            return None, job
    raise WrongUsage("jobs takes at most one ID, and cancel and resume need one")


def _show(revocations: "Revocations", job: str | None, arguments: argparse.Namespace) -> None:
    from ivskit_cli.revocations import as_document, as_lines

    for shown in revocations.watch(job) if arguments.watch else [revocations.shown(job)]:
        for line in [json.dumps(as_document(shown))] if arguments.json else as_lines(shown):
            print(line, flush=True)
