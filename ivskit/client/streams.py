"""Streams: live video on a channel, and its sessions.

Source: IVS Low-Latency Streaming API reference and service quotas.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from ivskit.client.answers import Answer, Time

Health = Literal["HEALTHY", "STARVING", "UNKNOWN"]
_NOT_COUNTED = -1


def _none_if_not_counted(count: int | None) -> int | None:
    return None if count == _NOT_COUNTED else count


class StreamSummary(Answer):
    """A stream that is live now, as lists return it.

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
