"""Commands about playback key pairs, and what is left of them."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ivskit import names
from ivskit_local.runtime.world import World
from tests.samples import sample

FUNCTION = "rotate_playback_key"
SECRET = names.playback_secret("dev")


def command(world: World, command_id: str = "rotate", **detail: Any) -> dict[str, Any]:
    """A command of this moment, not in an emergency."""
    return sample(
        "command.rotate-playback-key",
        **{"issued_at": world.now.isoformat(), "command_id": command_id, "emergency": False},
        **detail,
    ) | {"id": command_id}


def rotated(world: World, command_id: str = "rotate", **detail: Any) -> None:
    """The command is sent, and done."""
    emergency = detail.pop("emergency", False)
    event = command(world, command_id, **detail)
    event["detail"]["emergency"] = emergency
    world.deliver(event)
    world.run_for(timedelta(seconds=5))


def stored(world: World) -> dict[str, str]:
    """What readers of the secret get."""
    text = world.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
    found: dict[str, str] = json.loads(text)
    return found


def imported(world: World) -> Sequence[str]:
    """The pairs that IVS has."""
    return list(world.ivs.playback_key_pairs)


def outcomes(world: World, name: str) -> list[dict[str, Any]]:
    """The outcomes of this name, each once."""
    found = (put.event["detail"] for put in world.published if put.event["detail-type"] == name)
    return list({detail["id"]: detail for detail in found}.values())


def everything_recorded(world: World) -> str:
    """Logs, events, calls, dead letters, tables and reactions, as one text."""
    tables = world.client("dynamodb")
    items = [tables.scan(TableName=name)["Items"] for name in tables.list_tables()["TableNames"]]
    reactions = [delivery.reactions for delivery in world.deliveries]
    return f"{world.logs}{world.published}{world.calls}{world.dead_letters()}{items}{reactions}"


def private_keys(world: World) -> list[str]:
    """The middle of every private key that the secret ever held, as one line of PEM."""
    secrets = world.client("secretsmanager")
    listed = secrets.list_secret_version_ids(SecretId=SECRET, IncludeDeprecated=True)["Versions"]
    texts = (
        secrets.get_secret_value(SecretId=SECRET, VersionId=each["VersionId"])["SecretString"]
        for each in listed
    )
    return [json.loads(text)["privateKey"].splitlines()[2] for text in texts]
