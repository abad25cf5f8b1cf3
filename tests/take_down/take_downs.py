"""Take-downs, and what is left of them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ivskit_local.runtime.world import World
from tests.samples import CHANNEL, sample

FUNCTION = "take_down"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
Steps = Mapping[str, tuple[str, str]]


def send(world: World, name: str, command_id: str, *without: str, **detail: Any) -> None:
    """A command of this moment."""
    issued = {"issued_at": world.now.isoformat(), "command_id": command_id}
    event = sample(f"command.{name}", **issued | detail) | {"id": command_id}
    for field in without:
        del event["detail"][field]
    world.deliver(event)


def take_down(world: World, command_id: str = "down", **detail: Any) -> None:
    """Take the channel down, without a restriction unless the detail names one."""
    without = () if "countries" in detail else ("countries",)
    send(world, "take-down", command_id, *without, **detail)


def restore(world: World, command_id: str = "up", **detail: Any) -> None:
    """Undo the take-down."""
    send(world, "restore", command_id, **detail)


def outcomes(world: World, *names: str) -> list[dict[str, Any]]:
    """The outcomes of these names, each once, with their names."""
    found = (
        {"name": put.event["detail-type"], **put.event["detail"]}
        for put in world.published
        if put.event["detail-type"] in names
    )
    return list({detail["id"]: detail for detail in found}.values())


def report(world: World, name: str = "Channel Taken Down", cause: str = "down") -> dict[str, Any]:
    """The only report of this command."""
    [found] = [each for each in outcomes(world, name) if each["cause"] == cause]
    return found


def steps(world: World, name: str = "Channel Taken Down", cause: str = "down") -> Steps:
    """The state of each step of the report, and why."""
    return {s["step"]: (s["state"], s["why"]) for s in report(world, name, cause)["steps"]}


def states(world: World, name: str = "Channel Taken Down", cause: str = "down") -> dict[str, str]:
    """The state of each step of the report."""
    return {step: state for step, (state, _) in steps(world, name, cause).items()}


def is_down(world: World, channel: str = CHANNEL) -> bool:
    """Whether nothing is live on the channel, and it has no key."""
    return world.ivs.live_session(channel) is None and world.ivs.keys_of(channel) == []
