"""Streams: live video on a channel, and its sessions.

Source: IVS Low-Latency Streaming API reference and service quotas.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator

from ivskit.client.answers import Answer, Time
from ivskit.errors import NotFound, NotLive

if TYPE_CHECKING:
    from ivskit.client.api import Api
    from ivskit.client.stream_sessions import StreamSession

Health = Literal["HEALTHY", "STARVING", "UNKNOWN"]
_NOT_COUNTED = -1


def _none_if_not_counted(count: int | None) -> int | None:
    return None if count == _NOT_COUNTED else count


class StreamSummary(Answer):
    """A stream that is live now, as lists have it.

    `viewer_count` follows a new viewer within 15 seconds and a leaving one within a minute; it is
    None when IVS could not count in time (it says -1), so ask again.
    """

    channel_arn: str
    stream_id: str
    start_time: Time
    state: str
    health: str
    viewer_count: Annotated[int | None, BeforeValidator(_none_if_not_counted)] = None


class Stream(StreamSummary):
    """A stream that is live now."""

    playback_url: str | None = None


class StreamSessionSummary(Answer):
    """One go-live of a channel; without an end it is still live, or about to be.

    `has_error_event` says that the session exceeded a quota or failed.
    """

    stream_id: str
    start_time: Time | None = None
    end_time: Time | None = None
    has_error_event: bool | None = None


class Streams:
    """Calls about streams and their sessions."""

    def __init__(self, api: "Api") -> None:
        self._api = api

    def get(self, channel_arn: str) -> Stream | None:
        """The live stream, or None when the channel is not live.

        GetStream, 5 calls a second. Raises NotFound for an unknown channel.
        """
        try:
            answer = self._api.call("GetStream", channelArn=channel_arn)
        except NotLive:
            return None
        return Stream.said(answer["stream"])

    def is_live(self, channel_arn: str) -> bool:
        """True while viewers can watch the channel, False when it is not live.

        GetStream, 5 calls a second. Raises NotFound for an unknown channel.
        """
        return self.get(channel_arn) is not None

    def list(self, *, health: Health | None = None) -> Iterator[StreamSummary]:
        """All live streams of the region, or those of one health.

        ListStreams, 5 calls a second, 100 streams a call; lists lag behind.
        """
        filters = health and {"health": health}
        listed = self._api.pages("ListStreams", "streams", filterBy=filters)
        return map(StreamSummary.said, listed)

    def stop(self, channel_arn: str) -> bool:
        """Disconnect the encoder; False when the channel was not live.

        StopStream, 5 calls a second. The stream ends a moment later. Encoders reconnect by
        themselves: delete the stream key first if they must not. Raises NotFound for an unknown
        channel.
        """
        try:
            self._api.call("StopStream", channelArn=channel_arn)
        except NotLive:
            return False
        return True

    def sessions(self, channel_arn: str) -> Iterator[StreamSessionSummary]:
        """The channel's sessions of the last 60 days.

        ListStreamSessions, 5 calls a second, 100 sessions a call. Raises NotFound for an unknown
        channel.
        """
        listed = self._api.pages("ListStreamSessions", "streamSessions", channelArn=channel_arn)
        return map(StreamSessionSummary.said, listed)

    def session(self, channel_arn: str, stream_id: str | None = None) -> "StreamSession | None":
        """All that IVS kept of a session of the last 60 days, or None when there was none.

        GetStreamSession, 5 calls a second; without a stream id the newest. IVS says not found for
        both, an unknown channel and one without sessions.
        """
        from ivskit.client.stream_sessions import StreamSession

        try:
            answer = self._api.call("GetStreamSession", channelArn=channel_arn, streamId=stream_id)
        except NotFound:
            return None
        return StreamSession.said(answer["streamSession"])

    def newest_session(self, channel_arn: str) -> StreamSessionSummary | None:
        """When the newest session of the last 60 days began and ended, or None when there was none.

        GetStreamSession, 5 calls a second. IVS says not found for both, an unknown channel and
        one without sessions.
        """
        try:
            answer = self._api.call("GetStreamSession", channelArn=channel_arn)
        except NotFound:
            return None
        return StreamSessionSummary.said(answer["streamSession"])

    def live_stream_id(self, channel_arn: str) -> str | None:
        """The id of the session that is live or just starting, or None when it is not live.

        GetStream and GetStreamSession, 5 calls a second: between Session Created and Stream Start,
        the first knows nothing of a session yet. Raises NotFound for an unknown channel.
        """
        stream = self.get(channel_arn)
        if stream is not None:
            return stream.stream_id
        session = self.newest_session(channel_arn)
        return session.stream_id if session is not None and session.end_time is None else None
