"""What a warm function adds to its AWS calls: parse, decide, log and count, in CPU time per record.

    python benchmarks/warm.py [--rounds N]

A world in virtual time plays the events below, and what each function was given and what AWS
answered is noted. A process for each function, on what is deployed as in cold_start.py, then
handles each record again and again; the noted answers take the place of the network, so requests
are still checked, signed and parsed. Every record alternates with its raw calls: the same requests
through `boto3.client`, and nothing else. The medians count, and CPU time does, which other
processes disturb little.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.exceptions import ClientError

from benchmarks.cold_start import HERE
from benchmarks.results import record
from ivs_emulator.channels import create_channel
from ivskit import names
from ivskit.commands import Command, PushMetadata, StopStream
from ivskit_local.replay import MANAGED
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.functions import Function
from ivskit_local.runtime.invocations import Invocation
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from stacks.bytecode import interpreter
from stacks.function_code import build_code
from stacks.layer import build_layer
from stacks.settings import Settings

ROOT = Path(__file__).parents[1]
PROCESS = Path(__file__).with_name("warm_process.py")
GOAL_MILLISECONDS, GOAL_RATIO = 0.25, 1.25
AFTER = timedelta(minutes=30)
WELCOMES = {"metadata": {"welcomes": {"hello": {"metadata": "hello"}}}}


@dataclass
class Kind:
    """One record of a function, and what AWS answered, call by call."""

    batch: Any
    at: str
    answers: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass
class Notes:
    """What the functions of a world were given and answered; the last of each kind stays."""

    world: World
    kinds: dict[str, dict[str, Kind]] = field(default_factory=lambda: defaultdict(dict))
    functions: dict[str, Function] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._open: dict[str, Kind] = {}
        lambdas, gate = self.world._lambdas, self.world.gate
        answer, passes = lambdas._answer, gate._pass_for

        def answered(
            function: Function, payload: str, invocation: Invocation, deadline: datetime
        ) -> Any:
            kind = Kind(json.loads(payload), self.world.now.isoformat())
            self._open[invocation.id] = kind
            given = answer(function, payload, invocation, deadline)
            self.functions[function.name] = function
            self.kinds[function.name][_label(kind.batch)] = kind
            return given

        def passed(caller: Caller, request: Request) -> Any:
            try:
                response = passes(caller, request)
            except ClientError as error:
                self._note(caller, request, 400, {"__type": error.response["Error"]["Code"]})
                raise
            self._note(caller, request, 200, response)
            return response

        lambdas._answer = answered  # type: ignore[method-assign]
        gate._pass_for = passed  # type: ignore[method-assign]

    def _note(
        self, caller: Caller, request: Request, status: int, response: Mapping[str, Any]
    ) -> None:
        said = {name: response[name] for name in response if name != "ResponseMetadata"}
        text = json.dumps(said, default=lambda time: time.isoformat())
        answer = {"operation": request.operation, "status": status, "body": text}
        self._open[caller.id].answers.append(answer)


def _label(batch: Any) -> str:
    """What a record is: its detail type, and the event's name or the purpose, if any."""
    event = json.loads(batch["Records"][0]["body"])
    more = event["detail"].get("event_name") or event["detail"].get("purpose")
    return ", ".join(filter(None, (event["detail-type"].removeprefix("IVS "), more)))


def main() -> None:
    """Print and record the overhead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    with World(synthesize(ROOT, WELCOMES), project_root=ROOT) as world:
        notes = Notes(world)
        _play(world, notes)
    runtime: str = Settings().runtime
    python = interpreter(runtime)
    if python is None:
        runtime, python = f"python3.{sys.version_info.minor}", sys.executable
    settings = Settings.model_validate({"runtime": runtime, "architecture": HERE})
    rows = []
    with TemporaryDirectory() as folder:
        layer = Path(folder) / "layer"
        build_layer(layer, settings)
        for package in sorted(MEASURED):
            code = Path(folder) / package
            build_code(package, code, settings)
            path = [str(code), str(layer / "python")]
            rows += _measured(python, notes, package, path, rounds)
    _report(rows, runtime)


# What is left out happens rarely, or works through many channels or viewers at once.
MEASURED = ("push_metadata", "queue_metadata", "rotate_stream_key", "stop_stream")


def _play(world: World, notes: Notes) -> None:
    """Two streams, of which a moderator stops the second, and a piece of metadata."""
    made: Any = create_channel(world.ivs, tags=dict(MANAGED), name="show")
    arn = made["channel"].arn
    for _ in range(2):
        world.ivs.connect(world.ivs.keys_of(arn)[0].value)
        world.run_for(AFTER)
        _push(world, arn)
        world.ivs.disconnect(arn)
        world.run_for(AFTER)
    end = next(d.event for d in reversed(world.deliveries) if _is_end(d.event))
    again = notes.kinds["rotate_stream_key"].pop("Look Again, grace over")
    world.deliver({**end, "id": world.ivs.identifiers.event_id()})
    world.run_for(AFTER)
    kinds = notes.kinds["rotate_stream_key"]
    kinds["Stream End, repeated"] = kinds["Stream State Change, Stream End"]
    kinds["Look Again, grace over"] = again
    world.ivs.connect(world.ivs.keys_of(arn)[0].value)
    world.run_for(AFTER)
    _send(world, StopStream.issue(channel_arn=arn, issued_at=world.now))
    world.run_for(AFTER)


def _is_end(event: Mapping[str, Any]) -> bool:
    return bool(event["detail"].get("event_name") == names.STREAM_END)


def _push(world: World, arn: str) -> None:
    command = PushMetadata.issue(channel_arns=[arn], metadata="kick-off", issued_at=world.now)
    _send(world, command)
    world.run_for(timedelta(minutes=2))


def _send(world: World, command: Command) -> None:
    world.deliver(
        {
            "version": "0",
            "id": world.ivs.identifiers.event_id(),
            "detail-type": command.detail_type,
            "source": names.COMMAND,
            "account": world.ivs.account_id,
            "time": f"{world.now:%Y-%m-%dT%H:%M:%SZ}",
            "region": world.ivs.region_name,
            "resources": [],
            "detail": command.model_dump(mode="json", exclude_defaults=True),
        }
    )


def _measured(python: str, notes: Notes, package: str, path: list[str], rounds: int) -> list[str]:
    function = notes.functions[package]
    work = {
        "package": package,
        "path": path,
        "rounds": rounds,
        "kinds": {name: vars(kind) for name, kind in notes.kinds[package].items()},
    }
    ran = subprocess.run(
        [python, "-I", "-S", "-B", str(PROCESS)],
        input=json.dumps(work),
        env=function.environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [_row(package, name, found) for name, found in json.loads(ran.stdout).items()]


def _row(package: str, name: str, found: Mapping[str, Any]) -> str:
    pairs = list(zip(found["handled"], found["raw"], strict=True))
    more = [handled - raw for handled, raw in pairs]
    ratios = [handled / raw for handled, raw in pairs]
    low, _, high = statistics.quantiles(more, n=4)
    return (
        f"| {package} | {name} | {found['calls']}"
        f" | {statistics.median(raw for _, raw in pairs):.2f}"
        f" | {statistics.median(more):.2f} ({low:.2f} to {high:.2f})"
        f" | {statistics.median(ratios):.2f} |"
    )


def _report(rows: list[str], runtime: str) -> None:
    record(
        "Warm",
        [
            f"CPU time of one record in a batch of its own, {runtime} on {HERE}."
            f" Goals: at most {GOAL_MILLISECONDS} ms beyond the calls, {GOAL_RATIO} x the calls.",
            "",
            "| function | record | calls | raw calls, ms | beyond, ms (quartiles) | x raw calls |",
            "|---|---|---|---|---|---|",
            *rows,
        ],
    )


if __name__ == "__main__":
    main()
