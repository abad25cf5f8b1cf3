"""A stage that people pause and resume."""

import json

from ivskit import names
from ivskit_local.runtime.world import World

PAUSED = '{"since": "2026-11-20T16:00:00Z", "by": "user/jane", "reason": "fire"}'
WORDS = "paused since 2026-11-20T16:00:00Z by user/jane (fire)"


def pause(world: World, *, commands_too: bool = False) -> None:
    """Pause automation, and commands with it."""
    _say(world, json.dumps({**json.loads(PAUSED), "commands_too": commands_too}))


def resume(world: World) -> None:
    """Let it go on."""
    _say(world, names.PAUSE_OFF)


def _say(world: World, text: str) -> None:
    name = names.pause_parameter("dev")
    world.client("ssm").put_parameter(Name=name, Value=text, Overwrite=True)
