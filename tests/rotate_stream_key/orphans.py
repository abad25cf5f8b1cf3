"""A channel that is gone, and what the sweep asks about its stored key."""

from datetime import timedelta

from ivskit.automation.messages.delivery import send
from ivskit.automation.messages.look_again import LookAgain
from ivskit_local.runtime.world import World
from tests.samples import CHANNEL


def outlive_the_channel(world: World) -> None:
    """The channel goes, and the sweep asks about its key at once and after a day."""
    world.client("ivs").delete_channel(arn=CHANNEL)
    for number in range(2):
        ask(world, f"sweep {number}")
        world.run_for(timedelta(hours=25))


def ask(world: World, cause: str) -> None:
    """What the sweep asks rotate_stream_key."""
    sqs = world.client("sqs")
    url = sqs.get_queue_url(QueueName="ivskit-dev-rotate-stream-key")["QueueUrl"]
    look = LookAgain(
        channel_arn=CHANNEL,
        purpose="check stored key",
        cause=cause,
        since=world.now,
        due=world.now,
        event_id=cause,
    )
    send(sqs, url, look, now=world.now)
