"""Outcomes about streams, and about channels that are blocked."""

from ivskit import names
from ivskit.outcomes.outcome import By, Ending, Nothing, Outcome


class StreamStopped(Outcome):
    """The session was disconnected.

    by: "command" if a command asked for this stop, "policy" if ivskit did it by itself. then: what
    keeps the encoder out: a new key (rotate), no key (block), cuts of all that it starts for a
    while (lockout), or nothing (kick). again: an encoder is back that an earlier stop or block was
    to keep out.
    """

    name = names.STREAM_STOPPED
    by: By = "command"
    then: Ending = "kick"
    again: bool = False


class StopSkipped(Nothing):
    """The stream was not stopped; `limit` is the limit of IVS that it, or the account, exceeds."""

    name = names.STOP_SKIPPED
    limit: str | None = None


class StreamBack(Outcome):
    """A stopped stream is live again."""

    name = names.STREAM_BACK


class ChannelBlocked(Outcome):
    """The channel has no key and gets none until it is unblocked."""

    name = names.CHANNEL_BLOCKED


class ChannelUnblocked(Outcome):
    """The channel may stream again."""

    name = names.CHANNEL_UNBLOCKED
