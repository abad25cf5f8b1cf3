"""`ivskit conform`: hold an endpoint of IVS against the documentation."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from ivskit_cli import arguments
from ivskit_cli.arguments import taken_by
from ivskit_local.errors import WrongUsage

if TYPE_CHECKING:
    from ivskit_cli.screen import Screen
    from ivskit_local.conform.outcome import Outcome
    from ivskit_local.conform.place import Place
    from ivskit_local.conform.probe import Probe
    from ivskit_local.conform.report import Report

Verb = Literal["run", "list", "merge"]


@dataclass(frozen=True)
class Asked:
    """Which endpoint to ask, and how far to go."""

    endpoint: str | None
    region: str
    throttling: bool
    name: str | None


def conform(
    verb: Annotated[
        Verb,
        Parameter(
            help="`run` asks the probes, `list` prints them, `merge` makes one table of reports",
        ),
    ] = "run",
    /,
    *files: Annotated[Path, Parameter(metavar="FILE", help="the reports to merge, as JSON")],
    endpoint: Annotated[
        str | None,
        Parameter(
            metavar="URL",
            converter=taken_by(arguments.http_url),
            help="ask this endpoint (default: the emulator in this process)",
        ),
    ] = None,
    region: Annotated[str, Parameter(metavar="R", help="the region to ask for")] = "us-west-2",
    only: Annotated[
        tuple[str, ...],
        Parameter(metavar="GLOB", help="ask these probes or groups, such as tags or limits.name.*"),
    ] = (),
    throttling: Annotated[
        bool, Parameter(help="ask the probes that go to the rates and quotas as well")
    ] = False,
    name: Annotated[
        str | None, Parameter(metavar="NAME", help="what the report calls the endpoint")
    ] = None,
    report: Annotated[
        Path | None,
        Parameter(
            metavar="FILE", help="write what was answered, by the ending .html, .json or .md"
        ),
    ] = None,
) -> bool:
    """Ask an endpoint of IVS hundreds of questions, and compare with the documentation.

    Each probe has a sentence, a source and an expected answer; it agrees, differs (with both
    answers), or is skipped, with the reason. Exit 0 nothing differs, 1 something differs, 2 wrong
    usage.

    For example:
      ivskit conform --endpoint http://127.0.0.1:5000 --report moto.json
    """
    if files and verb != "merge":
        raise WrongUsage(f"{verb} takes no file")
    if verb == "merge":
        return _merge(files, report)
    from ivskit_local.conform.catalog import chosen

    probes = chosen(only)
    if verb == "list":
        return _list(probes)
    return _run(probes, Asked(endpoint, region, throttling, name), report)


def _run(probes: "Sequence[Probe]", asked: Asked, file: Path | None) -> bool:
    from ivskit_cli.screen import Screen
    from ivskit_local.conform.merge import merged
    from ivskit_local.conform.pages import page_of
    from ivskit_local.conform.report import report_of, write

    with Screen() as screen, _place(asked) as (title, place):
        found = report_of(title, _shown(probes, place, screen))
        if file:
            write(file, page_of(merged([found]), file))
        _print(found, screen)
    return found.ok


def _shown(probes: "Sequence[Probe]", place: "Place", screen: "Screen") -> "Iterator[Outcome]":
    from ivskit_local.conform.run import run

    for number, outcome in enumerate(run(probes, place), 1):
        screen.progress(f"{number} of {len(probes)}: {outcome.probe.name}")
        yield outcome


def _print(found: "Report", screen: "Screen") -> None:
    from ivskit_cli.tables import print_table
    from ivskit_local.conform.report import HEADS, counts, findings

    screen.print(findings(found), fold=True)
    print_table(HEADS, counts(found), right=HEADS[1:])


@contextmanager
def _place(asked: Asked) -> Iterator[tuple[str, "Place"]]:
    from ivskit_local.conform.endpoints import at, emulator

    if asked.endpoint:
        yield (
            asked.name or asked.endpoint,
            at(asked.endpoint, region=asked.region, rates=asked.throttling),
        )
        return
    with emulator(region=asked.region, rates=asked.throttling) as place:
        yield asked.name or "ivskit's emulator", place


def _list(probes: "Sequence[Probe]") -> bool:
    from ivskit_cli.tables import print_table

    rows = [
        (p.name, p.sentence, str(p.source), ", ".join(sorted(p.needs)) or p.cannot, p.cost)
        for p in probes
    ]
    print_table(("probe", "tests that", "source", "needs", "costs"), rows)
    return True


def _merge(files: Sequence[Path], report: Path | None) -> bool:
    from ivskit_cli.tables import print_table
    from ivskit_local.conform.merge import merged
    from ivskit_local.conform.pages import page_of
    from ivskit_local.conform.report import read, write

    if not files:
        raise WrongUsage("merge takes reports: ivskit conform merge ours.json moto.json")
    table = merged([read(file) for file in files])
    if report:
        write(report, page_of(table, report))
    print_table(("probes that agree", *table.endpoints), table.counts())
    return True
