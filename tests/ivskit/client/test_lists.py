"""Lists page by themselves, with the largest page, and no sooner than they are read."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from ivskit.client import Ivs
from ivskit.errors import NotFound, NotSent, Unavailable
from tests.ivskit.client.wire import Said, Sent, Wire

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abc"
ARN = "arn:aws:ivs:us-west-2:123456789012:"
POLICY: dict[str, Any] = {"allowedCountries": [], "allowedOrigins": []}
STREAM = {"channelArn": CHANNEL, "startTime": "2026-11-20T16:00:00Z", "state": "LIVE"}
LISTS: dict[str, tuple[Callable[[Ivs], Iterator[Any]], str, int, dict[str, Any]]] = {
    "ListAdConfigurations": (
        lambda ivs: ivs.ad_configurations.list(),
        "adConfigurations",
        100,
        {"mediaTailorPlaybackConfigurations": []},
    ),
    "ListChannels": (lambda ivs: ivs.channels.list(), "channels", 100, {}),
    "ListFailoverSlateConfigurations": (
        lambda ivs: ivs.failover_slates.list(),
        "failoverSlateConfigurations",
        100,
        {"state": "CREATED"},
    ),
    "ListPlaybackKeyPairs": (lambda ivs: ivs.playback_keys.list(), "keyPairs", 100, {}),
    "ListPlaybackRestrictionPolicies": (
        lambda ivs: ivs.playback_restriction_policies.list(),
        "playbackRestrictionPolicies",
        100,
        POLICY,
    ),
    "ListRecordingConfigurations": (
        lambda ivs: ivs.recording_configurations.list(),
        "recordingConfigurations",
        100,
        {"destinationConfiguration": {}, "state": "ACTIVE"},
    ),
    "ListStreamKeys": (
        lambda ivs: ivs.stream_keys.list(CHANNEL),
        "streamKeys",
        50,
        {"channelArn": CHANNEL},
    ),
    "ListStreamSessions": (lambda ivs: ivs.streams.sessions(CHANNEL), "streamSessions", 100, {}),
    "ListStreams": (
        lambda ivs: ivs.streams.list(),
        "streams",
        100,
        {**STREAM, "health": "HEALTHY"},
    ),
}


def in_pages(member: str, item: dict[str, Any], count: int) -> Callable[[str, Sent], Said]:
    """A service that has so many items, and gives as many a page as it is asked for."""

    def answer(_: str, sent: Sent) -> Said:
        begin, size = int(sent.get("nextToken", "0")), sent["maxResults"]
        page = [
            {**item, "arn": f"{ARN}x/{n}", "streamId": f"st-{n}"}
            for n in range(begin, min(begin + size, count))
        ]
        token = {"nextToken": str(begin + size)} if begin + size < count else {}
        return Said({member: page, **token})

    return answer


@pytest.mark.parametrize("operation", LISTS)
def test_a_list_of_2500_is_read_in_pages_of_the_largest_size(operation: str) -> None:
    listed, member, largest, item = LISTS[operation]
    wire = Wire(in_pages(member, item, 2_500))

    items = list(listed(Ivs(wire.client)))

    names = [getattr(found, "arn", None) or found.stream_id for found in items]
    assert len(set(names)) == len(names) == 2_500
    assert {name for name, _ in wire.sent} == {operation}
    assert [sent["maxResults"] for _, sent in wire.sent] == [largest] * (2_500 // largest)


@pytest.mark.parametrize("operation", LISTS)
def test_a_list_asks_for_no_more_than_is_read(operation: str) -> None:
    listed, member, largest, item = LISTS[operation]
    wire = Wire(in_pages(member, item, 2_500))

    items = listed(Ivs(wire.client))
    assert wire.sent == []
    assert len(list(islice(items, largest))) == largest
    assert len(wire.sent) == 1
    next(items)
    assert len(wire.sent) == 2


def test_channels_of_several_pages_are_listed_on_the_emulator(ivs: Ivs) -> None:
    arns = {ivs.channels.create().channel.arn for _ in range(250)}

    listed = [channel.arn for channel in ivs.channels.list()]

    assert len(listed) == 250
    assert set(listed) == arns


def test_a_filter_goes_with_every_page() -> None:
    wire = Wire(in_pages("channels", {}, 250))

    assert len(list(Ivs(wire.client).channels.list(name="show"))) == 250

    assert [sent["filterByName"] for _, sent in wire.sent] == ["show"] * 3


def test_a_service_that_gives_the_same_page_for_ever_is_not_asked_for_ever() -> None:
    wire = Wire(lambda *_: Said({"channels": [], "nextToken": "again"}))

    with pytest.raises(Unavailable, match="ListChannels"):
        list(Ivs(wire.client).channels.list())

    assert len(wire.sent) == 2


def test_what_is_wrong_with_a_list_is_said_before_it_is_read(ivs: Ivs) -> None:
    with pytest.raises(NotSent, match="filterByName and filterByAdConfigurationArn: at most 1"):
        ivs.channels.list(name="show", ad_configuration_arn=f"{ARN}ad-configuration/x")
    with pytest.raises(NotSent, match="channelArn"):
        ivs.streams.sessions("show")


def test_a_list_of_an_unknown_channel_is_not_found(ivs: Ivs) -> None:
    with pytest.raises(NotFound):
        list(ivs.streams.sessions(CHANNEL))
