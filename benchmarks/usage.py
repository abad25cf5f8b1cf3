"""What ivskit uses of AWS for each sweep, stream and command, counted as it runs in virtual time.

benchmarks/cost.py multiplies it by prices. Calls take 40 ms each.

uv run python benchmarks/usage.py writes benchmarks/usage.json, in about twenty minutes.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from benchmarks.counts import Counts, times, total
from ivs_emulator.channels import create_channel
from ivskit import names
from ivskit.commands import (
    Command,
    PushMetadata,
    RevokeViewers,
    RotateStreamKey,
    StopStream,
    Viewer,
)
from ivskit.queues import send_all
from ivskit_local.replay import MANAGED
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.invocations import Invocation
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.threads import Task
from ivskit_local.runtime.world import World

ROOT = Path(__file__).parents[1]
WRITTEN = Path(__file__).with_suffix(".json")
START = datetime(2026, 11, 20, 18, tzinfo=UTC)
ROUND_TRIP = timedelta(milliseconds=40)
SWEEP = "reconcile_streams"
# A stream of this length, and how long it takes until its key has changed.
LASTS, AFTER = timedelta(hours=2), timedelta(minutes=30)
# After so many streams an item of the memory table has grown to its full size.
FULL = 12
SWEEPS = 12
STORES = ("secretsmanager", "ssm", "none")
SIZES = (10, 100, 5_000)
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
        item = _item(self.world, asked["TableName"], key)
        name = json.dumps(key)
        before, self._sizes[name] = self._sizes.get(name, 0), _size(item)
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


def _item(world: World, table: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
    backend = dynamodb_backends[world.ivs.account_id][world.ivs.region_name]
    found = backend.get_item(table, dict(key))
    return {} if found is None else dict(found.attrs)


def _size(item: Mapping[str, Any]) -> int:
    return sum(len(name.encode()) + int(value.size()) for name, value in item.items())


def _of_batch(world: World, asked: Mapping[str, Any]) -> Iterator[float]:
    for table, keys in asked.items():
        share = 1 if keys.get("ConsistentRead") else 0.5
        for key in keys["Keys"]:
            yield share * max(1, ceil(_size(_item(world, table, key)) / READ_BYTES))


# The timelines that are measured.


@dataclass
class Stage:
    """Channels in a world, as their owners and moderators use them."""

    world: World
    meter: Meter
    channels: list[str]

    def start(self, arn: str) -> None:
        """The encoder goes live with the newest key."""
        self.world.ivs.connect(self.world.ivs.keys_of(arn)[0].value)

    def stream(self, arn: str, *, drop: bool = False) -> None:
        """A whole stream, and what follows; drop: the encoder is away for half a minute."""
        self.start(arn)
        self.world.run_for(LASTS)
        if drop:
            self.world.ivs.disconnect(arn)
            self.world.run_for(timedelta(seconds=30))
            self.start(arn)
            self.world.run_for(AFTER)
        self.world.ivs.disconnect(arn)
        self.world.run_for(AFTER)

    @property
    def memory(self) -> str:
        """The name of the memory table."""
        tables: list[str] = self.world.client("dynamodb").list_tables()["TableNames"]
        return next(name for name in tables if "Memory" in name)

    def items(self) -> list[Any]:
        """What is remembered of all channels."""
        pages = self.world.client("dynamodb").get_paginator("scan").paginate(TableName=self.memory)
        items = [item for page in pages for item in page["Items"]]
        return [item for item in items if item["channel_arn"]["S"] in set(self.channels)]

    def command(self, command: Command) -> None:
        """Somebody puts a command on the bus."""
        ivs = self.world.ivs
        self.world.deliver(
            {
                "version": "0",
                "id": ivs.identifiers.event_id(),
                "detail-type": command.detail_type,
                "source": names.COMMAND,
                "account": ivs.account_id,
                "time": f"{self.world.now:%Y-%m-%dT%H:%M:%SZ}",
                "region": ivs.region_name,
                "resources": [],
                "detail": command.model_dump(mode="json", exclude_defaults=True),
            }
        )


@contextmanager
def stage(channels: int, **settings: Any) -> Iterator[Stage]:
    """A world with so many managed channels."""
    templates = synthesize(ROOT, settings)
    with World(templates, project_root=ROOT, start=START, throttling="token-bucket") as world:
        world.ivs.limits.channels = max(channels, world.ivs.limits.channels)
        world.ivs.limits.concurrent_streams = max(channels, world.ivs.limits.concurrent_streams)
        made: list[Any] = [
            create_channel(world.ivs, tags=dict(MANAGED), name=f"channel-{number}")
            for number in range(channels)
        ]
        yield Stage(world, Meter(world), [each["channel"].arn for each in made])


def events(store: str) -> tuple[dict[str, Counts], list[str]]:
    """What each kind of event uses, without sweeps; and every outcome that was counted."""
    with stage(1, keys={"store": store}) as on:
        (arn,) = on.channels
        for _ in range(FULL):
            on.stream(arn)
        on.meter.take()
        on.stream(arn)
        found = {"stream": _without_sweeps(on.meter)}
        on.stream(arn, drop=True)
        found["stream with a drop"] = _without_sweeps(on.meter)
        found["stopped stream"] = _stopped(on, arn)
        on.start(arn)
        on.world.run_for(AFTER)
        on.meter.take()
        found["piece of metadata"] = _pushed(on, arn)
        found["revocation of 20 viewers"] = _revoked(on, arn)
        return found, sorted(on.meter.outcomes)


def _without_sweeps(meter: Meter) -> Counts:
    taken = meter.take()
    return total(*(taken[name] for name in taken if name != SWEEP))


def _stopped(on: Stage, arn: str) -> Counts:
    on.start(arn)
    on.world.run_for(AFTER)
    on.command(
        StopStream.issue(channel_arn=arn, then="rotate", reason="rules", issued_at=on.world.now)
    )
    on.world.run_for(AFTER)
    return _without_sweeps(on.meter)


def _pushed(on: Stage, arn: str, pieces: int = 10) -> Counts:
    """One piece, a second after the other."""
    queue = on.world.client("sqs").get_queue_url(QueueName="ivskit-dev-metadata.fifo")["QueueUrl"]
    for number in range(pieces):
        command = PushMetadata.issue(
            channel_arns=[arn], metadata=f"{number}", issued_at=on.world.now
        )
        send_all(on.world.client("sqs"), queue, command.messages())
        on.world.run_for(timedelta(seconds=30))
    return times(1 / pieces, _without_sweeps(on.meter))


def _revoked(on: Stage, arn: str) -> Counts:
    viewers = [Viewer(channel_arn=arn, viewer_id=f"viewer-{number}") for number in range(20)]
    on.command(RevokeViewers.issue(viewers=viewers, reason="left", issued_at=on.world.now))
    on.world.run_for(AFTER)
    return _without_sweeps(on.meter)


def full_item() -> tuple[Mapping[str, Any], int]:
    """The outcomes by which an item of the memory table grows, and the bytes of the whole."""
    with stage(1) as on:
        for _ in range(FULL):
            on.stream(on.channels[0])
        (item,) = on.items()
        whole = _item(on.world, on.memory, {"channel_arn": item["channel_arn"]})
        return item["causes"], _size(whole)


def sweeps(channels: int, grown: Mapping[str, Any]) -> dict[str, Counts]:
    """What a sweep uses on average: with no stream, and with a third of the channels live."""
    with stage(channels) as on:
        _fill(on, grown)
        found = {"idle": _swept(on)}
        for arn in on.channels[: ceil(channels / 3)]:
            on.start(arn)
        on.world.run_for(AFTER)
        found["typical"] = _swept(on)
        return found


def _fill(on: Stage, grown: Mapping[str, Any]) -> None:
    """Have every channel's key delivered, and its item as large as after many streams."""
    for number, arn in enumerate(on.channels):
        issued = on.world.now
        on.command(
            RotateStreamKey.issue(channel_arn=arn, issued_at=issued, command_id=f"c{number}")
        )
        if number % 100 == 99:
            on.world.run_for(timedelta(minutes=1))
    on.world.run_for(AFTER)
    for item in on.items():
        on.world.client("dynamodb").update_item(
            TableName=on.memory,
            Key={"channel_arn": item["channel_arn"]},
            UpdateExpression="SET causes = :causes",
            ExpressionAttributeValues={":causes": grown},
        )


def _swept(on: Stage) -> Counts:
    on.meter.take()
    every = timedelta(minutes=5)
    on.world.run_for(SWEEPS * every)
    usage = on.meter.take()[SWEEP]
    return times(1 / usage[f"invocations of {SWEEP}"], usage)


def _bytes_of(event: Mapping[str, Any]) -> int:
    return len(json.dumps(event, separators=(",", ":")).encode())


def main() -> int:
    """Measure everything, and write it down."""
    by_store = {store: events(store) for store in STORES}
    print("events are measured", flush=True)
    by_size, (grown, size_of_item) = {}, full_item()
    for size in SIZES:
        by_size[str(size)] = sweeps(size, grown)
        print(f"sweeps over {size} channels are measured", flush=True)
    found = {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "outcomes": by_store["secretsmanager"][1],
        "events": {store: usage for store, (usage, _) in by_store.items()},
        "sweep": by_size,
        "bytes of an item": size_of_item,
    }
    WRITTEN.write_text(json.dumps(_rounded(found), indent=2) + "\n")
    return 0


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(inner) for name, inner in value.items()}
    return round(value, 3) if isinstance(value, float) else value


if __name__ == "__main__":
    sys.exit(main())
