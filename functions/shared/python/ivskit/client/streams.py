"""Streams: live video on a channel, and its sessions."""

from typing import TYPE_CHECKING

from pydantic import AwareDatetime

from ivskit.client.answers import Answer
from ivskit.errors import NotFound, NotLive, translated

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient


class Stream(Answer):
    """A stream that is live now."""

    channel_arn: str
    stream_id: str
    start_time: AwareDatetime
    state: str
    health: str


class StreamSession(Answer):
    """One go-live of a channel; without an end it is still live."""

    stream_id: str
    start_time: AwareDatetime | None = None
    end_time: AwareDatetime | None = None


class Streams:
    """Calls about streams; 5 a second per account and operation."""

    def __init__(self, client: "IVSClient") -> None:
        self._client = client

    def get(self, channel_arn: str) -> Stream | None:
        """The live stream, or None when the channel is not live.

        GetStream. Raises NotFound for an unknown channel.
        """
        try:
            with translated("GetStream"):
                answer = self._client.get_stream(channelArn=channel_arn)["stream"]
                return Stream.model_validate(answer)
        except NotLive:
            return None

    def newest_session(self, channel_arn: str) -> StreamSession | None:
        """The newest session of the last 60 days, or None when there was none.

        GetStreamSession; says NotFound for both, an unknown channel and one without sessions.
        """
        try:
            with translated("GetStreamSession"):
                answer = self._client.get_stream_session(channelArn=channel_arn)["streamSession"]
                return StreamSession.model_validate(answer)
        except NotFound:
            return None

    def live_stream_id(self, channel_arn: str) -> str | None:
        """The id of the session that is live now, also while it is only just starting.

        Between Session Created and Stream Start, GetStream knows nothing of a session yet.
        """
        stream = self.get(channel_arn)
        if stream is not None:
            return stream.stream_id
        session = self.newest_session(channel_arn)
        return session.stream_id if session is not None and session.end_time is None else None
