"""The outcomes that functions published on the ivskit bus of a world."""

from typing import Any

from ivskit_local.runtime.world import World


def outcomes_of(world: World, name: str) -> list[dict[str, Any]]:
    """The details of the outcomes of this name, each id once, in order."""
    details = [put.event["detail"] for put in world.published if put.event["detail-type"] == name]
    return list({detail["id"]: detail for detail in details}.values())
