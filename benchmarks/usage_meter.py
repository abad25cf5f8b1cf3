"""Counts what the functions of a world use of AWS, as they run in virtual time."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from benchmarks.counts import Counts, total
from ivskit import names
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.invocations import Invocation
from ivskit_local.runtime.threads import Task
from ivskit_local.runtime.world import World

ROUND_TRIP = timedelta(milliseconds=40)
# What CloudWatch Logs adds to each line, and DynamoDB's units.
LINE_BYTES, WRITE_BYTES, READ_BYTES = 26, 1024, 4096


@dataclass
class Meter:
    """Counts what the functions of a world use, function by function."""

    world: World
    by_function: dict[str, Counts] = field(default_factory=dict)
    outcomes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._goes_on = self.world.gate.took_effect
        self._sizes: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self.world.gate.took_effect = self._took_effect
        self.world.gate.callers = _Callers(self)
        self.world.gate.round_trip = lambda service, operation: ROUND_TRIP

    def take(self) -> Mapping[str, Counts]:
        """What was used since the last time, by function; commands of people count as theirs."""
        for line in self._new("logs", self.world.logs):
            self.count(line.function, {"log bytes": len(line.line.encode()) + LINE_BYTES})
        for put in self._new("published", self.world.published):
            self._event(put.function, put.event)
            self.outcomes.add(f"{put.function}: {put.event['detail-type']}")
        for delivery in self._new("deliveries", self.world.deliveries):
            if delivery.event["source"] == names.COMMAND:
                self._event("people", delivery.event)
            elif delivery.event["source"] == names.IVS:
                # No function's, but in the audit log.
                self.count("IVS", {"IVS event bytes": _bytes_of(delivery.event)})
        taken, self.by_function = self.by_function, {}
        return taken

    def count(self, function: str, used: Mapping[str, float]) -> None:
        """A function, or people, used so much."""
        self.by_function[function] = total(self.by_function.get(function, {}), used)

    def _new(self, name: str, every: Sequence[Any]) -> Sequence[Any]:
        fresh = every[self._seen.get(name, 0) :]
        self._seen[name] = len(every)
        return fresh

    def _event(self, function: str, event: Mapping[str, Any]) -> None:
        self.count(function, {"custom events": 1, "event bytes": _bytes_of(event)})

    def ended(self, invocation: Invocation, seconds: float) -> None:
        """An invocation is over."""
        name = invocation.function
        used = {"invocations": 1, "seconds": seconds, "records": len(invocation.records)}
        self.count(name, {f"{each} of {name}": much for each, much in used.items()})

    def _took_effect(
        self, request: Request, caller: Caller | None, response: dict[str, Any]
    ) -> None:
        self._goes_on(request, caller, response)
        count = _COUNTED.get(request.service)
        if caller is not None and count is not None:
            self.count(caller.function, count(self, request))

    def units(self, request: Request) -> Counts:
        """The units of a call to DynamoDB."""
        asked = request.parameters
        match request.operation:
            case "UpdateItem" | "PutItem":
                return {"write units": self._written(asked)}
            case "BatchGetItem":
                return {"read units": sum(_of_batch(self.world, asked["RequestItems"]))}
        # A query, or an item of the jobs.
        return {"read units": 1}

    def _written(self, asked: Mapping[str, Any]) -> int:
        key = asked.get("Key") or {"job": asked["Item"]["job"], "item": asked["Item"]["item"]}
        item = item_of(self.world, asked["TableName"], key)
        name = json.dumps(key)
        before, self._sizes[name] = self._sizes.get(name, 0), size_of(item)
        units = ceil(max(before, self._sizes[name]) / WRITE_BYTES)
        # The index of what is watched holds a part of the item.
        return units + (1 if names.WATCHED in item else 0)


class _Callers(dict[Task, Caller]):
    """Gives the meter the duration of each invocation."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter
        self._began: dict[Task, datetime] = {}

    def __setitem__(self, task: Task, caller: Caller) -> None:
        self._began[task] = self._meter.world.now
        super().__setitem__(task, caller)

    def __delitem__(self, task: Task) -> None:
        caller = self[task]
        super().__delitem__(task)
        if isinstance(caller, Invocation):
            lasted = self._meter.world.now - self._began.pop(task)
            self._meter.ended(caller, lasted.total_seconds())


def _count(name: str, *operations: str) -> Callable[[Meter, Request], Counts]:
    """Counts the calls of these operations under this name, or all of them."""

    def count(meter: Meter, request: Request) -> Counts:
        return {name: 1} if not operations or request.operation in operations else {}

    return count


_COUNTED: Mapping[str, Callable[[Meter, Request], Counts]] = {
    "dynamodb": Meter.units,
    "s3": _count("objects written", "PutObject"),
    "scheduler": _count("schedules", "CreateSchedule"),
    "secretsmanager": _count("secret calls"),
    "sqs": _count("visibility changes", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch"),
    "ssm": _count("parameter writes", "PutParameter"),
}


def item_of(world: World, table: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
    backend = dynamodb_backends[world.ivs.account_id][world.ivs.region_name]
    found = backend.get_item(table, dict(key))
    return {} if found is None else dict(found.attrs)


def size_of(item: Mapping[str, Any]) -> int:
    return sum(len(name.encode()) + int(value.size()) for name, value in item.items())


def _of_batch(world: World, asked: Mapping[str, Any]) -> Iterator[float]:
    for table, keys in asked.items():
        share = 1 if keys.get("ConsistentRead") else 0.5
        for key in keys["Keys"]:
            yield share * max(1, ceil(size_of(item_of(world, table, key)) / READ_BYTES))


def _bytes_of(event: Mapping[str, Any]) -> int:
    return len(json.dumps(event, separators=(",", ":")).encode())
