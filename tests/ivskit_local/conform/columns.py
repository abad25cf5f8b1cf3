"""Runs the probes against the emulators that can be run here, and writes the table of the page.

uv run python -m tests.ivskit_local.conform.columns

MiniStack is installed from the package index into a folder that is deleted. The reports are in
`docs/conform/`, the table is in the emulator's README.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from ivs_emulator.bus_elsewhere import BusElsewhere
from ivs_emulator.server import Server
from ivskit_local.conform import endpoints
from ivskit_local.conform.catalog import all_probes
from ivskit_local.conform.merge import Table, merged
from ivskit_local.conform.pages import as_json, as_markdown
from ivskit_local.conform.place import Place
from ivskit_local.conform.report import read, report_of
from ivskit_local.conform.run import run
from tests.independent_engine.ministack import VERSION
from tests.ivs_emulator import ministack
from tests.ivskit_local.conform.moto_beside import moto_server

PROJECT = Path(__file__).parents[3]
REPORTS = PROJECT / "docs" / "conform"
PAGE = PROJECT / "ivs_emulator" / "README.md"
TABLE = re.compile(r"(?m)^\| group \|.*\n(\|.*\n)+")
COLUMNS = ("ours", "moto", "ministack")


def table() -> Table:
    """The table of the reports that are in the repository."""
    return merged([read(REPORTS / f"{column}.json") for column in COLUMNS])


def main() -> None:
    """Run all columns, and write them."""
    REPORTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with endpoints.emulator(rates=True) as place:
            _write("ours", "ivskit's emulator", place)
        with moto_server(folder) as url:
            _write("moto", f"moto {version('moto')}", endpoints.at(url, rates=True))
        with _ours_beside_ministack(folder) as place:
            _write("ministack", f"MiniStack {VERSION} with ivskit's emulator", place)
    page = PAGE.read_text()
    PAGE.write_text(TABLE.sub(as_markdown(table()).replace("\\", r"\\"), page, count=1))


@contextmanager
def _ours_beside_ministack(folder: Path) -> Iterator[Place]:
    with (
        ministack.running(folder) as bus,
        (folder / "events.log").open("w") as log,
        Server(port=0, senders=[BusElsewhere(bus, log)], log=log) as server,
    ):
        yield endpoints.at(server.url, rates=True, bus=bus)


def _write(column: str, title: str, place: Place) -> None:
    report = report_of(title, run(all_probes(), place))
    (REPORTS / f"{column}.json").write_text(as_json(merged([report])))
    agree = sum(row.result == "agrees" for row in report.probes)
    print(f"{title}: {agree} agree")


if __name__ == "__main__":
    main()
