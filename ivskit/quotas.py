"""What IVS allows: call rates and limits, as published in its service quotas and API model.

Rates are calls per second, each per account and region, and cannot be raised.
Limits that AWS raises on request are marked adjustable; the values are the defaults.
"""

from types import MappingProxyType

PUT_METADATA_PER_CHANNEL = 5

_RATES = {
    155: ("PutMetadata",),  # and PUT_METADATA_PER_CHANNEL
    10: (
        "ListTagsForResource",
        "StartViewerSessionRevocation",
        "TagResource",
        "UntagResource",
    ),
    5: (
        "BatchGetChannel",
        "BatchGetStreamKey",
        "CreateChannel",
        "CreatePlaybackRestrictionPolicy",
        "CreateStreamKey",
        "DeleteChannel",
        "DeletePlaybackRestrictionPolicy",
        "DeleteStreamKey",
        "GetChannel",
        "GetPlaybackRestrictionPolicy",
        "GetStream",
        "GetStreamKey",
        "GetStreamSession",
        "ListChannels",
        "ListPlaybackRestrictionPolicies",
        "ListStreamKeys",
        "ListStreamSessions",
        "ListStreams",
        "StopStream",
        "UpdateChannel",
        "UpdatePlaybackRestrictionPolicy",
    ),
    3: (
        "CreateAdConfiguration",
        "CreateRecordingConfiguration",
        "DeleteAdConfiguration",
        "DeletePlaybackKeyPair",
        "DeleteRecordingConfiguration",
        "GetAdConfiguration",
        "GetPlaybackKeyPair",
        "GetRecordingConfiguration",
        "ImportPlaybackKeyPair",
        "ListAdConfigurations",
        "ListPlaybackKeyPairs",
        "ListRecordingConfigurations",
        # Not published; related operations have 3.
        "CreateFailoverSlateConfiguration",
        "DeleteFailoverSlateConfiguration",
        "GetFailoverSlateConfiguration",
        "ListFailoverSlateConfigurations",
        "UpdateAdConfiguration",
        "UpdateFailoverSlateConfiguration",
    ),
    2: ("BatchStartViewerSessionRevocation",),
    1: ("InsertAdBreak",),
}

# Calls per second of each operation.
RATES = MappingProxyType({name: rate for rate, names in _RATES.items() for name in names})

# Calls per second that ivskit's functions use of operations that they call in bulk; the rest is
# left to your own backend.
SHARES = MappingProxyType(
    {
        "CreateStreamKey": MappingProxyType({"rotate_stream_key": 4.0}),
        # Nearly the whole rate, which cannot be raised: a person waits for these calls.
        "StopStream": MappingProxyType({"stop_stream": 4.8}),
        "PutMetadata": MappingProxyType({"push_metadata": 155.0}),
        "BatchStartViewerSessionRevocation": MappingProxyType({"revoke_viewers": 2.0}),
        "StartViewerSessionRevocation": MappingProxyType({"revoke_viewers": 8.0}),
    }
)

# Per region.
CHANNELS = 5_000  # adjustable
CONCURRENT_STREAMS = 100  # adjustable
CONCURRENT_VIEWS = 15_000  # adjustable
RECORDING_CONFIGURATIONS = 20  # adjustable
AD_CONFIGURATIONS = 20
PLAYBACK_KEY_PAIRS = 3
PLAYBACK_RESTRICTION_POLICIES = 3
FAILOVER_SLATE_CONFIGURATIONS = 20  # not published; as for the other configurations

# Per resource.
STREAM_KEYS_PER_CHANNEL = 1
TAKEOVERS_PER_STREAM = 100  # adjustable
COUNTRIES_PER_POLICY = 200
ORIGINS_PER_POLICY = 5
TAGS_PER_RESOURCE = 50

# Per call.
METADATA_BYTES = 1_024
CHANNELS_PER_BATCH = 50
STREAM_KEYS_PER_BATCH = 50
VIEWER_SESSIONS_PER_BATCH = 20

# Per playback token.
TOKEN_BYTES = 2_048
TOKEN_SECONDS_WITH_VIEWER = 600
VIEWER_ID_CHARACTERS = 40
# The highest session version that a revocation can name; a token may have a higher one.
REVOCABLE_VERSION = 2**31 - 1
ADS_PLAYER_PARAMS_BYTES = 1_000
STRICT_ORIGINS_PER_TOKEN = 5

# Per stream: bits per second and pixels.
BASIC_SD_BITRATE = 1_500_000  # to 480p
BASIC_BITRATE = 3_500_000
BITRATE = 8_500_000
MULTITRACK_BITRATE = 15_000_000
TOTAL_PIXELS = 2_100_000
PIXELS_PER_EDGE = 1_920
