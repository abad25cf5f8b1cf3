"""How soon the emulator is ready, how fast it answers, and whether its memory stays flat.

uv run python benchmarks/emulator.py [calls]
"""

import http.client
import io
import itertools
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from moto import mock_aws

import ivs_emulator
from benchmarks.results import recorded
from ivs_emulator.server import Server

SERVE = "from ivs_emulator.server import serve; serve(port=0)"
PAGE_BYTES = 4096


@dataclass(frozen=True)
class Number:
    """One measured number beside its goal."""

    what: str
    value: float
    goal: float
    unit: str

    def __str__(self) -> str:
        met = "met" if self.value <= self.goal else "missed"
        return f"| {self.what} | {self.value:.2f} {self.unit} | ≤ {self.goal:g} | {met} |"


ABOUT = """
`uv run python benchmarks/emulator.py` starts `ivskit emulator` as a process, and asks it in process
and over HTTP.
"""


def main(calls: int = 100_000) -> int:
    """Print the numbers; 1 when one of them misses its goal."""
    numbers = [*readiness(), over_http(), *answers(calls)]
    print("| what | measured | goal | |\n|---|---|---|---|")
    for number in numbers:
        print(number)
    return int(any(number.value > number.goal for number in numbers))


def readiness(runs: int = 5) -> Iterator[Number]:
    """The best of some runs: what others do on this machine is not the emulator's."""
    ready = min(_ready_once() for _ in range(runs))
    floor = min(_timed(_import_moto) for _ in range(runs))
    yield Number("ready: process start to first answer", ready, 1.0, "s")
    yield Number("the same, over importing moto alone", ready / floor, 1.4, "x")


def _import_moto() -> None:
    subprocess.run([sys.executable, "-c", "import moto.core.responses"], check=True)


def _ready_once() -> float:
    began = time.perf_counter()
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stderr.readline() if process.stderr else ""
            url = line.strip().rpartition("=")[2]
            urllib.request.urlopen(f"{url}/ListChannels", data=b"{}", timeout=5).close()
            return time.perf_counter() - began
        finally:
            process.terminate()


def over_http(calls: int = 2_000) -> Number:
    """Milliseconds per call on one connection, without what an SDK adds to it."""
    with Server(port=0, throttling=None, log=io.StringIO()) as server:
        client = http.client.HTTPConnection("127.0.0.1", int(server.server_address[1]))

        def call() -> None:
            client.request("POST", "/ListChannels", "{}")
            client.getresponse().read()

        times = [_timed(call) for _ in range(calls)]
        client.close()
    return Number("median call over HTTP", statistics.median(times) * 1000, 1.0, "ms")


def answers(calls: int) -> Iterator[Number]:
    """Milliseconds per call as a boto3 caller sees them, and the growth of memory under them."""
    ivs_emulator.install()
    with mock_aws():
        story = _story(
            boto3.client("ivs", "us-west-2", config=Config(retries={"mode": "standard"}))
        )
        # What logs and caches fill up to is there once they are full.
        for _ in range(calls // 2):
            next(story)()
        before = _resident_megabytes()
        times = [_timed(next(story)) for _ in range(calls - calls // 2)]
        grown = _resident_megabytes() - before
    yield Number("median call in process", statistics.median(times) * 1000, 2.0, "ms")
    yield Number(f"memory grown over the second half of {calls:,}", grown, 5.0, "MB")


def _story(ivs: Any) -> Iterator[Callable[[], object]]:
    """The same day again and again: a channel goes live, is spoken to, rotated and deleted."""
    backend = ivs_emulator.backend("123456789012", "us-west-2")
    backend.timing.to_start *= 0
    backend.timing.to_end_after_stop *= 0
    for day in itertools.count():
        made = ivs.create_channel(name=f"day-{day}")
        arn, key = made["channel"]["arn"], made["streamKey"]
        backend.connect(key["value"])
        yield partial(ivs.get_channel, arn=arn)
        yield partial(ivs.get_stream, channelArn=arn)
        yield partial(ivs.put_metadata, channelArn=arn, metadata="{}")
        yield partial(ivs.tag_resource, resourceArn=arn, tags={"a": "b"})
        yield partial(ivs.start_viewer_session_revocation, channelArn=arn, viewerId="v")
        yield ivs.list_streams
        yield partial(ivs.stop_stream, channelArn=arn)
        yield partial(ivs.delete_stream_key, arn=key["arn"])
        yield partial(ivs.create_stream_key, channelArn=arn)
        yield partial(ivs.get_stream_session, channelArn=arn)
        yield partial(ivs.delete_channel, arn=arn)


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * PAGE_BYTES / 1_000_000


if __name__ == "__main__":
    with recorded("Emulator", ABOUT):
        status = main(*map(int, sys.argv[1:2]))
    sys.exit(status)
