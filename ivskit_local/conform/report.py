"""What a run found out, as a document, and its lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ivskit_local.conform.outcome import Outcome, Result
from ivskit_local.errors import NotDone, WrongUsage

RESULTS: tuple[Result, ...] = ("agrees", "differs", "skipped")
HEADS = ("group", *RESULTS)
# How many of the probes that were skipped for one reason are named in a terminal.
_NAMED = 4


class Row(BaseModel):
    """One probe: what was expected and what was answered, or what was missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sentence: str
    source: str
    cost: str
    result: Result
    expected: str
    answer: str = ""
    missing: str = ""

    @property
    def group(self) -> str:
        """The part of the name before the first dot."""
        return self.name.partition(".")[0]


class Report(BaseModel):
    """One run against one endpoint. It has no key, no id and no account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str
    at: datetime
    ivskit: str
    probes: list[Row]

    def as_json(self) -> str:
        """One line per probe, so that two reports can be compared line by line."""
        head = self.model_dump_json(exclude={"probes"}).removesuffix("}")
        rows = ",\n".join(row.model_dump_json(exclude_defaults=True) for row in self.probes)
        return f'{head},"probes":[\n{rows}\n]}}\n'

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return all(row.result != "differs" for row in self.probes)


def report_of(endpoint: str, outcomes: Iterable[Outcome]) -> Report:
    """The document of a run that has just ended."""
    now = datetime.now(UTC).replace(microsecond=0)
    rows = [row_of(outcome) for outcome in outcomes]
    return Report(endpoint=endpoint, at=now, ivskit=version("ivskit"), probes=rows)


def row_of(outcome: Outcome) -> Row:
    """One outcome as data."""
    probe = outcome.probe
    return Row(
        name=probe.name,
        sentence=probe.sentence,
        source=str(probe.source),
        cost=probe.cost,
        result=outcome.result,
        expected=probe.expected,
        answer=outcome.answer,
        missing=outcome.missing,
    )


def read(file: Path) -> Report:
    """A report that `--report FILE.json` wrote; raises WrongUsage."""
    try:
        return Report.model_validate_json(file.read_bytes())
    except OSError as error:
        raise WrongUsage(f"{file}: {error.strerror}") from error
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"])) or "the file"
        raise WrongUsage(
            f"{file}: is no report of ivskit conform: {where}: {wrong['msg']}"
        ) from None


def write(file: Path, text: str) -> None:
    """Raises NotDone where it cannot be written."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotDone(f"{file}: {error.strerror}") from error


def counts(report: Report) -> list[Sequence[str]]:
    """How many of each group agree, differ and were skipped, and of all together."""
    groups = list(dict.fromkeys(row.group for row in report.probes))
    found = Counter((row.group, row.result) for row in report.probes)
    rows = [(group, *(str(found[group, result]) for result in RESULTS)) for group in groups]
    total = Counter(row.result for row in report.probes)
    return [*rows, ("all", *(str(total[result]) for result in RESULTS))]


def findings(report: Report) -> Iterator[str]:
    """What differs, with both answers, and why probes were skipped."""
    for row in report.probes:
        if row.result == "differs":
            yield f"✗ {row.name}: {row.sentence}"
            yield f"    {row.source}: {row.expected}"
            yield f"    {report.endpoint}: {row.answer}"
    skipped: dict[str, list[str]] = {}
    for row in report.probes:
        if row.result == "skipped":
            skipped.setdefault(row.missing, []).append(row.name)
    for missing, names in skipped.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"· {len(names)} skipped, {missing}: {', '.join(names[:_NAMED])}{more}"
