"""Which function carries out which operation of the API."""

from collections.abc import Callable
from typing import Any

from . import channels, stream_keys, stream_sessions, streams, tags
from .errors import NotImplementedByEmulator
from .models import IVSBackend

OPERATIONS: dict[str, Callable[..., dict[str, object] | None]] = {
    "BatchGetChannel": channels.batch_get_channel,
    "CreateChannel": channels.create_channel,
    "DeleteChannel": channels.delete_channel,
    "GetChannel": channels.get_channel,
    "ListChannels": channels.list_channels,
    "UpdateChannel": channels.update_channel,
    "BatchGetStreamKey": stream_keys.batch_get_stream_key,
    "CreateStreamKey": stream_keys.create_stream_key,
    "DeleteStreamKey": stream_keys.delete_stream_key,
    "GetStreamKey": stream_keys.get_stream_key,
    "ListStreamKeys": stream_keys.list_stream_keys,
    "GetStream": streams.get_stream,
    "ListStreams": streams.list_streams,
    "PutMetadata": streams.put_metadata,
    "StopStream": streams.stop_stream,
    "GetStreamSession": stream_sessions.get_stream_session,
    "ListStreamSessions": stream_sessions.list_stream_sessions,
    "ListTagsForResource": tags.list_tags_for_resource,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
}


def perform(ivs: IVSBackend, operation: str, arguments: dict[str, Any]) -> dict[str, object] | None:
    """Carry an operation out on the state of this moment."""
    if operation not in OPERATIONS:
        raise NotImplementedByEmulator(f"{operation} is not implemented by this emulator")
    tags.refuse_reserved(arguments.get("tags") or arguments.get("tag_keys") or ())
    ivs.agenda.run_due(ivs.now())
    return OPERATIONS[operation](ivs, **arguments)
