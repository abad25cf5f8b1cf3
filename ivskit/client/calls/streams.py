"""Streams: live video on a channel, and its sessions.

Source: IVS Low-Latency Streaming API reference and service quotas.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ivskit.client.first_use import OnFirstUse
from ivskit.errors import NotLive

if TYPE_CHECKING:
    from ivskit.client import stream_sessions
    from ivskit.client import streams as answers
    from ivskit.client.api import Api
    from ivskit.client.stream_sessions import StreamSession
    from ivskit.client.streams import Health, Stream, StreamSessionSummary, StreamSummary
else:
    answers = OnFirstUse("ivskit.client.streams")
    stream_sessions = OnFirstUse("ivskit.client.stream_sessions")


class Streams:
    """Calls about streams and their sessions."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def get(self, channel_arn: str) -> Stream | None:
        """The live stream, or None when the channel is not live.

        GetStream, 5 calls a second. Raises NotFound for an unknown channel.
        """
        try:
            answer = self._api.call("GetStream", channelArn=channel_arn)
        except NotLive:
            return None
        return answers.Stream.said(answer["stream"])

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
        return map(answers.StreamSummary.said, listed)

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
        return map(answers.StreamSessionSummary.said, listed)

    def session(self, channel_arn: str, stream_id: str | None = None) -> StreamSession | None:
        """All that IVS kept of a session of the last 60 days, or None when there was none.

        GetStreamSession, 5 calls a second; without a stream id the newest. IVS answers not found
        both for an unknown channel and for one without sessions.
        """
        answer = self._api.find("GetStreamSession", channelArn=channel_arn, streamId=stream_id)
        if answer is None:
            return None
        return stream_sessions.StreamSession.said(answer["streamSession"])

    def newest_session(self, channel_arn: str) -> StreamSessionSummary | None:
        """When the newest session of the last 60 days began and ended, or None when there was none.

        GetStreamSession, 5 calls a second. IVS answers not found both for an unknown channel and
        for one without sessions.
        """
        answer = self._api.find("GetStreamSession", channelArn=channel_arn)
        if answer is None:
            return None
        return answers.StreamSessionSummary.said(answer["streamSession"])

    def live_stream_id(self, channel_arn: str) -> str | None:
        """The id of the session that is live or just starting, or None when it is not live.

        GetStream and GetStreamSession, 5 calls a second: between Session Created and Stream Start,
        GetStream does not know the session yet. Raises NotFound for an unknown channel.
        """
        stream = self.get(channel_arn)
        if stream is not None:
            return stream.stream_id
        session = self.newest_session(channel_arn)
        return session.stream_id if session is not None and session.end_time is None else None
