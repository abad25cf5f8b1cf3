"""What ivskit uses of AWS for each sweep, stream and command, counted as it runs in virtual time.

benchmarks/cost.py multiplies it by prices. Calls take 40 ms each.

uv run python benchmarks/usage.py writes benchmarks/usage.json, in about five minutes.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.counts import Counts, times, total
from benchmarks.usage_meter import Meter, item_of, size_of
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
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World

ROOT = Path(__file__).parents[1]
WRITTEN = Path(__file__).with_suffix(".json")
START = datetime(2026, 11, 20, 18, tzinfo=UTC)
SWEEP, SWEEP_QUEUE = "reconcile_streams", "-reconcile-streams"
# A stream of this length, and how long it takes until its key has changed.
LASTS, AFTER = timedelta(hours=2), timedelta(minutes=30)
# After so many streams an item of the memory table has grown to its full size.
FULL = 12
SWEEPS, HOURS = 12, 4
STORES = ("secretsmanager", "ssm", "none")
SIZES = (10, 100, 5_000)


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
def stage(channels: int, *, is_hourly: bool = False, **settings: Any) -> Iterator[Stage]:
    """A world with so many managed channels; is_hourly: with what functions do every hour."""
    templates = synthesize(ROOT, settings)
    if not is_hourly:
        templates = _without_hours(templates)
    with World(templates, project_root=ROOT, start=START, throttling="token-bucket") as world:
        world.ivs.limits.channels = max(channels, world.ivs.limits.channels)
        world.ivs.limits.concurrent_streams = max(channels, world.ivs.limits.concurrent_streams)
        made: list[Any] = [
            create_channel(world.ivs, tags=dict(MANAGED), name=f"channel-{number}")
            for number in range(channels)
        ]
        yield Stage(world, Meter(world), [each["channel"].arn for each in made])


def _without_hours(templates: Templates) -> Templates:
    """The templates without the schedules that are no sweep's: no stream causes what they do."""
    return {
        name: {
            **template,
            "Resources": {
                logical_id: resource
                for logical_id, resource in template["Resources"].items()
                if resource["Type"] != "AWS::Scheduler::Schedule"
                or resource["Properties"]["Description"].endswith(SWEEP_QUEUE)
            },
        }
        for name, template in templates.items()
    }


def hourly() -> Counts:
    """What functions use in an hour in which nothing happens, beside sweeps."""
    with stage(1, is_hourly=True) as on:
        on.world.run_for(AFTER)
        on.meter.take()
        on.world.run_for(timedelta(hours=HOURS))
        return times(1 / HOURS, _without_sweeps(on.meter))


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
        whole = item_of(on.world, on.memory, {"channel_arn": item["channel_arn"]})
        return item["causes"], size_of(whole)


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
        "hourly": hourly(),
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
