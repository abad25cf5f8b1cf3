"""The process of benchmarks/warm.py: handles noted records, with noted answers for the network.

It runs on nothing but a function's asset and its layer, and writes the CPU milliseconds of each
round to stdout.
"""

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

WARM_UP = 10


class Network:
    """Answers each request as AWS answered the same operation when it was noted, in that order."""

    def __init__(self) -> None:
        self._left: dict[str, Iterator[Any]] = {}

    def begin(self, answers: list[Any]) -> None:
        """A record begins, with these answers."""
        by_operation = defaultdict(list)
        for answer in answers:
            by_operation[answer["operation"]].append(answer)
        self._left = {name: iter(each) for name, each in by_operation.items()}

    def __call__(self, request: Any, event_name: str, **_: object) -> Any:
        """botocore's handler of `before-send`: what it returns is the response."""
        noted = next(self._left[event_name.rpartition(".")[2]])
        headers: Any = {"Content-Type": "application/json"}
        if noted["status"] != 200:
            headers["x-amzn-errortype"] = json.loads(noted["body"])["__type"]
        return AWSResponse(request.url, noted["status"], headers, Raw(noted["body"].encode()))


class Raw:
    """A body, as urllib3 hands it over."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        """All of it."""
        yield self._body


class Context:
    """Lambda's context object, with time left."""

    aws_request_id = "5a1c5b0e-0000-4000-8000-000000000000"
    function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    invoked_function_arn = f"arn:aws:lambda:us-west-2:123456789012:function:{function_name}"
    memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    tenant_id = None

    def get_remaining_time_in_millis(self) -> int:
        """Enough."""
        return 60_000


class Time:
    """The source of `ivskit.clock`, which stands still at the time of the noted record."""

    at: datetime

    def now(self, _: object) -> datetime:
        """The time of the record."""
        return self.at


class Pace:
    """A monotonic clock that sleepers put forward, so that lanes cost no time."""

    def __init__(self) -> None:
        self._slept = 0.0
        self._monotonic = time.monotonic

    def monotonic(self) -> float:
        """Seconds, slept ones included."""
        return self._monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        """At once."""
        self._slept += seconds


work = json.loads(sys.stdin.read())
sys.path[:0] = work["path"]
# What functions log goes where writing is as cheap as can be, and is still a write.
results = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

import botocore.handlers  # noqa: E402 - of the layer
from botocore.awsrequest import AWSResponse  # noqa: E402
from botocore.client import BaseClient  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

network, clock, pace = Network(), Time(), Pace()
botocore.handlers.BUILTIN_HANDLERS.append(("before-send", network))
real_time: Any = time
real_time.sleep, real_time.monotonic = pace.sleep, pace.monotonic

import ivskit.clock  # noqa: E402

clock_of_functions: Any = ivskit.clock
clock_of_functions.datetime = clock
handler = __import__(f"{work['package']}.handler", fromlist=["handler"]).handler

import boto3  # noqa: E402 - raw calls are made as people make them


def timed(act: Callable[[], object], answers: list[Any]) -> float:
    """The CPU milliseconds of it."""
    network.begin(answers)
    began = time.process_time()
    act()
    return (time.process_time() - began) * 1000


def calls_of(handle: Callable[[], object], answers: list[Any]) -> list[Callable[[], object]]:
    """The calls that handling the record makes, as calls of raw clients."""
    seen: list[tuple[str, str, Any]] = []
    base: Any = BaseClient
    sends = base._make_api_call

    def note(client: Any, operation: str, parameters: Any) -> Any:
        seen.append((client.meta.service_model.service_name, operation, parameters))
        return sends(client, operation, parameters)

    base._make_api_call = note
    network.begin(answers)
    handle()
    base._make_api_call = sends
    make: Any = boto3.client
    clients = {name: make(name) for name, _, _ in seen}
    names = {
        name: {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
        for name, client in clients.items()
    }
    return [_call(clients[s], names[s][operation], given) for s, operation, given in seen]


def _call(client: Any, method: str, parameters: Any) -> Callable[[], object]:
    call = getattr(client, method)

    def make() -> object:
        try:
            return call(**parameters)
        except ClientError as error:
            return error

    return make


def measured(kind: Any) -> dict[str, Any]:
    """The times of one kind of record, handled and as raw calls, round by round."""
    clock.at = datetime.fromisoformat(kind["at"])
    context, batch, answers = Context(), kind["batch"], kind["answers"]

    def handle() -> None:
        answer = handler(batch, context)
        if answer["batchItemFailures"]:
            raise SystemExit(f"{work['package']} failed a record: {answer}")

    handle_first(handle, answers)
    calls = calls_of(handle, answers)

    def call_raw() -> None:
        for call in calls:
            call()

    both = [
        (timed(handle, answers), timed(call_raw, answers)) for _ in range(work["rounds"] + WARM_UP)
    ][WARM_UP:]
    handled, raw = zip(*both, strict=True)
    return {"calls": len(calls), "handled": handled, "raw": raw}


def handle_first(handle: Callable[[], object], answers: list[Any]) -> None:
    """The first time fills caches, such as that of the pause."""
    network.begin(answers)
    handle()


with results:
    json.dump({name: measured(kind) for name, kind in work["kinds"].items()}, results)
