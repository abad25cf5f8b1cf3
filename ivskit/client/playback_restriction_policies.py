"""Playback restriction policies: in which countries and on which sites a channel plays.

Source: IVS Low-Latency Streaming API reference and service quotas; 3 per region. Private channels
ignore them.
"""

from collections.abc import Mapping

from ivskit.client.answers import Answer


class PlaybackRestrictionPolicySummary(Answer):
    """A policy as lists return it; no countries means all, and no origins means all.

    Countries are ISO 3166-1 alpha-2 codes, origins values of the HTTP header Origin.
    """

    arn: str
    allowed_countries: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    enable_strict_origin_enforcement: bool | None = None
    name: str | None = None
    tags: Mapping[str, str] = {}


class PlaybackRestrictionPolicy(PlaybackRestrictionPolicySummary):
    """One playback restriction policy."""
