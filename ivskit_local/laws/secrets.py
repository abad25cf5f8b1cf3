"""Laws about secrets: in logs, and in the store of a channel that is blocked."""

from collections.abc import Iterator
from datetime import timedelta

from ivskit import names
from ivskit_local.laws.story import Breach, Story
from ivskit_local.scenarios.run import Run

# A shorter text may occur in a log by chance.
_SHORTEST = 8
# A function's clock may be a second off, and so an outcome's time.
_SKEW = timedelta(seconds=2)
STORES = ("PutSecretValue", "PutParameter")


def not_of_a_blocked_channel(story: Story) -> Iterator[Breach]:
    """A block may overtake a rotation whose key was just created."""
    law = "no key is delivered to the store after its channel was blocked"
    blocks = [one.done_at for one in story.answers(names.CHANNEL_BLOCKED)]
    unblocks = [one.done_at for one in story.answers(names.CHANNEL_UNBLOCKED)]
    for call in story.run.world.calls:
        if call.operation not in STORES or call.error or story.channel_id not in call.resource:
            continue
        blocked_at = max([at for at in blocks if at + _SKEW <= call.at], default=None)
        if blocked_at is None:
            continue
        if not any(blocked_at - _SKEW <= at <= call.at + _SKEW for at in unblocks):
            yield law, f"{story.channel} at {call.at.isoformat()}"


def in_no_log(run: Run) -> Iterator[Breach]:
    """Not everyone who may read logs may watch a stream, or send one."""
    logs = str(run.world.logs)
    for kind, text in _secrets(run):
        if len(text) >= _SHORTEST and text in logs:
            yield "no log contains a token, a passphrase or metadata", kind


def _secrets(run: Run) -> Iterator[tuple[str, str]]:
    for name, arn in run.arns.items():
        channel = run.world.ivs.channels.get(arn)
        if channel is not None:
            yield f"the passphrase of {name}", channel.srt.passphrase
    for token in run.tokens_issued:
        yield "a token", token
    for metadata in run.world.ivs.metadata:
        yield "metadata", metadata.text
