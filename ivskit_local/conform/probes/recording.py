"""Recordings: the states of their configurations, and the events of what they record."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import READING, Group, Need, model, page
from ivskit_local.conform.probes.events import event_of

GROUP = Group("recording")
PREFIX = re.compile(r"ivs/v1/\d{12}/\w+/\d{4}/\d{1,2}/\d{1,2}/\d{1,2}/\d{1,2}/\w+")
LIVE = (Need.LIVE, Need.EVENTS)
TYPE = "IVS Recording State Change"


@GROUP.probe(
    "created", "a new configuration is CREATING", model("CreateRecordingConfiguration"), "CREATING"
)
def _created(place: Place) -> str:
    made = place.must("CreateRecordingConfiguration", **place.to_bucket())
    return str(made["recordingConfiguration"]["state"])


@GROUP.probe(
    "active", "a configuration becomes ACTIVE", model("CreateRecordingConfiguration"), "ACTIVE"
)
def _active(place: Place) -> str:
    return place.state_of(place.recording)


@GROUP.probe(
    "deleted-early",
    "a configuration that is CREATING cannot be deleted",
    READING,
    "409 ConflictException",
)
def _deleted_early(place: Place) -> str:
    arn = place.new("CreateRecordingConfiguration", **place.to_bucket())
    return str(place.ask("DeleteRecordingConfiguration", arn=arn))


@GROUP.probe(
    "detached",
    "a configuration can be deleted once no channel has it",
    model("DeleteRecordingConfiguration"),
    "409 ConflictException, then 204",
)
def _detached(place: Place) -> str:
    arn = place.new("CreateRecordingConfiguration", **place.to_bucket())
    place.until(lambda: place.state_of(arn) != "CREATING", 60)
    channel = place.channel(recordingConfigurationArn=arn)
    first = place.ask("DeleteRecordingConfiguration", arn=arn)
    place.must("UpdateChannel", arn=channel, recordingConfigurationArn="")
    return f"{first}, then {place.ask('DeleteRecordingConfiguration', arn=arn)}"


def _recorded(place: Place) -> str:
    """A channel whose stream was recorded and is over; made once in a run."""
    if place.recorded is None:
        with place.made.shared():
            arn = place.channel(type="BASIC", recordingConfigurationArn=place.recording)
        place.go_live(arn)
        place.around.wait(12)
        place.stop(arn)
        place.recorded = arn
    return place.recorded


def _of(name: str, what: Callable[[dict[str, Any]], str]) -> Callable[[Place], str]:
    return lambda place: what(event_of(place, _recorded(place), name))


MEMBERS = (
    "channel_name, recording_duration_ms, recording_s3_bucket_name, recording_s3_key_prefix, "
    "recording_session_id, recording_status, recording_status_reason, stream_id"
)
for _name, _sentence, _expected, _ask in (
    (
        "Recording-Start",
        "a stream that is recorded has the event Recording Start",
        TYPE,
        _of("Recording Start", lambda e: str(e.get("detail-type"))),
    ),
    (
        "Recording-End",
        "when the stream is over, Recording End follows",
        TYPE,
        _of("Recording End", lambda e: str(e.get("detail-type"))),
    ),
    (
        "Recording-Start.members",
        "Recording Start says where the recording is",
        MEMBERS,
        _of("Recording Start", lambda e: ", ".join(sorted(e["detail"]))),
    ),
    (
        "Recording-End.members",
        "Recording End also says which streams are in the recording",
        MEMBERS.replace(
            "recording_session_id", "recording_session_id, recording_session_stream_ids"
        ),
        _of("Recording End", lambda e: ", ".join(sorted(e["detail"]))),
    ),
    (
        "no-event_name",
        "events of recordings have recording_status, and no event_name",
        "False",
        _of("Recording Start", lambda e: str("event_name" in e["detail"])),
    ),
    (
        "prefix",
        "the prefix has account, channel and the minute of the start",
        "ivs/v1/ACCOUNT/CHANNEL/Y/M/D/H/M/ID",
        _of("Recording Start", lambda e: _prefix(e["detail"])),
    ),
    (
        "reason",
        "recording_status_reason is empty unless something failed",
        "''",
        _of("Recording Start", lambda e: repr(e["detail"].get("recording_status_reason"))),
    ),
    (
        "duration-at-start",
        "recording_duration_ms is 0 at the start",
        "0",
        _of("Recording Start", lambda e: str(e["detail"].get("recording_duration_ms"))),
    ),
    (
        "streams",
        "recording_session_stream_ids has the stream of the recording",
        "the stream",
        _of("Recording End", lambda e: _streams(e["detail"])),
    ),
):
    GROUP.add(_name, _sentence, page("record-to-s3"), _expected, _ask, *LIVE)


def _prefix(detail: dict[str, Any]) -> str:
    prefix = str(detail.get("recording_s3_key_prefix"))
    return "ivs/v1/ACCOUNT/CHANNEL/Y/M/D/H/M/ID" if PREFIX.fullmatch(prefix) else "otherwise"


def _streams(detail: dict[str, Any]) -> str:
    same = detail.get("recording_session_stream_ids") == [detail.get("stream_id")]
    return "the stream" if same else "otherwise"


@GROUP.probe(
    "same-session",
    "Recording Start and Recording End have the same session and prefix",
    page("record-to-s3"),
    "the same",
    *LIVE,
)
def _same(place: Place) -> str:
    arn = _recorded(place)
    start, end = (event_of(place, arn, f"Recording {n}")["detail"] for n in ("Start", "End"))
    members = ("recording_session_id", "recording_s3_key_prefix", "recording_s3_bucket_name")
    same = all(start.get(m) and start.get(m) == end.get(m) for m in members)
    return "the same" if same else "otherwise"


@GROUP.probe(
    "in-the-session",
    "GetStreamSession says how the stream was recorded",
    model("GetStreamSession"),
    "the configuration",
    *LIVE,
)
def _in_the_session(place: Place) -> str:
    kept = place.session(_recorded(place)).get("recordingConfiguration", {})
    return "the configuration" if kept.get("arn") == place.recording else "otherwise"


@GROUP.probe(
    "not-recorded",
    "a stream of a channel without a configuration has no such event",
    page("record-to-s3"),
    "none",
    *LIVE,
)
def _not_recorded(place: Place) -> str:
    events = [e for e in place.events(place.ended) if e["detail-type"] == TYPE]
    return "some" if events else "none"


@GROUP.probe(
    "slate-deleted-early",
    "a failover slate that is CREATING cannot be deleted",
    READING,
    "409 ConflictException",
)
def _slate_deleted_early(place: Place) -> str:
    arn = place.new("CreateFailoverSlateConfiguration")
    return str(place.ask("DeleteFailoverSlateConfiguration", arn=arn))
