"""Prints a table: fitted to a terminal, in full length to a file or a pipe."""

import sys
from collections.abc import Collection, Sequence

from rich.console import Console
from rich.table import Table

_UNLIMITED = 10_000


def print_table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[str] = (),
    console: Console | None = None,
) -> None:
    """Print it; in a terminal that is too narrow, cells wrap. right: the heads of numbers."""
    to = console or Console(width=None if sys.stdout.isatty() else _UNLIMITED)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for number, head in enumerate(heads):
        is_right = head in right
        table.add_column(
            head,
            justify="right" if is_right else "left",
            no_wrap=is_right,
            overflow="fold",
            min_width=min(max(len(row[number]) for row in rows), 10) if rows else None,
        )
    for row in rows:
        table.add_row(*row)
    with to.capture() as captured:
        to.print(table, highlight=False, markup=False)
    for line in captured.get().splitlines():
        print(line.rstrip())
