"""How long a replay takes, beside the same at an earlier commit, in one run.

Processes of both checkouts take turns, with this environment's packages. What takes minutes at the
earlier commit is run for the new one alone. CPU seconds, since the machine has other work.

uv run python benchmarks/replay.py [COMMIT]
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.results import record

ROOT = Path(__file__).parents[1]
TASKS = ROOT / "benchmarks" / "replay_tasks.py"
EARLIER = "8ca2da4"
EVENT = "events/stream-state-change.stream-end.json"
YESTERDAY = "events/scenarios/a-redriven-stop-from-yesterday.json"
REPLAY = "import sys; from ivskit_cli.main import run; sys.argv[:1] = ['ivskit', 'replay']; run()"


@dataclass(frozen=True)
class Ran:
    """One process: its CPU seconds in user mode and those of the clock, its largest size in MB, and
    the last line that it printed."""

    seconds: float
    elapsed: float
    megabytes: float
    said: str


@dataclass(frozen=True)
class Row:
    """What is measured: a command of `ivskit replay`, or a task that prints seconds."""

    what: str
    goal: str
    command: Sequence[str]
    times: int = 2
    unit: float = 1.0
    in_both: bool = True
    wall: bool = False

    @property
    def is_task(self) -> bool:
        return self.command[0] == str(TASKS)


ROWS = [
    Row("one event, s", "≤ 1.5", ["-c", REPLAY, EVENT], times=5),
    Row("all samples and scenarios, s by the clock", "≤ 12", ["-c", REPLAY, "--json"], wall=True),
    Row("the same, s", "", ["-c", REPLAY, "--json"], times=1),
    Row("a stop of yesterday that is redriven, s", "≤ 1.5", ["-c", REPLAY, YESTERDAY]),
    Row("opening a further world, ms", "≤ 50", [str(TASKS), "a further world"], unit=1000),
    Row("a call, with all that leads to it, ms", "≤ 0.5", [str(TASKS), "a call"], unit=1000),
    Row("3 h of 25 channels and 125 events, s", "", [str(TASKS), "an eighth of a day"]),
    Row(
        "a day of 25 channels and 1,000 events, s",
        "≤ 15",
        [str(TASKS), "a day"],
        in_both=False,
        times=1,
    ),
    Row("three such days, s", "linear", [str(TASKS), "three days"], 1, in_both=False),
]


def main(earlier: str = EARLIER) -> None:
    """Measure each row, and write the table."""
    lines = [
        f"CPU seconds but where it says otherwise; medians. Before: commit {earlier}, same run.",
        "",
        "| what | before | now | ratio | goal | MB before | MB now |",
        "|---|---|---|---|---|---|---|",
    ]
    with _checkout(earlier) as before:
        for row in ROWS:
            lines.append(_line(row, before))
            print(lines[-1], flush=True)
    record("Replay", lines)


def _line(row: Row, before: Path) -> str:
    now_runs, before_runs = [], []
    if row is ROWS[0]:  # the caches of templates and bytecode are filled first
        _run(row, ROOT)
        _run(row, before)
    for _ in range(row.times):
        now_runs.append(_run(row, ROOT))
        if row.in_both:
            before_runs.append(_run(row, before))
    now, then = _median(row, now_runs), _median(row, before_runs)
    ratio = f"{now / then:.2f}" if now and then else ""
    shown = [f"{each:.2f}" if each else "" for each in (then, now)]
    sizes = [_size(runs) for runs in (before_runs, now_runs)]
    return f"| {row.what} | {shown[0]} | {shown[1]} | {ratio} | {row.goal} | {' | '.join(sizes)} |"


def _median(row: Row, runs: Sequence[Ran]) -> float | None:
    if not runs:
        return None
    return statistics.median(_value(row, run) for run in runs) * row.unit


def _value(row: Row, run: Ran) -> float:
    if row.is_task:
        return float(run.said)
    return run.elapsed if row.wall else run.seconds


def _size(runs: Sequence[Ran]) -> str:
    return f"{statistics.median(run.megabytes for run in runs):.0f}" if runs else ""


def _run(row: Row, checkout: Path) -> Ran:
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile("w+") as said:
        began = perf_counter()
        process = subprocess.Popen(
            [sys.executable, *row.command],
            cwd=checkout,
            env=environment,
            stdout=said,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{row.what}: ended with {process.returncode} in {checkout}")
        elapsed = perf_counter() - began
        said.seek(0)
        printed = said.read().strip().rpartition("\n")[2]
    return Ran(used.ru_utime, elapsed, used.ru_maxrss / 1024, printed)


@contextmanager
def _checkout(commit: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "before"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)
        try:
            yield folder
        finally:
            subprocess.run([*git, "remove", "--force", str(folder)], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
