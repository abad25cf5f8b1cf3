"""What the tests take: seconds, CPU seconds, and the files and synths that most of it goes to.

uv run python benchmarks/suite.py [--quick]
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks import suite_meter
from benchmarks.results import record

ROOT = Path(__file__).parents[1]
SHOWN = 10


@dataclass(frozen=True)
class Suite:
    """Tests that are run together, and how many seconds they may take on two cores."""

    title: str
    arguments: Sequence[str]
    goal: int


ALL = Suite("Tests", ["-n", "auto"], 150)
FAST = Suite("Fast tests", ["@tests/fast.txt"], 20)


@dataclass(frozen=True)
class Ran:
    """What a run took, by file, and what of it went into each synth."""

    elapsed: float
    cpu: float
    seconds: Counter[str]
    tests: Counter[str]
    synths: Sequence[float]


def main(suite: Suite) -> None:
    """Run the tests once, and record what they took."""
    record(suite.title, list(lines(suite, run(suite))))


def lines(suite: Suite, ran: Ran) -> Iterator[str]:
    """The section."""
    quick = " --quick" if suite is FAST else ""
    yield f"`uv run python benchmarks/suite.py{quick}` runs `{command(suite)}` once."
    yield "CPU seconds are user and system, of all processes; a file has those of what it shares."
    yield ""
    yield "| what | measured | goal |"
    yield "|---|---|---|"
    yield f"| tests | {ran.tests.total():,} | |"
    yield f"| seconds by the clock | {ran.elapsed:.0f} | ≤ {suite.goal} |"
    yield f"| CPU seconds | {ran.cpu:.0f} | |"
    spent = sum(ran.synths)
    share = f"{spent:.0f} CPU s, {spent / ran.cpu:.0%}"
    yield f"| {len(ran.synths)} synths in the processes of the tests | {share} | |"
    yield ""
    yield "| the most expensive files | tests | CPU s |"
    yield "|---|---|---|"
    for file, seconds in ran.seconds.most_common(SHOWN):
        yield f"| {file} | {ran.tests[file]} | {seconds:.1f} |"


def command(suite: Suite) -> str:
    """As one types it."""
    return " ".join(["uv run pytest", *suite.arguments])


def run(suite: Suite) -> Ran:
    """Run the tests in processes of their own; raises SystemExit if one fails."""
    plugin = ["-p", suite_meter.__name__]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, suite_meter.FOLDER: folder, "PYTHONPATH": str(ROOT)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        began = perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", *plugin, *suite.arguments],
            cwd=ROOT,
            env=environment,
            stdout=sys.stderr,
        )
        _, status, rusage = os.wait4(process.pid, 0)
        elapsed = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command(suite)} ended with {process.returncode}")
        reports = [json.loads(file.read_text()) for file in Path(folder).iterdir()]
    return Ran(
        elapsed=elapsed,
        cpu=rusage.ru_utime + rusage.ru_stime,
        seconds=_added(report["seconds"] for report in reports),
        tests=_added(report["tests"] for report in reports),
        synths=[each for report in reports for each in report["synths"]],
    )


def _added(parts: Iterator[dict[str, float]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return total


if __name__ == "__main__":
    main(FAST if "--quick" in sys.argv[1:] else ALL)
