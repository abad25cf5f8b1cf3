"""A law about secrets in logs; stream keys have an invariant of their own."""

from collections.abc import Iterator

from ivskit_local.laws.story import Breach
from ivskit_local.scenarios.run import Run

# A shorter text may occur in a log by chance.
_SHORTEST = 8


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
