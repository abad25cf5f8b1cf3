"""Commands about restrictions, and what is left of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ivs_emulator import playback
from ivskit_local.runtime.world import World
from tests.samples import CHANNEL, sample

FUNCTION = "restrict_playback"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def send(world: World, name: str, command_id: str, **detail: Any) -> None:
    """A command of this moment, and what follows within seconds."""
    issued = {"issued_at": world.now.isoformat(), "command_id": command_id}
    event = sample(f"command.{name}", **issued | detail) | {"id": command_id}
    if detail.get("policy") is not None:
        del event["detail"]["countries"]
    world.deliver(event)
    world.run_for(5 * SECOND)


def restrict(world: World, command_id: str = "restrict", **detail: Any) -> None:
    """Restrict the channel to Germany and Austria, unless the detail says otherwise."""
    send(world, "restrict-playback", command_id, **detail)


def lift(world: World, command_id: str = "lift", **detail: Any) -> None:
    """Lift the restriction of the channel."""
    send(world, "lift-restriction", command_id, **detail)


def tag(world: World, channel: str = CHANNEL, **tags: str) -> None:
    """Give a channel these tags of ivskit."""
    given = {f"ivskit:{name}": value for name, value in tags.items()}
    world.client("ivs").tag_resource(resourceArn=channel, tags=given)


def untag(world: World, *tags: str, channel: str = CHANNEL) -> None:
    """Take these tags of ivskit away."""
    keys = [f"ivskit:{name}" for name in tags]
    world.client("ivs").untag_resource(resourceArn=channel, tagKeys=keys)


def add_channel(world: World, **settings: Any) -> str:
    """Another managed channel."""
    made = world.client("ivs").create_channel(tags={"ivskit:managed": "true"}, **settings)
    arn: str = made["channel"]["arn"]
    return arn


def go_live(world: World, channel: str = CHANNEL) -> None:
    """An encoder connects, and is seen."""
    [key] = world.ivs.keys_of(channel)
    world.ivs.connect(key.value)
    world.run_for(10 * SECOND)


def hang_up(world: World, channel: str = CHANNEL) -> None:
    """The encoder disconnects."""
    world.ivs.disconnect(channel)
    world.run_for(MINUTE)


def policies(world: World) -> Sequence[tuple[str, ...]]:
    """The countries of each policy that IVS has."""
    return sorted(
        tuple(p.allowed_countries) for p in world.ivs.playback_restriction_policies.values()
    )


def attached(world: World, channel: str = CHANNEL) -> str | None:
    """The ARN of the policy that the channel has."""
    return world.ivs.channels[channel].playback_restriction_policy_arn or None


def plays(world: World, country: str, channel: str = CHANNEL) -> bool:
    """Whether somebody in this country can watch the channel without a token."""
    viewing = playback.Viewing(channel_arn=channel, country=country)
    return playback.judge(world.ivs, viewing, world.now).allowed


def outcomes(world: World, *names: str) -> list[dict[str, Any]]:
    """The outcomes of these names, each once, with their names."""
    found = (
        {"name": put.event["detail-type"], **put.event["detail"]}
        for put in world.published
        if put.event["detail-type"] in names
    )
    return list({detail["id"]: detail for detail in found}.values())


def reasons(world: World, name: str) -> list[str]:
    """Why, for each outcome of this name."""
    return [each["reason"] for each in outcomes(world, name)]
