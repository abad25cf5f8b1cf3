"""What must hold whenever ivskit is idle, whatever happened before."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivskit.redaction import redact
from ivskit_local.runtime.world import World


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold, and where; channel_arn: where it is about one channel."""

    name: str
    what: str
    channel_arn: str | None = None


def broken_invariants(world: World) -> list[Broken]:
    """Every invariant that is broken now."""
    items = memory(world)
    return [
        *_of_channels(world, items),
        *_exposed_keys(world, items),
        *_undelivered(world),
    ]


def broken_on_channels(world: World) -> list[Broken]:
    """Every invariant of a channel that is broken now, while others may be at work on it."""
    return [*_of_channels(world, memory(world))]


def _of_channels(world: World, items: Mapping[str, dict[str, Any]]) -> Iterator[Broken]:
    yield from _more_than_one_key(world)
    yield from _without_a_key(world, items)
    yield from _open_notes(world, items)
    yield from _blocked_and_up(world, items)
    yield from _stores_that_disagree(world, items)


def memory(world: World) -> Mapping[str, dict[str, Any]]:
    """Every channel's item, each attribute as text."""
    client = world.client("dynamodb")
    items: dict[str, dict[str, Any]] = {}
    for table in client.list_tables()["TableNames"]:
        for item in client.scan(TableName=table)["Items"]:
            if "channel_arn" not in item:
                continue  # an item of another table
            texts = {name: next(iter(value.values())) for name, value in item.items()}
            items[texts["channel_arn"]] = texts
    return items


def _more_than_one_key(world: World) -> Iterator[Broken]:
    for arn in world.ivs.channels:
        count = len(world.ivs.keys_of(arn))
        if count > 1:
            yield Broken("one key per channel", f"{arn} has {count}", arn)


def _without_a_key(world: World, items: Mapping[str, dict[str, Any]]) -> Iterator[Broken]:
    for arn, item in items.items():
        touched = "intent" in item or _is_delivered(item)
        promised = touched and "blocked" not in item and arn in world.ivs.channels
        if promised and not world.ivs.keys_of(arn):
            yield Broken("every channel has a key unless it is blocked", arn, arn)


def _is_delivered(item: Mapping[str, Any]) -> bool:
    """Whether the key in the memory has been delivered."""
    return "key" in item and json.loads(item["key"]).get("delivered", True)


def _open_notes(world: World, items: Mapping[str, dict[str, Any]]) -> Iterator[Broken]:
    for arn, item in items.items():
        for note, what in (("intent", "rotation"), ("stopping", "stop")):
            # Nothing can be finished on a channel that is gone; what is remembered of it stays.
            if note in item and arn in world.ivs.channels:
                yield Broken(f"no unfinished {what}", f"{arn}: {item[note]}", arn)


def _blocked_and_up(world: World, items: Mapping[str, dict[str, Any]]) -> Iterator[Broken]:
    for arn, item in items.items():
        if "blocked" in item and arn in world.ivs.channels:
            if world.ivs.keys_of(arn):
                yield Broken("a blocked channel has no key", arn, arn)
            if world.ivs.live_session(arn):
                yield Broken("a blocked channel is not live", arn, arn)


def _stores_that_disagree(world: World, items: Mapping[str, dict[str, Any]]) -> Iterator[Broken]:
    known = {arn: item for arn, item in items.items() if _is_known(world, arn, item)}
    copies = stored_keys(world)
    for name, copy in copies:
        arn = copy["channelArn"]
        if arn in known and not world.ivs.holds_key(arn, copy["streamKey"]):
            yield Broken("the store holds the channel's key", f"{name} holds another", arn)
    copied = {copy["channelArn"] for _, copy in copies}
    for arn, item in known.items():
        if "version" in json.loads(item["key"]) and arn not in copied:
            yield Broken("the store holds the channel's key", f"nothing is stored for {arn}", arn)


def stored_keys(world: World) -> list[tuple[str, dict[str, str]]]:
    """Every copy of a key in either store, with its name there."""
    return [*_secrets(world), *_parameters(world)]


def _is_known(world: World, arn: str, item: Mapping[str, Any]) -> bool:
    return _is_delivered(item) and "blocked" not in item and arn in world.ivs.channels


def _secrets(world: World) -> Iterator[tuple[str, dict[str, str]]]:
    client = world.client("secretsmanager")
    for page in client.get_paginator("list_secrets").paginate():
        for secret in page["SecretList"]:
            is_of_channel = "/channel/" in secret["Name"]
            if is_of_channel and secret.get("SecretVersionsToStages"):
                text = client.get_secret_value(SecretId=secret["ARN"])["SecretString"]
                yield secret["Name"], json.loads(text)


def _parameters(world: World) -> Iterator[tuple[str, dict[str, str]]]:
    pages = world.client("ssm").get_paginator("get_parameters_by_path")
    for page in pages.paginate(Path="/ivskit", Recursive=True, WithDecryption=True):
        for parameter in page["Parameters"]:
            if parameter["Type"] == "SecureString" and "streamKey" in parameter["Value"]:
                yield parameter["Name"], json.loads(parameter["Value"])


def _exposed_keys(world: World, items: Mapping[str, dict[str, Any]]) -> Iterator[Broken]:
    places = {
        "a log": world.logs,
        "a published event": world.published,
        "a dead letter": world.dead_letters(),
        "the memory": items,
    }
    for place, content in places.items():
        if redact(text := str(content)) != text:
            yield Broken("no stream key in logs, events, dead letters or memory", place)


def _undelivered(world: World) -> Iterator[Broken]:
    for delivery in world.deliveries:
        for lost in delivery.lost:
            yield Broken("every event reaches its queue or its dead letters", lost)
