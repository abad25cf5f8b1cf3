"""Private channels, and viewers who are issued tokens."""

from typing import Any

from ivskit import tokens
from ivskit.audience import Audience
from ivskit_local.runtime.world import World
from tests.samples import CHANNEL, sample
from tests.signing import PRIVATE_KEY, PUBLIC_KEY

WANTED = {"revoke": "after-stream"}


def audience(world: World) -> Audience:
    """The table, as an application finds it."""
    name = "/ivskit/dev/audience"
    table = world.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    return Audience(world.client("dynamodb"), table=table)


def make_private(world: World) -> None:
    """Only who has a token may watch."""
    ivs = world.client("ivs")
    ivs.import_playback_key_pair(publicKeyMaterial=PUBLIC_KEY)
    ivs.update_channel(arn=CHANNEL, authorized=True)


def join(world: World, viewer_id: str, **claims: Any) -> str:
    """A viewer is issued a token, now."""
    return tokens.issue(
        audience(world),
        PRIVATE_KEY,
        channel_arn=CHANNEL,
        viewer_id=viewer_id,
        now=world.now,
        **claims,
    )


def end_stream(world: World) -> None:
    """IVS says that a stream of the channel has ended, just now."""
    event = sample("stream-state-change.stream-end")
    world.deliver(event | {"time": world.now.isoformat()})


def plays(world: World, token: str) -> bool:
    """Whether a player gets in with this token."""
    return world.ivs.play(token).allowed
