"""A table as a page: HTML to publish, Markdown to put into a page of documentation."""

from __future__ import annotations

from html import escape
from pathlib import Path

from ivskit_local.conform.merge import Line, Table
from ivskit_local.conform.report import Row
from ivskit_local.errors import WrongUsage

STYLE = """
:root { color-scheme: light dark; font: 14px/1.45 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0; width: 100% }
th, td { border-bottom: 1px solid #8884; padding: .3rem .6rem }
th, td { text-align: left; vertical-align: top }
small { opacity: .7 }
.agrees { color: #1a7f37 } .differs { color: #cf222e } .skipped { opacity: .6 }
"""


def page_of(table: Table, file: Path) -> str:
    """The page by the ending of the file's name: .html, .md, or .json of one report."""
    check_ending(file)
    return MAKERS[file.suffix](table)


def check_ending(file: Path) -> None:
    """Raise WrongUsage where the name says no known kind of page."""
    if file.suffix not in MAKERS:
        raise WrongUsage(f"--report: {file} must end with {', '.join(MAKERS)}")


def as_json(table: Table) -> str:
    """The report itself; raises WrongUsage for several."""
    if len(table.reports) != 1:
        raise WrongUsage("--report: a merged table is a page, so its name ends with .html or .md")
    return table.reports[0].as_json()


def as_markdown(table: Table) -> str:
    """How many probes of each group agree."""
    heads = ["group", *table.endpoints]
    lines = [heads, ["---"] * len(heads), *table.counts()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def as_html(table: Table) -> str:
    """Every probe with every answer, in one file that needs no other."""
    heads = "".join(f"<th>{escape(name)}" for name in table.endpoints)
    counts = "".join(
        f"<tr><td>{escape(group)}{''.join(f'<td>{escape(cell)}' for cell in cells)}"
        for group, *cells in table.counts()
    )
    lines = "".join(_line(line) for line in table.lines())
    runs = "".join(
        f"<li>{escape(report.endpoint)}: {report.at:%Y-%m-%d %H:%M} UTC, ivskit"
        f" {escape(report.ivskit)}"
        for report in table.reports
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>IVS, probed</title>'
        f"<style>{STYLE}</style><h1>IVS, probed</h1><ul>{runs}</ul>"
        f"<table><tr><th>probes that agree{heads}{counts}</table>"
        f"<table><tr><th>probe<th>documented, or read so{heads}{lines}</table></html>\n"
    )


def _line(line: Line) -> str:
    cells = "".join(_cell(row) for row in line.rows)
    return (
        f"<tr><td>{escape(line.sentence)}<br><small>{escape(line.name)}</small>"
        f"<td>{escape(line.expected)}<br><small>{escape(line.source)}</small>{cells}"
    )


def _cell(row: Row | None) -> str:
    if row is None:
        return '<td class="skipped">not in this report'
    detail = {"differs": row.answer, "skipped": row.missing}.get(row.result, "")
    return f'<td class="{row.result}">{row.result}<br><small>{escape(detail)}</small>'


MAKERS = {".html": as_html, ".md": as_markdown, ".json": as_json}
