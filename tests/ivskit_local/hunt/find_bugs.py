"""Hunts the bugs in bugs.toml, one at a time, and keeps the few steps that each is found by.

    uv run python -m tests.ivskit_local.hunt.find_bugs [NAME…] [--days 200] [--first 1] [--jobs 1]
        [--channels 1]

A name is any part of a bug's name. Each hunt begins with the same day, of one channel. The shrunk
day is saved in timelines/, how many days it took in found.json, and the table in docs/hunting.md is
written anew.
"""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from ivskit_local.hunt.hunt import Ground, Lived, Small, hunt, shrink
from ivskit_local.runtime.synth import synthesize
from tests.ivskit_local.hunt.planting import FOLDER, Bug, all_bugs, planted
from tests.worlds import ROOT

FOUND, PAGE = FOLDER / "found.json", ROOT / "docs" / "hunting.md"
_BEGIN, _END = "<!-- bugs: written by find_bugs -->\n", "<!-- end of bugs -->\n"


def found_before() -> dict[str, Any]:
    """The days and steps of each bug, as they were last written."""
    text = FOUND.read_text(encoding="utf-8") if FOUND.exists() else "{}"
    found: dict[str, Any] = json.loads(text)
    return found


def find(bug: Bug, ground: Ground, *, first: int, days: int, jobs: int) -> dict[str, Any] | None:
    """How the bug is found; None where it is not."""
    began = time.monotonic()
    lived = _first_broken(bug, ground, first=first, days=days, jobs=jobs)
    if lived is None:
        return None
    _say(f"{bug.name}: day {1 + lived.seed - first}, {_laws(lived)}")
    with planted(bug):
        small = shrink(ground, lived, lambda played, steps: None, jobs=jobs)
    _keep(bug, small, ground)
    return {
        "days": 1 + lived.seed - first,
        "seed": small.seed,
        "law": small.broken.law,
        "steps": len(small.day.steps),
        "steps_before": small.steps_before,
        "seconds": round(time.monotonic() - began),
    }


def _first_broken(bug: Bug, ground: Ground, *, first: int, days: int, jobs: int) -> Lived | None:
    """The first day that breaks a law with the bug, and none without it."""
    seed, end = first, first + days
    while seed < end:
        with planted(bug):
            *_, hunted = hunt(ground, first=seed, days=end - seed, jobs=jobs)
        if hunted.ok or hunted.last is None:
            return None
        if not (without := ground.live(ground.day(hunted.last.seed))).broken:
            return hunted.last
        _say(f"day {without.seed} ALSO WITHOUT THE BUG: {without.broken[0]}")
        seed = hunted.last.seed + 1
    return None


def _laws(lived: Lived) -> str:
    return "; ".join(sorted({each.law for each in lived.broken}))


def _keep(bug: Bug, small: Small, ground: Ground) -> None:
    if small.broken.law not in bug.laws:
        _say(f"{bug.name}: NOT ITS LAW: {small.broken.law}: {small.broken.case[:200]}")
    if broken := ground.live(small.day).broken:
        _say(f"{bug.name}: ALSO WITHOUT THE BUG: {broken[0].law}: {broken[0].case[:200]}")
    tells = f"What needs a guard, or {bug.name}."
    day = small.day.model_copy(update={"tells": tells})
    text = day.model_dump_json(indent=2, exclude_defaults=True)
    bug.timeline.parent.mkdir(exist_ok=True)
    bug.timeline.write_text(f"{text}\n", encoding="utf-8")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def table(found: Mapping[str, Any]) -> Iterator[str]:
    """The table of all bugs, in the order of the list."""
    rows = [(bug, found[bug.name]) for bug in all_bugs().values() if bug.name in found]
    middle = median(row["steps"] for _, row in rows)
    most = max(row["days"] for _, row in rows)
    yield f"{len(rows)} bugs, {most} days at most, a median of {middle:g} steps:\n"
    yield "\n"
    yield "| without the guard | days | steps | the law that breaks |\n"
    yield "|---|---|---|---|\n"
    for bug, row in rows:
        steps = f"{row['steps']} of {row['steps_before']}"
        yield f"| {bug.name} | {row['days']} | {steps} | {row['law']} |\n"


def write_page(found: Mapping[str, Any], page: Path = PAGE) -> None:
    """Put the table into the page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    text = before + _BEGIN + "".join(table(found)) + _END + after
    page.write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """What the command does."""
    parser = ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--days", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--channels", type=int, default=1)
    asked = parser.parse_args(arguments)
    ground = Ground(synthesize(ROOT), ROOT, asked.channels)
    for bug in _named(asked.names):
        result = find(bug, ground, first=asked.first, days=asked.days, jobs=asked.jobs)
        _say(f"{bug.name}: {json.dumps(result)}")
        if result is not None:
            found = {**found_before(), bug.name: result}
            FOUND.write_text(f"{json.dumps(found, indent=2, sort_keys=True)}\n", encoding="utf-8")
            write_page(found)


def _named(names: Sequence[str]) -> Sequence[Bug]:
    """Those whose names contain one of these, in this order; all where none is given."""
    return [bug for name in names or [""] for bug in all_bugs().values() if name in bug.name]


if __name__ == "__main__":
    main()
