"""A moment of a world as JSON: what IVS has, and what ivskit keeps and sends; there and back."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.scheduler.models import scheduler_backends
from moto.sqs.models import sqs_backends

from ivs_emulator.channels import add_channel
from ivs_emulator.encoders import Encoder
from ivs_emulator.stream_keys import KeysMade, StreamKey
from ivs_emulator.stream_sessions import Phase, StreamSession
from ivskit_local.runtime.world import World
from tests.revocations import report_bucket

ACCOUNT, REGION = "123456789012", "us-west-2"
# What stands for a stream key, of which no file holds one.
_KEY = "the stream key"
# Tables by their partition keys, which no release changes.
_TABLES = {"channel_arn": "memory", "job": "jobs", "channel_shard": "audience"}
Moment = Mapping[str, Any]


def taken(world: World, arns: Mapping[str, str]) -> dict[str, Any]:
    """The moment that the world has come to, with these channels by their names."""
    return {
        "now": world.now.isoformat(),
        "channels": {name: _channel(world, arn) for name, arn in arns.items()},
        "secrets": list(_secrets(world)),
        "tables": {_TABLES[key]: _items(world, table) for table, key in _tables(world).items()},
        "objects": dict(_objects(world)),
        "messages": [*_messages(world), *_schedules(world)],
    }


def restore(world: World, moment: Moment) -> None:
    """Bring a new world to a moment; it must begin at the time of it."""
    for name, channel in moment["channels"].items():
        if channel is not None:
            _restore_channel(world, name, channel)
    _restore_secrets(world, moment["secrets"])
    _restore_items(world, moment["tables"])
    for name, body in moment["objects"].items():
        bucket = report_bucket(world)
        world.client("s3").put_object(Bucket=bucket, Key=name, Body=body.encode())
    for message in moment["messages"]:
        _restore_message(world, message)


# What IVS has. A moment keeps no value of a key, and of sessions only the open one.


def _channel(world: World, arn: str) -> dict[str, Any] | None:
    ivs = world.ivs
    if arn not in ivs.channels:
        return None
    session = ivs.open_session(arn)
    return {
        "arn": arn,
        "tags": ivs.channels[arn].tags,
        "authorized": ivs.channels[arn].authorized,
        "keys": [key.arn for key in ivs.keys_of(arn)],
        "session": None if session is None else _session(session),
    }


def _session(session: StreamSession) -> dict[str, Any]:
    assert session.start_time is not None, "record no moment at which a stream is starting"
    assert session.phase is Phase.STARTED, "record no moment at which a stream is ending"
    return {
        "stream_id": session.stream_id,
        "created_at": session.created_at.isoformat(),
        "start_time": session.start_time.isoformat(),
    }


def _restore_channel(world: World, name: str, channel: Mapping[str, Any]) -> None:
    ivs, arn = world.ivs, channel["arn"]
    add_channel(ivs, arn, dict(channel["tags"]), name=name, authorized=channel["authorized"])
    for key_arn in channel["keys"]:
        value = ivs.identifiers.stream_key_value()
        ivs.stream_keys[key_arn] = StreamKey(arn=key_arn, channel_arn=arn, value=value, tags={})
        ivs.keys_made.setdefault(arn, KeysMade()).add(key_arn)
    if channel["session"] is not None:
        _restore_session(world, arn, channel["session"])


def _restore_session(world: World, arn: str, said: Mapping[str, str]) -> None:
    ivs = world.ivs
    # Whoever is live on a channel without a key had one that is gone.
    value = next((key.value for key in ivs.keys_of(arn)), ivs.identifiers.stream_key_value())
    session = StreamSession(
        said["stream_id"],
        ivs.channels[arn],
        datetime.fromisoformat(said["created_at"]),
        phase=Phase.STARTED,
        start_time=datetime.fromisoformat(said["start_time"]),
        encoder=Encoder(value),
    )
    ivs.sessions[arn] = {session.stream_id: session}


# What ivskit keeps.


def _secrets(world: World) -> Iterator[dict[str, Any]]:
    client = world.client("secretsmanager")
    for secret in client.list_secrets(IncludePlannedDeletion=True)["SecretList"]:
        if "DeletedDate" in secret:
            client.restore_secret(SecretId=secret["Name"])
        yield {
            "name": secret["Name"],
            "tags": secret["Tags"],
            "is_deleted": "DeletedDate" in secret,
            **(_value(client, secret["Name"]) if "SecretVersionsToStages" in secret else {}),
        }


def _value(client: Any, name: str) -> dict[str, Any]:
    value = client.get_secret_value(SecretId=name)
    text = json.loads(value["SecretString"])
    return {"version": value["VersionId"], "text": text | {"streamKey": _KEY}}


def _restore_secrets(world: World, secrets: Sequence[Mapping[str, Any]]) -> None:
    client = world.client("secretsmanager")
    values = {key.channel_arn: key.value for key in world.ivs.stream_keys.values()}
    for secret in secrets:
        name = secret["name"]
        client.create_secret(Name=name, Tags=secret["tags"])
        if "text" in secret:
            value = values.get(secret["text"]["channelArn"], _KEY)
            text = json.dumps(secret["text"] | {"streamKey": value})
            token = secret["version"]
            client.put_secret_value(SecretId=name, ClientRequestToken=token, SecretString=text)
        if secret["is_deleted"]:
            client.delete_secret(SecretId=name)


def _tables(world: World) -> dict[str, str]:
    """The names of the tables, and their partition keys."""
    client = world.client("dynamodb")
    described = (
        client.describe_table(TableName=name)["Table"]
        for name in client.list_tables()["TableNames"]
    )
    return {table["TableName"]: table["KeySchema"][0]["AttributeName"] for table in described}


def _items(world: World, table: str) -> list[Any]:
    pages = world.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    items = [_to_json(item) for page in pages for item in page["Items"]]
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def _restore_items(world: World, tables: Mapping[str, Sequence[Any]]) -> None:
    for table, key in _tables(world).items():
        for item in tables[_TABLES[key]]:
            world.client("dynamodb").put_item(TableName=table, Item=_from_json(item))


def _to_json(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {kind: base64.b64encode(held).decode() if kind == "B" else held}
        for name, value in item.items()
        for kind, held in value.items()
    }


def _from_json(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {kind: base64.b64decode(held) if kind == "B" else held}
        for name, value in item.items()
        for kind, held in value.items()
    }


def _objects(world: World) -> Iterator[tuple[str, str]]:
    client, bucket = world.client("s3"), report_bucket(world)
    for found in client.list_objects_v2(Bucket=bucket).get("Contents", []):
        body = client.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
        yield found["Key"], body.decode()


# What is in flight: in queues, and in schedules of single messages.


def _messages(world: World) -> Iterator[dict[str, Any]]:
    queues = sqs_backends[ACCOUNT][REGION].queues
    for source in world._queues.sources:
        for message in queues[source.queue]._messages:
            seen_at = max(message.visible_at or 0, message.delayed_until or 0) / 1000
            due = max(datetime.fromtimestamp(seen_at, UTC), world.now)
            yield _message(source.queue, message.body, due, message.group_id)


def _schedules(world: World) -> Iterator[dict[str, Any]]:
    for group in scheduler_backends[ACCOUNT][REGION].schedule_groups.values():
        for schedule in group.schedules.values():
            kind, _, rest = schedule.schedule_expression.partition("(")
            if kind == "at":
                due = datetime.fromisoformat(rest.rstrip(")")).replace(tzinfo=UTC)
                queue = schedule.target["Arn"].rpartition(":")[2]
                yield _message(queue, schedule.target["Input"], due, None)


def _message(queue: str, body: str, due: datetime, group: str | None) -> dict[str, Any]:
    return {"queue": queue, "body": json.loads(body), "due": due.isoformat(), "group": group}


def _restore_message(world: World, message: Mapping[str, Any]) -> None:
    sqs, group = world.client("sqs"), message["group"]
    url = sqs.get_queue_url(QueueName=message["queue"])["QueueUrl"]
    # What waits in line keeps its order, whichever try each message waits for.
    line = {"MessageGroupId": group, "MessageDeduplicationId": uuid4().hex} if group else {}
    due = world.now if group else datetime.fromisoformat(message["due"])

    def send() -> None:
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message["body"]), **line)

    world._clock.at(due, send)
