"""The events of EventBridge: which come, in which order, and what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import READING, Group, Need, Source, page

GROUP = Group("events", Need.LIVE, Need.EVENTS, minutes=1)
EVENTS = page("eventbridge")
ARRIVES_SECONDS = 60.0
STREAM_ID = re.compile(r"st-[A-Za-z0-9]{23}")
STATE = "IVS Stream State Change"
STORY = ("Session Created", "Stream Start", "Stream End", "Session Ended")


def name_of(event: dict[str, Any]) -> str:
    """What happened, whichever member of the detail says so."""
    members = ("event_name", "limit_name", "limit", "recording_status")
    return next((str(event["detail"][m]) for m in members if m in event["detail"]), "")


def event_of(place: Place, channel_arn: str, name: str) -> dict[str, Any]:
    """The event of this name about the channel, once it has come; empty if it never comes."""
    found: list[dict[str, Any]] = []

    def has_come() -> bool:
        found[:] = [e for e in place.events(channel_arn) if name_of(e) == name]
        return bool(found)

    place.until(has_come, ARRIVES_SECONDS)
    return found[0] if found else {"detail": {}}


def _of_ended(name: str, what: Callable[[dict[str, Any]], str]) -> Callable[[Place], str]:
    return lambda place: what(event_of(place, place.ended, name))


for _name in STORY:
    GROUP.add(
        f"comes.{_name.replace(' ', '-')}",
        f"a stream that is stopped has the event {_name}",
        EVENTS,
        f"{STATE}: {_name}",
        _of_ended(_name, lambda e: f"{e.get('detail-type')}: {name_of(e)}"),
    )
    GROUP.add(
        f"members.{_name.replace(' ', '-')}",
        f"the detail of {_name} has event_name, channel_name and stream_id",
        EVENTS,
        "channel_name, event_name, stream_id",
        _of_ended(_name, lambda e: ", ".join(sorted(e["detail"]))),
    )

ENVELOPE: dict[str, tuple[str, str, Callable[[dict[str, Any]], str]]] = {
    "source": ("aws.ivs", "the source of an event is aws.ivs", lambda e: str(e.get("source"))),
    "version": ("0", "the version of an event is 0", lambda e: str(e.get("version"))),
    "channel_name": (
        "ended",
        "channel_name is the name of the channel",
        lambda e: str(e["detail"].get("channel_name")),
    ),
    "no-channel_arn": (
        "False",
        "the detail has no ARN of the channel, which is in resources alone",
        lambda e: str("channel_arn" in e["detail"]),
    ),
    "stream_id": (
        "st- and 23 letters and digits",
        "stream_id is st- and 23 letters and digits",
        lambda e: (
            "st- and 23 letters and digits"
            if STREAM_ID.fullmatch(str(e["detail"].get("stream_id")))
            else "otherwise"
        ),
    ),
    "time": (
        "UTC in whole seconds",
        "the time of an event is UTC in whole seconds",
        lambda e: (
            "UTC in whole seconds"
            if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(e.get("time")))
            else "otherwise"
        ),
    ),
}
for _member, (_expected, _sentence, _what) in ENVELOPE.items():
    GROUP.add(f"envelope.{_member}", _sentence, EVENTS, _expected, _of_ended("Stream Start", _what))


@GROUP.probe(
    "envelope.resources",
    "resources has the ARN of the channel, and nothing else",
    EVENTS,
    "the ARN",
)
def _resources(place: Place) -> str:
    same = event_of(place, place.ended, "Stream Start").get("resources") == [place.ended]
    return "the ARN" if same else "otherwise"


@GROUP.probe("envelope.region", "region is that of the channel's ARN", READING, "that of the ARN")
def _region(place: Place) -> str:
    region = event_of(place, place.ended, "Stream Start").get("region")
    return "that of the ARN" if region == place.ended.split(":")[3] else "another"


@GROUP.probe("envelope.account", "account is that of the channel's ARN", EVENTS, "that of the ARN")
def _account(place: Place) -> str:
    account = event_of(place, place.ended, "Stream Start").get("account")
    return "that of the ARN" if account == place.ended.split(":")[4] else "another"


@GROUP.probe(
    "order.times",
    "the times of the events are in the order in which things happen",
    EVENTS,
    "in order",
)
def _order(place: Place) -> str:
    times = [_time(event_of(place, place.ended, name)) for name in STORY[:3]]
    return "in order" if None not in times and times == sorted(map(str, times)) else "otherwise"


@GROUP.probe("order.once", "each event of a stream comes with an id of its own", EVENTS, "4 ids")
def _once(place: Place) -> str:
    return f"{len({event_of(place, place.ended, name).get('id') for name in STORY})} ids"


@GROUP.probe("same-stream", "all events of a stream have the same stream_id", EVENTS, "1 stream")
def _same_stream(place: Place) -> str:
    found = {event_of(place, place.ended, name)["detail"].get("stream_id") for name in STORY}
    return f"{len(found)} stream"


@GROUP.probe(
    "session.the-same",
    "GetStreamSession has the events that EventBridge got",
    page("stream-health"),
    "the same second",
)
def _in_session(place: Place) -> str:
    event = event_of(place, place.ended, "Stream Start")
    session = place.session(place.ended)["truncatedEvents"]
    at = next(e["eventTime"] for e in session if e["name"] == "Stream Start")
    return "the same second" if datetime.fromisoformat(str(_time(event))) == at else "another time"


@GROUP.probe(
    "unnamed", "the channel_name of a channel without a name is the empty text", EVENTS, "''"
)
def _unnamed(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.connect(arn)
    return repr(event_of(place, arn, "Session Created")["detail"].get("channel_name"))


@GROUP.probe(
    "created-first",
    "Session Created comes before GetStream shows a stream",
    READING,
    "created, not live",
)
def _created_first(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.connect(arn)
    event = event_of(place, arn, "Session Created")
    live = place.is_live(arn)
    return f"{'created' if event.get('id') else 'nothing'}, {'live' if live else 'not live'}"


def _acted(name: str, act: str, body: dict[str, Any], members: str) -> Callable[[Place], str]:
    """Let an encoder act on a live stream, and give what is in the event that follows."""

    def ask(place: Place) -> str:
        arn = place.channel(type="BASIC")
        place.go_live(arn)
        given = {**body, "channelArn": arn} if act == "connect" else body
        place.around.encoder(arn, act, given)
        event = event_of(place, arn, name)
        more = {k: v for k, v in event["detail"].items() if k in members.split()}
        return f"{event.get('detail-type')} {sorted(more.items())}"

    return ask


HEALTH, BREACH = "IVS Stream Health Change", "IVS Limit Breach"
ACTED: dict[str, tuple[str, str, dict[str, Any], str, Source, str]] = {
    "Starvation-Start": (
        "an encoder that sends no data causes Starvation Start",
        "starve",
        {},
        "",
        EVENTS,
        f"{HEALTH} []",
    ),
    "Stream-Failure": (
        "a stream that cannot be processed has the event Stream Failure, with a reason",
        "fail",
        {},
        "reason",
        EVENTS,
        f"{STATE} [('reason', 'Transcode capacity exceeded. Please try again.')]",
    ),
    "Stream-Takeover": (
        "a takeover has the event Stream Takeover",
        "connect",
        {"priority": 1},
        "code",
        EVENTS,
        f"{STATE} []",
    ),
    "Stream-Takeover-Failure": (
        "a takeover with another resolution fails with StreamTakeoverMediaMismatch",
        "connect",
        {"priority": 1, "video": {"width": 640, "height": 360}},
        "code",
        EVENTS,
        f"{STATE} [('code', 'StreamTakeoverMediaMismatch')]",
    ),
    "Takeover-of-priority-0": (
        "a takeover with the priority 0 fails with StreamTakeoverInvalidPriority",
        "connect",
        {"priority": 0},
        "code",
        EVENTS,
        f"{STATE} [('code', 'StreamTakeoverInvalidPriority')]",
    ),
    "Ingest-Bitrate": (
        "a stream with too many bits per second has a breach that names limit, value and unit",
        "video",
        {"width": 640, "height": 360, "bitrate": 2_000_000},
        "limit_name limit_value exceeded_by limit_unit",
        READING,
        f"{BREACH} [('exceeded_by', 500000), ('limit_name', 'Ingest Bitrate'), "
        "('limit_unit', 'bits per second'), ('limit_value', 1500000)]",
    ),
    "Ingest-Resolution": (
        "a stream with too many pixels has a breach of Ingest Resolution",
        "video",
        {"width": 3840, "height": 2160},
        "limit_name",
        READING,
        f"{BREACH} [('limit_name', 'Ingest Resolution')]",
    ),
}
# The event's name, where the probe's is another.
FOLLOWS = {"Takeover-of-priority-0": "Stream Takeover Failure"}
for _name, (_sentence, _act, _body, _members, _source, _expected) in ACTED.items():
    GROUP.add(
        _name,
        _sentence,
        _source,
        _expected,
        _acted(FOLLOWS.get(_name, _name.replace("-", " ")), _act, _body, _members),
        Need.ENCODER,
    )


@GROUP.probe(
    "Starvation-End",
    "an encoder that sends again causes Starvation End",
    EVENTS,
    HEALTH,
    Need.ENCODER,
)
def _recovers(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    for act in ("starve", "recover"):
        place.around.encoder(arn, act, {})
    return str(event_of(place, arn, "Starvation End").get("detail-type"))


@GROUP.probe(
    "Ad-Break-Inserted",
    "InsertAdBreak is followed by Ad Break Inserted, with id, duration and time",
    EVENTS,
    "IVS Ad Break State Change: ad_break_id, channel_name, duration_seconds, event_name, "
    "stream_id, target_start_time",
)
def _ads(place: Place) -> str:
    arn = place.channel(type="BASIC", adConfigurationArn=place.ads)
    place.go_live(arn)
    place.must("InsertAdBreak", channelArn=arn, durationSeconds=10)
    event = event_of(place, arn, "Ad Break Inserted")
    return f"{event.get('detail-type')}: {', '.join(sorted(event['detail']))}"


def _time(event: dict[str, Any]) -> Any:
    return event.get("time")
