"""What encoders may do: starve, take over, send too much; asked where they can be driven."""

from __future__ import annotations

from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import READING, Group, Need, model, page

GROUP = Group("encoders", Need.LIVE, Need.ENCODER, minutes=1)


@GROUP.probe(
    "starving.health",
    "a stream whose encoder sends no data is STARVING, and HEALTHY when it sends again",
    page("stream-health"),
    "STARVING, then HEALTHY",
)
def _starving(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    found = []
    for act in ("starve", "recover"):
        place.around.encoder(arn, act, {})
        found.append(place.must("GetStream", channelArn=arn)["stream"]["health"])
    return ", then ".join(found)


@GROUP.probe(
    "starving.ended",
    "a stream without data for 30 s is ended",
    page("troubleshooting-faqs"),
    "live after 25 s, ended after 35 s",
)
def _starved(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    place.around.encoder(arn, "starve", {})
    found = []
    for passed, wait in ((25, 25), (35, 10)):
        place.around.wait(wait)
        found.append(f"{'live' if place.is_live(arn) else 'ended'} after {passed} s")
    return ", ".join(found)


@GROUP.probe(
    "second.refused",
    "a second encoder with the same key and no priority is refused, and the first stays",
    page("troubleshooting-faqs"),
    "409, live",
)
def _second(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    answer = place.around.encoder(arn, "connect", {"channelArn": arn})
    return f"{answer}, {'live' if place.is_live(arn) else 'not live'}"


@GROUP.probe(
    "second.takes-over",
    "an encoder with a priority takes the stream over, which keeps its id",
    page("streaming-config"),
    "200, the same stream",
)
def _takes_over(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    before = place.session(arn)["streamId"]
    answer = place.around.encoder(arn, "connect", {"channelArn": arn, "priority": 1})
    same = place.session(arn)["streamId"] == before
    return f"{answer}, {'the same stream' if same else 'another stream'}"


@GROUP.probe(
    "second.not-higher",
    "a takeover needs a higher priority than that of the stream",
    page("streaming-config"),
    "200, then 409",
)
def _not_higher(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    body = {"channelArn": arn, "priority": 5}
    return ", then ".join(place.around.encoder(arn, "connect", body) for _ in range(2))


@GROUP.probe(
    "viewers.unknown",
    "viewerCount -1 says that the viewers could not be counted",
    model("GetStream"),
    "-1",
)
def _viewers(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    place.around.encoder(arn, "viewers", {"viewers": -1})
    return str(place.must("GetStream", channelArn=arn)["stream"]["viewerCount"])


@GROUP.probe(
    "second.priority-0",
    "a priority of 0 is refused",
    page("streaming-config"),
    "409, live",
)
def _priority_0(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    answer = place.around.encoder(arn, "connect", {"channelArn": arn, "priority": 0})
    return f"{answer}, {'live' if place.is_live(arn) else 'not live'}"


@GROUP.probe(
    "second.failed-goes-on",
    "a takeover that fails leaves the stream as it is",
    page("streaming-config"),
    "409, live",
)
def _failed_goes_on(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    other = {"width": 640, "height": 360}
    body = {"channelArn": arn, "priority": 1, "video": other}
    answer = place.around.encoder(arn, "connect", body)
    return f"{answer}, {'live' if place.is_live(arn) else 'not live'}"


@GROUP.probe(
    "beyond.ended",
    "a stream that sends more than its channel may take is ended at once",
    READING,
    "not live",
)
def _beyond(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    place.around.encoder(arn, "video", {"bitrate": 50_000_000})
    return "live" if place.is_live(arn) else "not live"


@GROUP.probe(
    "basic.1080p",
    "a BASIC channel takes exactly 1080p at 3.5 Mbps",
    READING,
    "live",
)
def _basic(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    place.around.encoder(arn, "video", {"width": 1920, "height": 1080, "bitrate": 3_500_000})
    return "live" if place.is_live(arn) else "not live"
