"""For each operation, an input that an endpoint must accept; probes ask with it, or spoil it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivskit_local.conform.place import Place, new_pair

Input = Callable[[Place], dict[str, Any]]

LISTS = (
    "ListAdConfigurations",
    "ListChannels",
    "ListFailoverSlateConfigurations",
    "ListPlaybackKeyPairs",
    "ListPlaybackRestrictionPolicies",
    "ListRecordingConfigurations",
    "ListStreams",
)

# These may be asked again and again: they change nothing, or only what the probe made.
SMALL: dict[str, Input] = {
    "BatchGetChannel": lambda place: {"arns": [place.idle]},
    "BatchGetStreamKey": lambda place: {"arns": [place.idle_key]},
    "BatchStartViewerSessionRevocation": lambda place: {
        "viewerSessions": [{"channelArn": place.idle, "viewerId": "viewer"}]
    },
    "CreateAdConfiguration": lambda place: place.media_tailor(1),
    "CreateChannel": lambda _: {},
    "CreateFailoverSlateConfiguration": lambda _: {},
    "CreatePlaybackRestrictionPolicy": lambda _: {},
    "CreateRecordingConfiguration": lambda place: place.to_bucket(),
    "CreateStreamKey": lambda place: {"channelArn": place.keyless()},
    "DeleteAdConfiguration": lambda place: {
        "arn": place.new("CreateAdConfiguration", **place.media_tailor(1))
    },
    "DeleteChannel": lambda place: {"arn": place.channel()},
    "DeleteFailoverSlateConfiguration": lambda place: {"arn": _settled_slate(place)},
    "DeletePlaybackKeyPair": lambda place: {
        "arn": place.new("ImportPlaybackKeyPair", publicKeyMaterial=new_pair()[0])
    },
    "DeletePlaybackRestrictionPolicy": lambda place: {
        "arn": place.new("CreatePlaybackRestrictionPolicy")
    },
    "DeleteRecordingConfiguration": lambda place: {"arn": _settled_recording(place)},
    "DeleteStreamKey": lambda place: {"arn": place.key_of(place.channel())},
    "GetAdConfiguration": lambda place: {"arn": place.ads},
    "GetChannel": lambda place: {"arn": place.idle},
    "GetFailoverSlateConfiguration": lambda place: {"arn": place.slate},
    "GetPlaybackKeyPair": lambda place: {"arn": place.pair},
    "GetPlaybackRestrictionPolicy": lambda place: {"arn": place.policy},
    "GetRecordingConfiguration": lambda place: {"arn": place.recording},
    "GetStream": lambda place: {"channelArn": place.live},
    "GetStreamKey": lambda place: {"arn": place.idle_key},
    "GetStreamSession": lambda place: {"channelArn": place.live},
    "ImportPlaybackKeyPair": lambda _: {"publicKeyMaterial": new_pair()[0]},
    "InsertAdBreak": lambda place: {"channelArn": place.live, "durationSeconds": 10},
    **{name: lambda _: {} for name in LISTS},
    "ListStreamKeys": lambda place: {"channelArn": place.idle},
    "ListStreamSessions": lambda place: {"channelArn": place.idle},
    "ListTagsForResource": lambda place: {"resourceArn": place.idle},
    "PutMetadata": lambda place: {"channelArn": place.live, "metadata": "{}"},
    "StartViewerSessionRevocation": lambda place: {"channelArn": place.idle, "viewerId": "viewer"},
    "StopStream": lambda place: {"channelArn": _own_live(place)},
    "TagResource": lambda place: {"resourceArn": place.channel(), "tags": {"team": "blue"}},
    "UntagResource": lambda place: {"resourceArn": place.channel(), "tagKeys": ["team"]},
    "UpdateAdConfiguration": lambda place: {"arn": place.ads},
    "UpdateChannel": lambda place: {"arn": place.channel()},
    "UpdateFailoverSlateConfiguration": lambda place: {"arn": _settled_slate(place)},
    "UpdatePlaybackRestrictionPolicy": lambda place: {"arn": place.policy},
}

NEEDS_LIVE = {"GetStream", "GetStreamSession", "InsertAdBreak", "PutMetadata", "StopStream"}

# What the model's checks look at first, so that no stream and no spare thing is needed.
IDLE: dict[str, Input] = {
    **SMALL,
    **{
        name: lambda place: {"channelArn": place.idle}
        for name in ("CreateStreamKey", "GetStream", "GetStreamSession", "StopStream")
    },
    **{name: lambda place: {"arn": place.idle} for name in ("DeleteChannel", "UpdateChannel")},
    "DeleteAdConfiguration": SMALL["GetAdConfiguration"],
    "DeleteFailoverSlateConfiguration": SMALL["GetFailoverSlateConfiguration"],
    "DeletePlaybackKeyPair": SMALL["GetPlaybackKeyPair"],
    "DeletePlaybackRestrictionPolicy": SMALL["GetPlaybackRestrictionPolicy"],
    "DeleteRecordingConfiguration": SMALL["GetRecordingConfiguration"],
    "DeleteStreamKey": SMALL["GetStreamKey"],
    "InsertAdBreak": lambda place: {"channelArn": place.idle, "durationSeconds": 10},
    "PutMetadata": lambda place: {"channelArn": place.idle, "metadata": "{}"},
    "TagResource": lambda place: {"resourceArn": place.idle, "tags": {"team": "blue"}},
    "UntagResource": lambda place: {"resourceArn": place.idle, "tagKeys": ["team"]},
    "UpdateFailoverSlateConfiguration": lambda place: {"arn": place.slate},
}


def _settled_slate(place: Place) -> str:
    arn = place.new("CreateFailoverSlateConfiguration")
    place.until(lambda: place.state_of(arn) != "CREATING", 60)
    return arn


def _settled_recording(place: Place) -> str:
    arn = place.new("CreateRecordingConfiguration", **place.to_bucket())
    place.until(lambda: place.state_of(arn) != "CREATING", 60)
    return arn


def _own_live(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    return arn
