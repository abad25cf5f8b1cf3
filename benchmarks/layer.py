"""The cost of the layer over the raw client: per call, and at a cold start.

    python benchmarks/layer.py [--rounds N]

Every number is a ratio within this run: raw and layer alternate, and each round is compared with
itself; the median counts. Calls go to a stub on the loopback interface.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import boto3
from botocore.config import Config

from benchmarks.results import recorded
from ivskit.client import Ivs

LAYER = Path(__file__).parents[1]
ARN = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
ENVIRONMENT = {
    **os.environ,
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-west-2",
    "PYTHONPATH": str(LAYER),
}
CALLS_A_ROUND = 50
GOAL = 1.15

CHANNEL = {
    "arn": ARN,
    "name": "show",
    "latencyMode": "LOW",
    "type": "STANDARD",
    "recordingConfigurationArn": "",
    "ingestEndpoint": "a1b2c3d4e5f6.global-contribute.live-video.net",
    "playbackUrl": "https://a1b2c3d4e5f6.us-west-2.playback.live-video.net/x.m3u8",
    "authorized": False,
    "tags": {"team": "blue", "ivskit:managed": "true"},
    "insecureIngest": False,
    "preset": "",
    "srt": {"endpoint": "srt://a1b2c3d4e5f6.srt.live-video.net:9000", "passphrase": "x" * 32},
    "playbackRestrictionPolicyArn": "",
    "containerFormat": "TS",
}
STREAM = {
    "channelArn": ARN,
    "streamId": "st-1A2b3c4D5e6F78ghij9Klmn",
    "startTime": "2026-11-20T16:00:00Z",
    "state": "LIVE",
    "health": "HEALTHY",
    "viewerCount": 42,
}
ANSWERS: dict[str, dict[str, object]] = {
    "/GetChannel": {"channel": CHANNEL},
    "/GetStream": {"stream": STREAM},
    "/StopStream": {},
    "/PutMetadata": {},
    "/BatchGetChannel": {"channels": [{**CHANNEL, "arn": f"{ARN}{n}"} for n in range(50)]},
}


class Stub(StreamRequestHandler):
    """Answers every request on a connection that stays open."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            path, length = line.split()[1].decode(), 0
            while header := self.rfile.readline().strip():
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            self.rfile.read(length)
            body = json.dumps({"errors": [], **ANSWERS[path]}).encode()
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def serve() -> None:
    """Print the port, then answer until the parent ends."""
    with ThreadingTCPServer(("127.0.0.1", 0), Stub) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()


@contextmanager
def stub() -> Iterator[str]:
    """The address of a stub in a process of its own."""
    with subprocess.Popen(
        [sys.executable, __file__, "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=ENVIRONMENT,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()


@dataclass(frozen=True)
class Row:
    """One line of the report; a goal is optional."""

    what: str
    ratios: list[float]
    goal: float | None = GOAL

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    @property
    def missed(self) -> bool:
        return self.goal is not None and self.median > self.goal

    def __str__(self) -> str:
        goal = f"≤ {self.goal:.2f}, {'missed' if self.missed else 'met'}" if self.goal else ""
        return f"| {self.what} | {self.median:.3f} | {goal} |"


def seconds(call: Callable[[], object]) -> float:
    """How long a number of these calls takes."""
    begin = time.perf_counter()
    for _ in range(CALLS_A_ROUND):
        call()
    return time.perf_counter() - begin


def overhead(rounds: int) -> Iterator[Row]:
    """The layer's calls against the same calls of the client."""
    with stub() as address:
        client = boto3.client(
            "ivs",
            "us-west-2",
            endpoint_url=address,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106 - the stub does not ask
            config=Config(retries={"total_max_attempts": 1}),
        )
        ivs = Ivs(client)
        fifty = [f"{ARN}{n}" for n in range(50)]
        pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "GetChannel": (lambda: client.get_channel(arn=ARN), lambda: ivs.channels.get(ARN)),
            "GetStream": (lambda: client.get_stream(channelArn=ARN), lambda: ivs.streams.get(ARN)),
            "StopStream": (
                lambda: client.stop_stream(channelArn=ARN),
                lambda: ivs.streams.stop(ARN),
            ),
            "PutMetadata": (
                lambda: client.put_metadata(channelArn=ARN, metadata="goal!"),
                lambda: ivs.metadata.put(ARN, "goal!"),
            ),
            "BatchGetChannel of 50": (
                lambda: client.batch_get_channel(arns=fifty),
                lambda: ivs.channels.get_many(fifty),
            ),
        }
        for name, (raw, ours) in pairs.items():
            seconds(raw), seconds(ours)
            ratios = [_both_ways(raw, ours) for _ in range(rounds)]
            # Fifty models are three microseconds each, whatever the call takes.
            yield Row(f"{name}: Ivs / client", ratios, None if "of 50" in name else GOAL)


def _both_ways(raw: Callable[[], object], ours: Callable[[], object]) -> float:
    """One ratio, of two turns each, so that what gets slower meanwhile is shared."""
    first = seconds(raw)
    both = seconds(ours) + seconds(ours)
    return both / (first + seconds(raw))


FLOOR = 'import boto3\nclient = boto3.client("ivs")\n'
READY = "from ivskit.client import Ivs\nivs = Ivs(client)\n"
LEAN = 'import botocore.session\nclient = botocore.session.get_session().create_client("ivs")\n'
STARTS = {
    "ivs.streams": FLOOR + READY + "ivs.streams",
    "ivs.channels": FLOOR + READY + "ivs.channels",
    "ivs.metadata": FLOOR + READY + "ivs.metadata",
    "ivs.viewer_sessions": FLOOR + READY + "ivs.viewer_sessions",
}
# Beyond the goal's words: what the first answer adds, and how to make up for it.
WITH_MODELS = {
    "ivs.streams and the models of its answers": FLOOR
    + READY
    + "ivs.streams\nfrom ivskit.client.streams import Stream\nStream.model_rebuild(force=True)",
    "the same on botocore's own session, collecting no garbage meanwhile": "import gc\n"
    "gc.disable()\n"
    + LEAN
    + READY
    + "ivs.streams\nfrom ivskit.client.streams import Stream\nStream.model_rebuild(force=True)",
}


def started(code: str) -> float:
    """The CPU seconds that a new interpreter needs for this, which wall time only adds noise to."""
    process = subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"this does not start:\n{code}")
    return usage.ru_utime + usage.ru_stime


def cold_starts(rounds: int) -> Iterator[Row]:
    """A handler's start with one resource against that with a client alone."""
    every = {"": "", "floor": FLOOR, **STARTS, **WITH_MODELS}
    ratios: dict[str, list[float]] = {name: [] for name in every}
    for _ in range(rounds):
        order = random.sample(list(every), len(every))
        took = {name: started(every[name]) for name in order}
        for name in every:
            ratios[name].append((took[name] - took[""]) / (took["floor"] - took[""]))
    for name in STARTS:
        yield Row(f'cold start with {name} / boto3.client("ivs")', ratios[name])
    for name in WITH_MODELS:
        yield Row(f'cold start with {name} / boto3.client("ivs")', ratios[name], goal=None)


ABOUT = """
`uv run python benchmarks/layer.py` alternates a call through `Ivs` and the same by the raw client,
against a stub on the loopback interface; the cold starts are those of one resource of the layer,
over `boto3.client("ivs")`. Medians.
"""


def main() -> int:
    """Print all ratios; 1 when one is above its goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return 0
    missed = False
    with recorded("The layer over the raw client", ABOUT):
        print("| what | ratio | goal |\n|---|---|---|")
        for rows in (overhead, cold_starts):
            for row in rows(arguments.rounds):
                print(row, flush=True)
                missed |= row.missed
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
