"""A stage that people pause and resume."""

from ivskit import names
from ivskit_local.runtime.world import World

PAUSED = '{"since": "2026-11-20T16:00:00Z", "by": "user/jane", "reason": "fire"}'
WORDS = "paused since 2026-11-20T16:00:00Z by user/jane (fire)"


def pause(world: World) -> None:
    """Stop all acting."""
    _say(world, PAUSED)


def resume(world: World) -> None:
    """Let it go on."""
    _say(world, names.PAUSE_OFF)


def _say(world: World, text: str) -> None:
    name = names.pause_parameter("dev")
    world.client("ssm").put_parameter(Name=name, Value=text, Overwrite=True)
