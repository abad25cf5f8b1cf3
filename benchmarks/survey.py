"""Megabytes that a process takes at most which surveys a manifest as plan_revocation does.

uv run python benchmarks/survey.py [rows]
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import boto3

from ivskit.client.viewer_sessions import Viewer
from ivskit.jobs.records import Rejected
from plan_revocation.manifest import rows
from plan_revocation.survey import Survey

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"


def main(count: int = 1_000_000) -> None:
    """Meet everybody once, take everybody once, and print what that took."""
    # What the function has beside it.
    clients = [boto3.client(name, "us-west-2") for name in ("dynamodb", "ivs", "s3", "sqs")]
    survey = Survey(_viewers(count))
    taken = sum(survey.seen.take(viewer) is not None for viewer in _viewers(count))
    assert (taken, len(clients)) == (count, 4)
    print(_peak_megabytes())


def _peak_megabytes() -> float:
    """Of this program: what getrusage says includes the process that started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("the kernel does not say")


def _viewers(count: int) -> Iterator[Viewer]:
    lines = (f"{CHANNEL},viewer-{number:07},7\n".encode() for number in range(count))
    for row in rows(lines):
        assert not isinstance(row, Rejected)
        yield Viewer(row.channel_arn, row.viewer_id, row.up_to_version or 0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
