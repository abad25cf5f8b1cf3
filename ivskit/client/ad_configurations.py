"""Ad configurations: which MediaTailor configurations fill the ad breaks of a channel.

Source: IVS Low-Latency Streaming API reference and service quotas; 20 per region.
"""

from collections.abc import Mapping

from ivskit.client.answers import Answer, Setting, Time


class MediaTailorConfiguration(Answer):
    """A playback configuration of AWS Elemental MediaTailor."""

    playback_configuration_arn: str | None = None


class PostRoll(Setting):
    """An ad break of 1 to 300 seconds after the end of a stream."""

    duration_seconds: int
    enabled: bool


class AdConfigurationSummary(Answer):
    """An ad configuration as lists return it; the first MediaTailor one is the default."""

    arn: str
    media_tailor_playback_configurations: tuple[MediaTailorConfiguration, ...]
    name: str | None = None
    post_roll_configuration: PostRoll | None = None
    tags: Mapping[str, str] = {}


class AdConfiguration(AdConfigurationSummary):
    """One ad configuration."""


class AdBreak(Answer):
    """An ad break that was accepted, and its target start."""

    ad_break_id: str | None = None
    target_start_at: Time | None = None
