"""Which function carries out which operation of the API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from . import (
    ad_configurations,
    channels,
    failover_slates,
    playback_key_pairs,
    recording_configurations,
    stream_keys,
    stream_sessions,
    streams,
    tags,
    viewer_sessions,
)
from . import playback_restriction_policies as policies
from .errors import NotImplementedByEmulator
from .models import IVSBackend

OPERATIONS: dict[str, Callable[..., dict[str, object] | None]] = {
    "BatchGetChannel": channels.batch_get_channel,
    "CreateChannel": channels.create_channel,
    "DeleteChannel": channels.delete_channel,
    "GetChannel": channels.get_channel,
    "ListChannels": channels.list_channels,
    "UpdateChannel": channels.update_channel,
    "BatchStartViewerSessionRevocation": viewer_sessions.batch_start_viewer_session_revocation,
    "StartViewerSessionRevocation": viewer_sessions.start_viewer_session_revocation,
    "DeletePlaybackKeyPair": playback_key_pairs.delete_playback_key_pair,
    "GetPlaybackKeyPair": playback_key_pairs.get_playback_key_pair,
    "ImportPlaybackKeyPair": playback_key_pairs.import_playback_key_pair,
    "ListPlaybackKeyPairs": playback_key_pairs.list_playback_key_pairs,
    "CreatePlaybackRestrictionPolicy": policies.create_playback_restriction_policy,
    "DeletePlaybackRestrictionPolicy": policies.delete_playback_restriction_policy,
    "GetPlaybackRestrictionPolicy": policies.get_playback_restriction_policy,
    "ListPlaybackRestrictionPolicies": policies.list_playback_restriction_policies,
    "UpdatePlaybackRestrictionPolicy": policies.update_playback_restriction_policy,
    "CreateRecordingConfiguration": recording_configurations.create_recording_configuration,
    "DeleteRecordingConfiguration": recording_configurations.delete_recording_configuration,
    "GetRecordingConfiguration": recording_configurations.get_recording_configuration,
    "ListRecordingConfigurations": recording_configurations.list_recording_configurations,
    "CreateAdConfiguration": ad_configurations.create_ad_configuration,
    "DeleteAdConfiguration": ad_configurations.delete_ad_configuration,
    "GetAdConfiguration": ad_configurations.get_ad_configuration,
    "InsertAdBreak": ad_configurations.insert_ad_break,
    "ListAdConfigurations": ad_configurations.list_ad_configurations,
    "UpdateAdConfiguration": ad_configurations.update_ad_configuration,
    "CreateFailoverSlateConfiguration": failover_slates.create_failover_slate_configuration,
    "DeleteFailoverSlateConfiguration": failover_slates.delete_failover_slate_configuration,
    "GetFailoverSlateConfiguration": failover_slates.get_failover_slate_configuration,
    "ListFailoverSlateConfigurations": failover_slates.list_failover_slate_configurations,
    "UpdateFailoverSlateConfiguration": failover_slates.update_failover_slate_configuration,
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


READS = ("Get", "List", "BatchGet")


def perform(
    ivs: IVSBackend, operation: str, arguments: dict[str, Any], *, lag: float = 0.0
) -> dict[str, object] | None:
    """Carry an operation out on the state of this moment; reads may lag by so many seconds."""
    if operation not in OPERATIONS:
        raise NotImplementedByEmulator(f"{operation} is not implemented by this emulator")
    tags.refuse_reserved(arguments.get("tags") or arguments.get("tag_keys") or ())
    ivs.agenda.run_due(ivs.now())
    if lag and operation.startswith(READS):
        with ivs.as_of(ivs.now() - timedelta(seconds=lag)):
            return OPERATIONS[operation](ivs, **arguments)
    return OPERATIONS[operation](ivs, **arguments)
