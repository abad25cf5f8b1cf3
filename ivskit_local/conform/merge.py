"""Several reports as one table: probe by endpoint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ivskit_local.conform.report import Report, Row
from ivskit_local.errors import WrongUsage


@dataclass(frozen=True)
class Line:
    """One probe, and its row in each report; None where a report does not have it."""

    name: str
    sentence: str
    source: str
    expected: str
    rows: tuple[Row | None, ...]


@dataclass(frozen=True)
class Table:
    """The reports, in the order of their columns."""

    reports: tuple[Report, ...]

    @property
    def endpoints(self) -> list[str]:
        """The heads of the columns."""
        return [report.endpoint for report in self.reports]

    def lines(self) -> Iterator[Line]:
        """Every probe that a report has, in the order of the first that has it."""
        columns = [{row.name: row for row in report.probes} for report in self.reports]
        for name in dict.fromkeys(name for column in columns for name in column):
            rows = tuple(column.get(name) for column in columns)
            one = next(row for row in rows if row)
            yield Line(name, one.sentence, one.source, one.expected, rows)

    def counts(self) -> list[Sequence[str]]:
        """For each group and endpoint, how many of the probes that were asked agree."""
        groups = list(dict.fromkeys(row.group for report in self.reports for row in report.probes))
        columns = [_shares(report) for report in self.reports]
        return [(group, *(column(group) for column in columns)) for group in [*groups, "all"]]


@dataclass(frozen=True)
class _Shares:
    found: Counter[tuple[str, str]]

    def __call__(self, group: str) -> str:
        agrees, differs = self.found[group, "agrees"], self.found[group, "differs"]
        return f"{agrees} of {agrees + differs}" if agrees + differs else "—"


def _shares(report: Report) -> _Shares:
    found = Counter((row.group, str(row.result)) for row in report.probes)
    found.update(("all", str(row.result)) for row in report.probes)
    return _Shares(found)


def merged(reports: Sequence[Report]) -> Table:
    """The table of these reports; raises WrongUsage where two are of one endpoint."""
    names = [report.endpoint for report in reports]
    for name in names:
        if names.count(name) > 1:
            raise WrongUsage(f"two reports are of {name}; --name gives an endpoint another name")
    return Table(tuple(reports))
