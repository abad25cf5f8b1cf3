"""How long `ivskit what-if` takes for a month of 1,000 channels.

`uv run python benchmarks/what_if.py` makes the month, asks, and writes its section of RESULTS.md.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.results import recorded

DAYS, CHANNELS, GOAL = 30, 1_000, 60
TITLE = "Other settings for the past"
ABOUT = f"""
`uv run python benchmarks/what_if.py` makes {DAYS} days of {CHANNELS:,} channels with two streams a
day, a fifth of which starve, and asks what `policy.max_duration=4h` and `policy.max_starvation=5m`
would have changed: once of the events of IVS alone, once with the outcomes that an audit log has
beside them. One process. Goal: {GOAL} s.
"""
FIRST = datetime(2026, 10, 1, tzinfo=UTC)
ASKED = ("--set", "policy.max_duration=4h", "--set", "policy.max_starvation=5m", "--managed")
# After a start, an end, the grace period and a rotation.
OUTCOMES = ("Stop Skipped", "Will Look Again", "Stream Key Rotated", "Rotation Skipped")


def main() -> None:
    """Ask of both months, and record the times."""
    with recorded(TITLE, ABOUT), tempfile.TemporaryDirectory() as folder:
        print("| export | lines | size | s | s of CPU | most memory so far | goal |")
        print("|---|---|---|---|---|---|---|")
        for name, with_outcomes in (("events of IVS", False), ("the whole audit log", True)):
            file = Path(folder) / "month.jsonl"
            print(f"| {name} | {_written(file, with_outcomes=with_outcomes):,} | {_asked(file)} |")


def _written(file: Path, *, with_outcomes: bool) -> int:
    events = sorted(_month(with_outcomes=with_outcomes), key=lambda event: str(event["time"]))
    with file.open("w") as lines:
        lines.writelines(json.dumps(event) + "\n" for event in events)
    return len(events)


def _asked(file: Path) -> str:
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-c", "from ivskit_cli.main import run; run()", "what-if", *ASKED]
    subprocess.run([*command, str(file)], check=True, capture_output=True)
    took, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    met = "met" if took <= GOAL else "missed"
    size = f"{file.stat().st_size / 1_000_000:.0f} MB"
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{size} | {took:.0f} | {used:.0f} | {after.ru_maxrss / 1_000:.0f} MB | {met}"


def _month(*, with_outcomes: bool) -> Iterator[dict[str, Any]]:
    chance = random.Random(1)
    for channel in range(CHANNELS):
        arn = f"arn:aws:ivs:us-west-2:123456789012:channel/Ch{channel:010d}"
        for day in range(DAYS):
            for hour in (9, 19):
                stream_id = f"st-{channel:06d}{day:03d}{hour:02d}{'x' * 12}"
                at = FIRST + timedelta(days=day, hours=hour, seconds=chance.randrange(3_600))
                events = list(_stream(at, chance, arn, stream_id))
                yield from events
                if with_outcomes:
                    yield from _outcomes(events[1], events[2], arn, stream_id)


def _stream(
    at: datetime, chance: random.Random, arn: str, stream_id: str
) -> Iterator[dict[str, Any]]:
    lasts = timedelta(seconds=min(int(chance.lognormvariate(8.6, 0.6)), 9 * 3_600))
    named = [
        ("Session Created", at - timedelta(seconds=7)),
        ("Stream Start", at),
        ("Stream End", at + lasts),
        ("Session Ended", at + lasts),
    ]
    if chance.random() < 0.2:
        named.append(("Starvation Start", at + lasts / 3))
        named.append(("Starvation End", at + lasts / 3 + timedelta(seconds=chance.randrange(600))))
    for name, happened in named:
        kind = "Health" if name.startswith("Starvation") else "State"
        detail = {"event_name": name, "channel_name": "Your-Channel", "stream_id": stream_id}
        yield _event("aws.ivs", f"IVS Stream {kind} Change", happened, arn, detail)


def _outcomes(
    start: dict[str, Any], end: dict[str, Any], arn: str, stream_id: str
) -> Iterator[dict[str, Any]]:
    for event, name in zip((start, end, end, end), OUTCOMES, strict=True):
        detail = {
            "id": f"{stream_id} {name}",
            "cause": stream_id,
            "channel_arn": arn,
            "stream_id": stream_id,
            "reason": "the stream ended and did not come back",
            "mode": "enforce",
            "at": event["time"],
            "event_id": event["id"],
            "tags": {"ivskit:managed": "true"},
        }
        happened = datetime.fromisoformat(event["time"])
        yield _event("ivskit.outcome", name, happened, arn, detail)


def _event(
    source: str, detail_type: str, at: datetime, arn: str, detail: dict[str, Any]
) -> dict[str, Any]:
    return {
        "version": "0",
        "id": f"{detail['stream_id']} {detail.get('event_name', detail_type)}",
        "detail-type": detail_type,
        "source": source,
        "account": "123456789012",
        "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "region": "us-west-2",
        "resources": [arn],
        "detail": detail,
    }


if __name__ == "__main__":
    main()
