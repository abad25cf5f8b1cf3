"""`Ivs(client)`: the API of Amazon IVS, by resource.

    ivs = Ivs(boto3.client("ivs", config=CONFIG))
    ivs.streams.is_live(channel_arn)

The calls of each resource are a module in `calls`, loaded when the resource is first used; the
models of its answers (`ivskit.client.streams` and so on) are loaded with the first answer. So a
cold start loads nothing unused; a function that imports a model loads it at its start, and not in
its first call.

A method's docstring names its API operation, whose page in the IVS Low-Latency Streaming API
reference is `API_<operation>`, and the calls a second that the service quotas allow per account
and region. Besides the errors named there, any can raise Invalid (NotSent when found before the
call), AccessDenied, Throttled and Unavailable; see `ivskit.errors`.
"""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from botocore.config import Config

from ivskit.client.api import Api

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from ivskit.client.calls.ad_configurations import AdConfigurations
    from ivskit.client.calls.channels import Channels
    from ivskit.client.calls.failover_slates import FailoverSlates
    from ivskit.client.calls.metadata import Metadata
    from ivskit.client.calls.playback_keys import PlaybackKeys
    from ivskit.client.calls.playback_restriction_policies import PlaybackRestrictionPolicies
    from ivskit.client.calls.recording_configurations import RecordingConfigurations
    from ivskit.client.calls.stream_keys import StreamKeys
    from ivskit.client.calls.streams import Streams
    from ivskit.client.calls.tags import AllTags
    from ivskit.client.calls.viewer_sessions import ViewerSessions
    from ivskit.pacing import Pacer

# Few attempts and short waits: the queue retries what fails for longer.
CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=2,
    read_timeout=5,
)
# For calls that take turns in a lane: a retry of the SDK would bypass the lane.
ONCE = CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))
_UNPACED: Mapping[str, "Pacer"] = MappingProxyType({})


class Ivs:
    """The `ivs` API of one account and region, through any botocore or boto3 client.

    `pacers` maps operations, by their names in the API reference such as PutMetadata, to the pacers
    of their calls. Raises ValueError for an unknown name.
    """

    def __init__(self, client: "BaseClient", *, pacers: Mapping[str, "Pacer"] = _UNPACED) -> None:
        self._api = Api(client, pacers)

    @cached_property
    def channels(self) -> "Channels":
        """Channels: configuration to stream with."""
        from ivskit.client.calls.channels import Channels

        return Channels(self._api)

    @cached_property
    def stream_keys(self) -> "StreamKeys":
        """Stream keys: what an encoder presents to go live; one per channel."""
        from ivskit.client.calls.stream_keys import StreamKeys

        return StreamKeys(self._api)

    @cached_property
    def streams(self) -> "Streams":
        """Streams: live video on a channel, and the sessions of the last 60 days."""
        from ivskit.client.calls.streams import Streams

        return Streams(self._api)

    @cached_property
    def viewer_sessions(self) -> "ViewerSessions":
        """Viewer sessions of private channels: they can only be revoked."""
        from ivskit.client.calls.viewer_sessions import ViewerSessions

        return ViewerSessions(self._api)

    @cached_property
    def metadata(self) -> "Metadata":
        """Timed metadata: text that all viewers get at the same point of the stream."""
        from ivskit.client.calls.metadata import Metadata

        return Metadata(self._api)

    @cached_property
    def playback_keys(self) -> "PlaybackKeys":
        """Playback key pairs: their private halves sign tokens for private channels."""
        from ivskit.client.calls.playback_keys import PlaybackKeys

        return PlaybackKeys(self._api)

    @cached_property
    def playback_restriction_policies(self) -> "PlaybackRestrictionPolicies":
        """Playback restriction policies: in which countries and on which sites a channel plays."""
        from ivskit.client.calls.playback_restriction_policies import PlaybackRestrictionPolicies

        return PlaybackRestrictionPolicies(self._api)

    @cached_property
    def recording_configurations(self) -> "RecordingConfigurations":
        """Recording configurations: where and how streams are recorded."""
        from ivskit.client.calls.recording_configurations import RecordingConfigurations

        return RecordingConfigurations(self._api)

    @cached_property
    def ad_configurations(self) -> "AdConfigurations":
        """Ad configurations and ad breaks."""
        from ivskit.client.calls.ad_configurations import AdConfigurations

        return AdConfigurations(self._api)

    @cached_property
    def failover_slates(self) -> "FailoverSlates":
        """Failover slates: what viewers see while the encoder sends nothing."""
        from ivskit.client.calls.failover_slates import FailoverSlates

        return FailoverSlates(self._api)

    @cached_property
    def tags(self) -> "AllTags":
        """Tags, on every kind of resource."""
        from ivskit.client.calls.tags import AllTags

        return AllTags(self._api)
