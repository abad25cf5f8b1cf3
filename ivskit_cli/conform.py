"""`ivskit conform`: hold an endpoint of IVS against the documentation."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from ivskit_cli import arguments
from ivskit_cli.arguments import Yes, taken_by
from ivskit_local.errors import WrongUsage

if TYPE_CHECKING:
    from ivskit_cli.screen import Screen
    from ivskit_local.conform.outcome import Outcome
    from ivskit_local.conform.place import Place
    from ivskit_local.conform.probe import Probe
    from ivskit_local.conform.report import Report

Verb = Literal["run", "list", "merge", "clean"]


@dataclass(frozen=True)
class Asked:
    """Which endpoint to ask, how far to go, and where the answers are written."""

    endpoint: str | None
    bus: str | None
    aws: bool
    profile: str | None
    region: str | None
    throttling: bool
    yes: bool
    name: str | None
    report: Path | None
    record: Path | None


def conform(
    verb: Annotated[
        Verb,
        Parameter(
            help="`run` asks the probes, `list` prints them, `merge` makes one table of reports,"
            " `clean` deletes what runs against AWS have left",
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
    bus: Annotated[
        str | None,
        Parameter(
            metavar="URL",
            converter=taken_by(arguments.http_url),
            help="where the emulator at --endpoint puts its events: an emulator of EventBridge and"
            " SQS, where a rule and a queue then wait for them",
        ),
    ] = None,
    aws: Annotated[
        bool, Parameter(help="ask AWS; says first what that makes and may cost, and asks")
    ] = False,
    profile: Annotated[
        str | None, Parameter(metavar="P", help="with --aws: the profile of your AWS settings")
    ] = None,
    region: Annotated[
        str | None,
        Parameter(
            metavar="R",
            help="the region to ask (default: with --aws that of your settings, else us-west-2)",
        ),
    ] = None,
    only: Annotated[
        tuple[str, ...],
        Parameter(metavar="GLOB", help="ask these probes or groups, such as tags or limits.name.*"),
    ] = (),
    throttling: Annotated[
        bool, Parameter(help="ask the probes that go to the rates and quotas as well")
    ] = False,
    yes: Yes = False,
    name: Annotated[
        str | None, Parameter(metavar="NAME", help="what the report calls the endpoint")
    ] = None,
    report: Annotated[
        Path | None,
        Parameter(
            metavar="FILE", help="write what was answered, by the ending .html, .json or .md"
        ),
    ] = None,
    record: Annotated[
        Path | None,
        Parameter(
            metavar="FILE.json",
            help="write the answers that differ, for the tests of the emulator to hold it to",
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
    asked = Asked(endpoint, bus, aws, profile, region, throttling, yes, name, report, record)
    if files and verb != "merge":
        raise WrongUsage(f"{verb} takes no file")
    match verb:
        case "merge":
            return _merge(files, report)
        case "clean":
            return _clean(asked)
    from ivskit_local.conform.catalog import chosen

    return _list(chosen(only)) if verb == "list" else _run(chosen(only), asked)


def _run(probes: "Sequence[Probe]", asked: Asked) -> bool:
    from ivskit_cli.screen import Screen
    from ivskit_local.conform.merge import merged
    from ivskit_local.conform.pages import page_of
    from ivskit_local.conform.recorded import record_of
    from ivskit_local.conform.report import report_of, write

    _check(asked)
    with Screen() as screen, _place(probes, asked, screen) as (title, place):
        found = report_of(title, _shown(probes, place, screen))
        if asked.report:
            write(asked.report, page_of(merged([found]), asked.report))
        if asked.record:
            write(asked.record, record_of(found))
        _print(found, screen)
        for left in place.made.left:
            screen.print([f"✗ could not be deleted: {left}; try ivskit conform clean"])
    return found.ok and not place.made.left


def _check(asked: Asked) -> None:
    """Raise WrongUsage for options that do not go together, before anything is asked."""
    from ivskit_local.conform.pages import check_ending

    arguments.one_of(endpoint=asked.endpoint, aws=asked.aws)
    if asked.bus and not asked.endpoint:
        raise WrongUsage("--bus goes with --endpoint")
    if asked.profile and not asked.aws:
        raise WrongUsage("--profile goes with --aws")
    if asked.report:
        check_ending(asked.report)


def _shown(probes: "Sequence[Probe]", place: "Place", screen: "Screen") -> "Iterator[Outcome]":
    from ivskit_local.conform.run import run

    # Closed at once, also by Ctrl-C, so that what was made is deleted.
    with closing(run(probes, place)) as outcomes:
        for number, outcome in enumerate(outcomes, 1):
            screen.progress(f"{number} of {len(probes)}: {outcome.probe.name}")
            yield outcome
        screen.progress("deleting what was made")


def _print(found: "Report", screen: "Screen") -> None:
    from ivskit_cli.tables import print_table
    from ivskit_local.conform.report import HEADS, counts, findings

    screen.print(findings(found), fold=True)
    print_table(HEADS, counts(found), right=HEADS[1:])


@contextmanager
def _place(
    probes: "Sequence[Probe]", asked: Asked, screen: "Screen"
) -> "Iterator[tuple[str, Place]]":
    from ivskit_local.conform.endpoints import REGION, at, emulator

    region = asked.region or REGION
    if asked.aws:
        yield _aws(probes, asked, screen)
    elif asked.endpoint:
        place = at(asked.endpoint, region=region, rates=asked.throttling, bus=asked.bus)
        yield asked.name or asked.endpoint, place
    else:
        with emulator(region=region, rates=asked.throttling) as place:
            yield asked.name or "ivskit's emulator", place


def _aws(probes: "Sequence[Probe]", asked: Asked, screen: "Screen") -> "tuple[str, Place]":
    from json import dumps

    from ivskit_cli.speech import confirm
    from ivskit_local.conform.endpoints import Account
    from ivskit_local.conform.leftovers import unfinished
    from ivskit_local.conform.permissions import policy, preface

    account = Account(asked.profile, asked.region)
    place = account.place(rates=asked.throttling)
    screen.print(preface(probes, place.around.has, where=account.region), fold=True)
    screen.print(
        ["The policy that it needs:", *dumps(policy(account.region), indent=2).splitlines()]
    )
    confirm("Make all this?", yes=asked.yes, otherwise="nothing was made")
    for ledger, run, region in unfinished():
        if region == account.region:
            screen.say(f"run {run} did not end; deleting what it has left")
            left = account.clean(run)
            place.made.left.extend(left)
            if not left:
                ledger.unlink(missing_ok=True)
    return asked.name or f"AWS {account.region}", place


def _clean(asked: Asked) -> bool:
    """Delete what any run against AWS has left in the region."""
    from ivskit_cli.screen import Screen
    from ivskit_cli.speech import confirm
    from ivskit_local.conform.endpoints import Account
    from ivskit_local.conform.leftovers import unfinished

    account = Account(asked.profile, asked.region)
    confirm(
        f"Delete all that runs have made in {account.region}, also those that go on now?",
        yes=asked.yes,
        otherwise="nothing was deleted",
    )
    left = account.clean(None)
    with Screen() as screen:
        screen.print(f"✗ could not be deleted: {what}" for what in left)
    if not left:
        for ledger, _, region in unfinished():
            if region == account.region:
                ledger.unlink(missing_ok=True)
    return not left


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
