"""How long each function takes to start, against bare boto3 and a handler that imports everything.

    python benchmarks/cold_start.py [--rounds N]

Each start is a process of its own, on what is deployed: the function's asset and the layer, with
bytecode for the runtime of cdk.json where such a Python is here, else for this one. Rounds are
shuffled, and each is compared with itself: the median of the ratios of CPU time counts. The floor
is `boto3.client("ivs")`, the naive handler imports what examples import; both run on a layer that
nobody trimmed, with valid bytecode.
"""

import argparse
import json
import platform
import random
import shutil
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from uv import find_uv_bin

from benchmarks.results import record
from ivskit_local.runtime.synth import synthesize
from stacks.bytecode import compile_for, interpreter
from stacks.function_code import build_code
from stacks.layer import REQUIREMENTS, build_layer
from stacks.settings import Settings
from stacks.sources import FUNCTIONS

HERE = {"arm64": "arm64", "aarch64": "arm64"}.get(platform.machine(), "x86_64")
FLOOR, NAIVE = "boto3.client", "naive handler"
# With a second client and batches; DESIGN gives the numbers.
GOAL, GOAL_OF_NAIVE, GOAL_MEGABYTES = 1.35, 0.55, 52
START = """
import sys, time
began, cpu = time.perf_counter(), time.process_time()
sys.path[:0] = sys.argv[2:]
{body}
took, cpu = time.perf_counter() - began, time.process_time() - cpu
import json, re
# Not getrusage, which remembers the process that this one was forked from.
rss = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
print(json.dumps([took * 1000, cpu * 1000, rss, len(sys.modules)]))
"""
BODIES = {
    FLOOR: "import boto3; boto3.client('ivs')",
    NAIVE: """
import boto3
from pydantic import BaseModel
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer
from aws_lambda_powertools.utilities.parser import event_parser
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel
logger, metrics, tracer = Logger(), Metrics(namespace="n"), Tracer()
persistence = DynamoDBPersistenceLayer(table_name="t")
processor = BatchProcessor(event_type=EventType.SQS)
clients = [boto3.client(name) for name in ("ivs", "secretsmanager", "events", "sqs")]
""",
}
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-west-2",
}
HANDLER = "import importlib; importlib.import_module(sys.argv[1] + '.handler').handler"


def main() -> None:
    """Print and record the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    runtime: str = Settings().runtime
    python = interpreter(runtime)
    if python is None:
        runtime, python = f"python3.{sys.version_info.minor}", sys.executable
    settings = Settings.model_validate({"runtime": runtime, "architecture": HERE})
    with TemporaryDirectory() as folder:
        starts = _prepare(Path(folder), settings)
        measured = _measure(python, starts, rounds)
    _report(measured, runtime)


def _prepare(folder: Path, settings: Settings) -> dict[str, list[str]]:
    """The arguments of a start of each: a body, the package, and the paths."""
    build_layer(folder / "layer", settings)
    _build_whole(folder / "whole", settings)
    whole, layer = str(folder / "whole"), str(folder / "layer" / "python")
    starts = {name: [START.format(body=body), "", whole] for name, body in BODIES.items()}
    for path in sorted(FUNCTIONS.glob("*/handler.py")):
        package = path.parent.name
        build_code(package, folder / package, settings)
        starts[package] = [START.format(body=HANDLER), package, str(folder / package), layer]
    return starts


def _build_whole(folder: Path, settings: Settings) -> None:
    """What `pip install` gives, untrimmed: the same versions, and what the naive handler needs."""
    pinned = folder.with_suffix(".txt")
    lines = REQUIREMENTS.read_text().splitlines()
    pinned.write_text("\n".join(line.split(" ")[0] for line in lines if "==" in line))
    subprocess.run(
        [
            *(find_uv_bin(), "pip", "install", "--quiet", "--target", str(folder)),
            *("--python-version", settings.runtime.removeprefix("python")),
            *("--constraint", str(pinned), "aws-lambda-powertools[parser,tracer]", "boto3"),
        ],
        check=True,
    )
    shutil.rmtree(folder / "bin", ignore_errors=True)
    compile_for(settings.runtime, folder, unpacked_at="/opt/python")


def _measure(
    python: str, starts: dict[str, list[str]], rounds: int
) -> dict[str, list[tuple[float, ...]]]:
    measured: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    environments = _environments()
    for number in range(rounds + 1):
        for name in random.sample(list(starts), len(starts)):
            code, *arguments = starts[name]
            ran = subprocess.run(
                [python, "-I", "-S", "-B", "-c", code, *arguments],
                env={**CREDENTIALS, **environments.get(name, {})},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            if number:  # the first warms the file cache
                measured[name].append(tuple(json.loads(ran.stdout.splitlines()[-1])))
    return measured


def _environments() -> dict[str, dict[str, str]]:
    """The variables of each function, by its package; what deploying fills in is any text here."""
    found = {}
    for template in synthesize(FUNCTIONS.parent).values():
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                given = resource["Properties"]["Environment"]["Variables"]
                variables = {n: v if isinstance(v, str) else "arn" for n, v in given.items()}
                found[resource["Properties"]["Handler"].partition(".")[0]] = variables
    return found


def _report(measured: dict[str, list[tuple[float, ...]]], runtime: str) -> None:
    rows = []
    for name, starts in measured.items():
        # CPU time, which other processes disturb less than the clock's.
        ratios = [one[1] / floor[1] for one, floor in zip(starts, measured[FLOOR], strict=True)]
        naive = [one[1] / other[1] for one, other in zip(starts, measured[NAIVE], strict=True)]
        clock = [one[0] / floor[0] for one, floor in zip(starts, measured[FLOOR], strict=True)]
        low, _, high = statistics.quantiles(ratios, n=4)
        rows.append(
            f"| {name} | {statistics.median(ratios):.2f} ({low:.2f} to {high:.2f})"
            f" | {statistics.median(clock):.2f} | {statistics.median(naive):.2f}"
            f" | {statistics.median(one[1] for one in starts):.0f}"
            f" | {statistics.median(one[2] for one in starts):.0f}"
            f" | {statistics.median(one[3] for one in starts):.0f} |"
        )
    table = [
        "| start of | x boto3.client (quartiles) | by the clock | x naive handler | CPU ms | RSS MB"
        " | modules |",
        "|---|---|---|---|---|---|---|",
        *sorted(rows),
    ]
    goals = (
        "Ratios of CPU time, and one by the clock."
        f" Goals: at most {GOAL} x boto3.client, {GOAL_OF_NAIVE} x the naive handler,"
        f" {GOAL_MEGABYTES} MB."
    )
    record("Cold start", [f"{runtime} on {HERE}. {goals}", "", *table])


if __name__ == "__main__":
    main()
