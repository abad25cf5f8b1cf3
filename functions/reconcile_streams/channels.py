"""What the sweep reads from IVS about single channels: their policy, key and newest session."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from ivskit import names
from ivskit.client import Ivs
from ivskit.client.bulk import Bulk
from ivskit.client.channels import Channel, ChannelSummary, Page
from ivskit.errors import NotFound
from ivskit.policy import Policy
from reconcile_streams.decide import Ended

if TYPE_CHECKING:
    from ivskit.client.recording_configurations import RecordingConfiguration

PolicyOf = Callable[[Mapping[str, str]], Policy]


def existing(bulk: Bulk[str, Channel]) -> dict[str, Channel]:
    """The channels that exist; raises any failure other than NotFound."""
    for failure in bulk.failures:
        if not isinstance(failure.error, NotFound):
            raise failure.error
    return {channel.arn: channel for channel in bulk.results}


def _reconnect_window(recording: "RecordingConfiguration | None") -> timedelta | None:
    if recording is None:
        return None
    return timedelta(seconds=recording.recording_reconnect_window_seconds or 0)


class Channels:
    """The channels of the account."""

    def __init__(self, ivs: Ivs, policy_of: PolicyOf) -> None:
        self._ivs = ivs
        self._policy_of = policy_of

    def policy_of(self, channel: Channel | ChannelSummary) -> Policy:
        """The channel's policy."""
        return self._policy_of(channel.tags)

    def key_of(self, arn: str) -> str | None:
        """The ARN of the channel's key; a channel that is gone has none."""
        try:
            key = self._ivs.stream_keys.of(arn)
        except NotFound:
            return None
        return key.arn if key is not None else None

    def newest_session(self, arn: str) -> Ended | None:
        """The newest session, if it has ended; was_managed: by the tags of the channel then."""
        newest = self._ivs.streams.session(arn)
        if newest is None or newest.end_time is None:
            return None
        tags = newest.channel.tags if newest.channel is not None else {}
        return Ended(
            newest.stream_id,
            newest.end_time,
            names.TAG_MANAGED in tags,
            newest.start_time,
            _reconnect_window(newest.recording_configuration),
        )

    def page(self, token: str | None) -> Page:
        """A page of all channels. Raises Invalid where IVS does not know the token any more."""
        return self._ivs.channels.page(token)
