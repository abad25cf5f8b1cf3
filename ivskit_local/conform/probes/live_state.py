"""What the API does and refuses while a stream is starting, live, ending and over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import READING, Group, Need, model, page

GROUP = Group("live_state", Need.LIVE, minutes=1)
NOT_LIVE = "404 ChannelNotBroadcasting"
CONFLICT = "409 ConflictException"

OF_A_STREAM: dict[str, Callable[[str], dict[str, Any]]] = {
    "GetStream": lambda arn: {"channelArn": arn},
    "StopStream": lambda arn: {"channelArn": arn},
    "PutMetadata": lambda arn: {"channelArn": arn, "metadata": "{}"},
    "UpdateChannel": lambda arn: {"arn": arn, "name": "new"},
    "DeleteChannel": lambda arn: {"arn": arn},
}


def _starting(operation: str) -> Callable[[Place], str]:
    def ask(place: Place) -> str:
        arn = place.channel(type="BASIC")
        place.connect(arn)
        return str(place.ask(operation, **OF_A_STREAM[operation](arn)))

    return ask


def _over(operation: str) -> Callable[[Place], str]:
    def ask(place: Place) -> str:
        return str(place.ask(operation, **OF_A_STREAM[operation](place.ended)))

    return ask


for _operation in OF_A_STREAM:
    _refused = CONFLICT if _operation in ("UpdateChannel", "DeleteChannel") else NOT_LIVE
    GROUP.add(
        f"starting.{_operation}",
        f"between Session Created and Stream Start, {_operation} answers {_refused}",
        READING,
        _refused,
        _starting(_operation),
    )
for _operation in ("GetStream", "StopStream", "PutMetadata"):
    GROUP.add(
        f"over.{_operation}",
        f"after the stream's end, {_operation} answers {NOT_LIVE}",
        model(_operation),
        NOT_LIVE,
        _over(_operation),
    )
GROUP.add(
    "over.UpdateChannel",
    "after the stream's end, UpdateChannel works again",
    model("UpdateChannel"),
    "200",
    _over("UpdateChannel"),
)


@GROUP.probe(
    "live.GetStream", "a stream that is live has the state LIVE", model("GetStream"), "LIVE"
)
def _state(place: Place) -> str:
    return str(place.must("GetStream", channelArn=place.live)["stream"].get("state"))


@GROUP.probe("live.health", "a stream that gets data is HEALTHY", model("GetStream"), "HEALTHY")
def _healthy(place: Place) -> str:
    return str(place.must("GetStream", channelArn=place.live)["stream"].get("health"))


@GROUP.probe(
    "live.playbackUrl",
    "GetStream gives the channel's playback URL",
    model("GetStream"),
    "that of the channel",
)
def _url(place: Place) -> str:
    stream = place.must("GetStream", channelArn=place.live)["stream"]
    channel = place.must("GetChannel", arn=place.live)["channel"]
    same = stream.get("playbackUrl") == channel["playbackUrl"]
    return "that of the channel" if same else "another"


@GROUP.probe(
    "live.summary",
    "ListStreams gives no playback URL",
    model("ListStreams"),
    "no URL",
)
def _summary(place: Place) -> str:
    arn = place.live
    streams = place.must("ListStreams")["streams"]
    (found,) = [stream for stream in streams if stream["channelArn"] == arn]
    return "a URL" if "playbackUrl" in found else "no URL"


@GROUP.probe(
    "live.streamId",
    "the stream id of GetStream is that of the newest session",
    model("GetStreamSession"),
    "the same",
)
def _stream_id(place: Place) -> str:
    stream = place.must("GetStream", channelArn=place.live)["stream"]
    same = stream["streamId"] == place.session(place.live)["streamId"]
    return "the same" if same else "another"


@GROUP.probe(
    "live.refused-and-kept",
    "an UpdateChannel that is refused while live changes nothing",
    model("UpdateChannel"),
    f"{CONFLICT}, BASIC",
)
def _refused_and_kept(place: Place) -> str:
    answered = place.ask("UpdateChannel", arn=place.live, type="STANDARD")
    return f"{answered}, {place.must('GetChannel', arn=place.live)['channel']['type']}"


@GROUP.probe(
    "live.TagResource",
    "a channel can be tagged while it is live",
    READING,
    "200",
)
def _tag(place: Place) -> str:
    return str(place.ask("TagResource", resourceArn=place.live, tags={"team": "blue"}))


@GROUP.probe(
    "live.CreateStreamKey",
    "a channel whose key was deleted while it is live may get another",
    READING,
    "200",
)
def _another_key(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    place.must("DeleteStreamKey", arn=place.key_of(arn))
    return str(place.ask("CreateStreamKey", channelArn=arn))


@GROUP.probe(
    "ending.StopStream",
    "StopStream while the stream is ending is done again",
    READING,
    "200",
)
def _stop_again(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    place.must("StopStream", channelArn=arn)
    return str(place.ask("StopStream", channelArn=arn))


@GROUP.probe(
    "ending.GetStream",
    "right after StopStream the stream still shows as live",
    READING,
    "200",
)
def _still_live(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    place.must("StopStream", channelArn=arn)
    return str(place.ask("GetStream", channelArn=arn))


@GROUP.probe(
    "ending.DeleteChannel",
    "right after StopStream the channel cannot be deleted yet",
    READING,
    CONFLICT,
)
def _delete_early(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    place.must("StopStream", channelArn=arn)
    return str(place.ask("DeleteChannel", arn=arn))


@GROUP.probe(
    "ended.DeleteChannel",
    "once GetStream answers ChannelNotBroadcasting, the channel can be deleted",
    model("DeleteChannel"),
    "204",
)
def _delete(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    place.stop(arn)
    return str(place.ask("DeleteChannel", arn=arn))


@GROUP.probe(
    "again.new-stream",
    "a channel that goes live again has a stream of another id",
    page("eventbridge"),
    "another",
)
def _again(place: Place) -> str:
    arn = place.channel(type="BASIC")
    ids = []
    for _ in range(2):
        place.go_live(arn)
        ids.append(place.session(arn)["streamId"])
        place.stop(arn)
    return "the same" if ids[0] == ids[1] else "another"


@GROUP.probe(
    "ads.past",
    "an ad break cannot begin in the past",
    READING,
    "400 ValidationException",
)
def _past(place: Place) -> str:
    given: dict[str, Any] = {"channelArn": place.live, "durationSeconds": 10}
    past = place.around.now() - timedelta(hours=1)
    return str(place.ask("InsertAdBreak", targetStartAt=past, **given))


@GROUP.probe(
    "ads.none",
    "InsertAdBreak needs a channel with an ad configuration",
    READING,
    "400 ValidationException",
)
def _no_ads(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    return str(place.ask("InsertAdBreak", channelArn=arn, durationSeconds=10))
