"""`ivskit what-if`: which streams of the past other settings would have stopped."""

import gc
import json as json_format
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ivskit_cli.arguments import Files, Json, Stage, settings_of
from ivskit_cli.project import project_or_own, stage_of
from ivskit_local.errors import WrongUsage

if TYPE_CHECKING:
    from ivskit_local.what_if.judged import Judged


def what_if(
    *paths: Annotated[
        Files,
        Parameter(
            help="events of the past, in any form that replay reads, such as an export of the audit"
            " log; a folder of them, or - for standard input"
        ),
    ],
    settings: Annotated[
        tuple[str, ...],
        Parameter(
            name="--set",
            metavar="a.b=c",
            help="a setting to try, such as policy.max_duration=4h; the others stay as they are",
        ),
    ] = (),
    managed: Annotated[
        bool,
        Parameter(help="take channels for managed of which neither --tags nor the log has tags"),
    ] = False,
    tags: Annotated[
        Path | None,
        Parameter(
            metavar="FILE",
            help="JSON with the tags of channels, by their ids or ARNs; they go over the log's",
        ),
    ] = None,
    stage: Stage = None,
    json: Json = False,
) -> None:
    """Say which streams of the past would have been stopped, had the settings been others.

    Decides anew, by the functions' own rules, about every stream in the events: under the settings
    in cdk.json as they are, and as you set them. Counts the streams that would be stopped, the keys
    that would change, and the calls to IVS against its quotas. Reads files only. Exit 0 done, 2
    wrong usage.

    For example:
      ivskit what-if --set policy.max_duration=4h audit.jsonl
      ivskit what-if --set policy.rotate=30d --managed --json exports
    """
    if not settings or not paths:
        raise WrongUsage("what-if needs --set a.b=c and files of events. See ivskit what-if --help")
    with _no_collections():
        judged = _judged(paths, settings, managed=managed, tags=tags, stage=stage)
        if json:
            from ivskit_local.what_if.report import as_document

            print(json_format.dumps(as_document(judged), indent=2))
        else:
            _show(judged)


@contextmanager
def _no_collections() -> Iterator[None]:
    """A month is much that stays: looking through it for garbage takes time and finds little."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _judged(
    paths: tuple[str, ...],
    settings: tuple[str, ...],
    *,
    managed: bool,
    tags: Path | None,
    stage: str | None,
) -> "Judged":
    from ivskit_local.what_if.history import read_history
    from ivskit_local.what_if.judged import judge
    from ivskit_local.what_if.rules import load_rules
    from ivskit_local.what_if.settings import settings_as_set, settings_as_they_are
    from ivskit_local.what_if.tags import TagsOf, read_tags

    root, stage = project_or_own(), stage_of(stage)
    return judge(
        as_they_are=settings_as_they_are(root, stage=stage),
        as_set=settings_as_set(root, [*settings_of(settings)], stage=stage),
        tags=TagsOf(read_tags(tags), assume_managed=managed),
        history=read_history(paths, stdin=lambda: sys.stdin.buffer.read()),
        rules=load_rules(root),
    )


def _show(judged: "Judged") -> None:
    from ivskit_cli.tables import print_table
    from ivskit_local.what_if.report import HEADS, heading, named, notes, rows

    for line in heading(judged):
        print(line)
    print()
    print_table(HEADS, list(rows(judged)), right=HEADS[1:])
    print()
    for line in named(judged):
        print(line)
    print("What this assumes and leaves out:")
    for line in notes(judged):
        print(f"  {line}")
