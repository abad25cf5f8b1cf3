"""Outcomes about timed metadata."""

from ivskit import names
from ivskit.outcomes.outcome import Nothing, Outcome


class MetadataQueued(Outcome):
    """Metadata was queued, once for each of `channels` channels."""

    name = names.METADATA_QUEUED
    channels: int


class WelcomeSkipped(Nothing):
    """Viewers of a stream were not welcomed."""

    name = names.WELCOME_SKIPPED


class MetadataPushed(Outcome):
    """Metadata was inserted into the stream; `seq` is its number, where it went in an envelope."""

    name = names.METADATA_PUSHED
    seq: str | None = None


class MetadataExpired(Outcome):
    """Metadata was too old to be inserted."""

    name = names.METADATA_EXPIRED


class MetadataDropped(Outcome):
    """Metadata was not inserted, or may not have been, and is not retried."""

    name = names.METADATA_DROPPED
