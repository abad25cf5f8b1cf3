"""Failover slates: what viewers see while the encoder sends nothing.

Source: IVS Low-Latency Streaming API reference. AWS publishes no quotas for them; the rates are
those of related operations.
"""

from collections.abc import Mapping

from ivskit.client.answers import Answer


class FailoverSlateSummary(Answer):
    """A failover slate as lists return it: state CREATING, CREATE_FAILED, CREATED or UPDATING.

    It appears after an interruption of `activation_threshold_seconds`, and stays for at least
    `min_slate_display_seconds` and at most `max_slate_display_seconds`.
    """

    arn: str
    state: str
    name: str | None = None
    activation_threshold_seconds: int | None = None
    min_slate_display_seconds: int | None = None
    max_slate_display_seconds: int | None = None
    tags: Mapping[str, str] = {}


class FailoverSlate(FailoverSlateSummary):
    """One failover slate configuration."""
