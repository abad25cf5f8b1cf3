"""Pages of lists: all of it, each thing once, and no page that was never offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ivskit_local.conform.place import Place, new_pair
from ivskit_local.conform.probe import READING, Group, Need, model

GROUP = Group("paging")

# The list, the member with its items, and what makes one more of them.
LISTS: dict[str, tuple[str, Callable[[Place], str]]] = {
    "ListChannels": ("channels", lambda place: place.channel()),
    "ListAdConfigurations": (
        "adConfigurations",
        lambda place: place.new("CreateAdConfiguration", **place.media_tailor(1)),
    ),
    "ListFailoverSlateConfigurations": (
        "failoverSlateConfigurations",
        lambda place: place.new("CreateFailoverSlateConfiguration"),
    ),
    "ListPlaybackKeyPairs": (
        "keyPairs",
        lambda place: place.new("ImportPlaybackKeyPair", publicKeyMaterial=new_pair()[0]),
    ),
    "ListPlaybackRestrictionPolicies": (
        "playbackRestrictionPolicies",
        lambda place: place.new("CreatePlaybackRestrictionPolicy"),
    ),
    "ListRecordingConfigurations": (
        "recordingConfigurations",
        lambda place: place.new("CreateRecordingConfiguration", **place.to_bucket()),
    ),
}
PAGES_AT_MOST = 5_000


def pages(place: Place, operation: str, **given: Any) -> Iterator[dict[str, Any]]:
    """Each page of a list."""
    token: dict[str, str] = {}
    for _ in range(PAGES_AT_MOST):
        answer = place.must(operation, **given, **token)
        yield answer
        if not answer.get("nextToken"):
            return
        token = {"nextToken": answer["nextToken"]}


def _each_once(operation: str) -> Callable[[Place], str]:
    member, make = LISTS[operation]

    def ask(place: Place) -> str:
        made = {make(place), make(place)}
        found = [[i["arn"] for i in p[member]] for p in pages(place, operation, maxResults=1)]
        arns = [arn for page in found for arn in page]
        longest = max(map(len, found))
        return (
            f"{'all' if made <= set(arns) else 'not all'}, "
            f"{'each once' if len(arns) == len(set(arns)) else 'some twice'}, "
            f"{longest} on a page"
        )

    return ask


def _last_has_no_token(operation: str) -> Callable[[Place], str]:
    member, make = LISTS[operation]

    def ask(place: Place) -> str:
        make(place)
        *_, last = pages(place, operation, maxResults=100)
        return "a token" if last.get("nextToken") else f"no token, {bool(last[member])}"

    return ask


def _invented(operation: str) -> Callable[[Place], str]:
    return lambda place: str(place.ask(operation, nextToken="aW52ZW50ZWQ="))


def _of_another_list(operation: str) -> Callable[[Place], str]:
    _, make = LISTS[operation]
    other = "ListAdConfigurations" if operation == "ListChannels" else "ListChannels"

    def ask(place: Place) -> str:
        make(place), make(place)
        token = place.must(operation, maxResults=1).get("nextToken")
        return str(place.ask(other, nextToken=token)) if token else "no token"

    return ask


for _operation in LISTS:
    GROUP.add(
        f"{_operation}.each-once",
        f"pages of one item give all of {_operation}, each once",
        model(_operation),
        "all, each once, 1 on a page",
        _each_once(_operation),
    )
    GROUP.add(
        f"{_operation}.last",
        f"the last page of {_operation} has no nextToken",
        model(_operation),
        "no token, True",
        _last_has_no_token(_operation),
    )
    GROUP.add(
        f"{_operation}.invented-token",
        f"{_operation} refuses a nextToken that nobody was given",
        READING,
        "400 ValidationException",
        _invented(_operation),
    )
    GROUP.add(
        f"{_operation}.token-of-another-list",
        f"the nextToken of {_operation} is no token of another list",
        READING,
        "400 ValidationException",
        _of_another_list(_operation),
    )


@GROUP.probe(
    "ListPlaybackRestrictionPolicies.default",
    "ListPlaybackRestrictionPolicies gives one policy at a time unless maxResults is given",
    model("ListPlaybackRestrictionPolicies"),
    "1, and a token",
)
def _policies(place: Place) -> str:
    place.new("CreatePlaybackRestrictionPolicy"), place.new("CreatePlaybackRestrictionPolicy")
    answer = place.must("ListPlaybackRestrictionPolicies")
    token = "a token" if answer.get("nextToken") else "no token"
    return f"{len(answer['playbackRestrictionPolicies'])}, and {token}"


@GROUP.probe(
    "ListChannels.order",
    "the order of ListChannels is that of the ARNs, which says nothing about age",
    READING,
    "by ARN",
)
def _order(place: Place) -> str:
    for _ in range(4):
        place.channel()
    arns = [c["arn"] for p in pages(place, "ListChannels", maxResults=2) for c in p["channels"]]
    return "by ARN" if arns == sorted(arns) else "otherwise"


@GROUP.probe(
    "ListChannels.filterByName",
    "filterByName gives the channels of exactly this name",
    model("ListChannels"),
    "1 of 2",
)
def _by_name(place: Place) -> str:
    name = f"conform-{place.run}"
    arn = place.channel(name=name)
    place.channel(name=f"{name}-2")
    found = [c["arn"] for c in place.must("ListChannels", filterByName=name)["channels"]]
    return f"{len(found)} of 2" if arn in found else "not the channel"


def _filtered(member: str, arn: Callable[[Place], str]) -> Callable[[Place], str]:
    def ask(place: Place) -> str:
        made = place.channel(**{member: arn(place)})
        other = place.channel()
        asked = {f"filterBy{member[0].upper()}{member[1:]}": arn(place)}
        found = [c["arn"] for c in place.must("ListChannels", **asked)["channels"]]
        return f"{'the channel' if made in found else 'not the channel'}, {other in found}"

    return ask


for _member, _arn in {
    "recordingConfigurationArn": lambda place: place.recording,
    "playbackRestrictionPolicyArn": lambda place: place.policy,
    "adConfigurationArn": lambda place: place.ads,
    "failoverSlateConfigurationArn": lambda place: place.slate,
}.items():
    GROUP.add(
        f"ListChannels.filter.{_member}",
        f"ListChannels can be asked for the channels with one {_member}",
        model("ListChannels"),
        "the channel, False",
        _filtered(_member, _arn),
    )


@GROUP.probe(
    "ListStreamSessions.each-once",
    "pages of one session give all sessions of a channel, each once",
    model("ListStreamSessions"),
    "2 sessions, each once",
    Need.LIVE,
)
def _sessions(place: Place) -> str:
    arn = place.channel(type="BASIC")
    for _ in range(2):
        place.go_live(arn)
        place.stop(arn)
    found = pages(place, "ListStreamSessions", channelArn=arn, maxResults=1)
    ids = [session["streamId"] for page in found for session in page["streamSessions"]]
    return f"{len(ids)} sessions, {'each once' if len(ids) == len(set(ids)) else 'some twice'}"


@GROUP.probe(
    "ListStreams.live-only",
    "ListStreams has the channels that are live, and no other",
    model("ListStreams"),
    "live: True, idle: False",
    Need.LIVE,
)
def _live_only(place: Place) -> str:
    live, idle = place.live, place.idle
    arns = {s["channelArn"] for p in pages(place, "ListStreams") for s in p["streams"]}
    return f"live: {live in arns}, idle: {idle in arns}"


@GROUP.probe(
    "ListStreams.filter.health",
    "ListStreams can be asked for the streams of one health",
    model("ListStreams"),
    "HEALTHY: True, STARVING: False",
    Need.LIVE,
)
def _health(place: Place) -> str:
    live, found = place.live, {}
    for health in ("HEALTHY", "STARVING"):
        asked = pages(place, "ListStreams", filterBy={"health": health})
        found[health] = live in {s["channelArn"] for p in asked for s in p["streams"]}
    return ", ".join(f"{health}: {there}" for health, there in found.items())
