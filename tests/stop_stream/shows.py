"""What encoders, moderators and a look at the outcome have in common in these tests."""

import json
from datetime import timedelta
from typing import Any

from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.samples import CHANNEL, sample

SECONDS = timedelta(seconds=1)
MINUTES = timedelta(minutes=1)


def go_live(world: World, *, reconnect_after: float | None = None) -> str:
    """An encoder goes live with the channel's key; answers the session's id."""
    [key] = world.ivs.keys_of(CHANNEL)
    session = world.ivs.connect(key.value, reconnect_after)
    world.run_for(10 * SECONDS)
    return session.stream_id


def command(world: World, name: str, **detail: Any) -> dict[str, Any]:
    """A command issued now, about whatever session is live."""
    given = {"issued_at": world.now.isoformat(), "command_id": f"{name} at {world.now}", **detail}
    event = sample(f"command.{name}", **given)
    if "stream_id" not in detail:
        event["detail"].pop("stream_id", None)
    return event | {"id": str(given["command_id"])}


def obey(world: World, name: str, **detail: str) -> None:
    """Send a command, and let a minute pass."""
    world.deliver(command(world, name, **detail))
    world.run_for(MINUTES)


def reasons(world: World, outcome: str) -> list[str]:
    """Why an outcome came to be, each time that it did."""
    return [detail["reason"] for detail in outcomes_of(world, outcome)]


def stopped_sessions(world: World) -> list[str]:
    """The sessions that were stopped, each time that one was."""
    return [detail["stream_id"] for detail in outcomes_of(world, "Stream Stopped")]


def live(world: World) -> str | None:
    """The session that is live now."""
    session = world.ivs.live_session(CHANNEL)
    return session.stream_id if session else None


def calls(world: World, operation: str) -> int:
    """How often functions called this."""
    return sum(call.operation == operation and call.error is None for call in world.calls)


def delivered_key(world: World) -> str:
    """The key that the secret holds."""
    secrets = world.client("secretsmanager")
    text = secrets.get_secret_value(SecretId="ivskit/dev/channel/AbCdef1G2hij")["SecretString"]
    return str(json.loads(text)["streamKey"])


def assert_at_rest(world: World) -> None:
    """Nothing is broken, and nothing was given up."""
    assert broken_invariants(world) == []
    assert world.dead_letters() == []
