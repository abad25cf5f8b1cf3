"""What this release writes is read by the models of the last one, and the other way round."""

import json
import zlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import jsonschema
import pytest
from moto import mock_aws

from ivskit import formats, names
from ivskit.audience import Audience
from ivskit.automation.memory import Memory
from ivskit.automation.messages.revocation import (
    Chunk,
    ContinuePlanning,
    FinishJob,
    RevocationMessage,
    parse_revocation_message,
)
from ivskit.automation.records import Remembered
from ivskit.formats import NewerRelease
from ivskit.jobs.items import JobItems
from ivskit.outcomes import FORMER_NAMES
from ivskit.pause_state import Paused, standing
from ivskit.viewers import Viewer
from tests.samples import CHANNEL
from tests.upgrades.moments import Moment
from tests.upgrades.record import recorded

_VIEWER = Viewer(CHANNEL, "ann", 7)
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
SCHEMAS = recorded("schemas")
EXAMPLES = recorded("examples")
# What no model reads: who holds the channel, what the index is by, and what others share.
_BESIDE = {
    "channel_arn", "fence", "lease_owner", "lease_until", "watched", "v",
    "seen_tags", "seen_tags_at", "welcomes", "welcome_number", "welcome_message",
}  # fmt: skip

# What the last release has none of: it reads the attributes that it knows, and no others.
_NEW = {"playback", "restricted"}


def check(value: Any, schema: Mapping[str, Any]) -> None:
    """Raise ValidationError where the last release could not read this."""
    jsonschema.validate(value, schema, format_checker=jsonschema.FormatChecker())


def of_channels(moment: Moment) -> Iterator[Mapping[str, Any]]:
    """The items of the memory table that are about channels, or the sweep's."""
    for item in moment["tables"]["memory"]:
        if "fence" in item:
            yield item


def unzipped(attribute: Mapping[str, str]) -> Any:
    """The value in an attribute that holds compressed JSON."""
    return json.loads(zlib.decompress(b64decode(attribute["B"])))


def test_the_last_release_reads_what_this_one_remembers(moment_of_this: Moment) -> None:
    seen: set[str] = set()
    for item in of_channels(moment_of_this):
        fields = {name: json.loads(each["S"]) for name, each in item.items() if name not in _BESIDE}
        check(fields, SCHEMAS["kept"]["memory"])
        seen |= fields.keys()
        for cause in fields.get("causes", ()):
            answered = {name: cause[name] for name in ("cause", "at", "event_id")}
            check({**answered, **cause["detail"]}, SCHEMAS["outcomes"][cause["outcome"]])
    assert seen == Remembered.model_fields.keys() - {"unblocked_at"} - _NEW


def test_the_last_release_reads_the_jobs_of_this_one(moment_of_this: Moment) -> None:
    kinds = set()
    for item in moment_of_this["tables"]["jobs"]:
        kind = item["item"]["S"].partition("#")[0]
        kinds.add(kind if kind in _OF_JOBS else "listed")
        if kind in _OF_JOBS:
            _OF_JOBS[kind](item)
    assert kinds == {*_OF_JOBS, "listed"}


def _job(item: Mapping[str, Any]) -> None:
    check(json.loads(item["begun"]["S"]), SCHEMAS["kept"]["begun"])
    planned = json.loads(item["planned"]["S"])
    check(planned, SCHEMAS["kept"]["planned"])
    assert planned["kept"] == planned["skipped"]


def _part(item: Mapping[str, Any]) -> None:
    part = {"pairs": [], "rejected": unzipped(item["rejected"])}
    check({**json.loads(item["progress"]["S"]), **part}, SCHEMAS["kept"]["part"])
    assert all(len(pair) == 3 for pair in unzipped(item["pairs"]))


def _request(item: Mapping[str, Any]) -> None:
    check(unzipped(item["request"]), SCHEMAS["messages"][names.COMMAND][names.REVOKE_VIEWERS])


def _left(item: Mapping[str, Any]) -> None:
    for each in unzipped(item["left_alone"]):
        check(each, SCHEMAS["kept"]["left_alone"])


def _done(item: Mapping[str, Any]) -> None:
    assert item.keys() >= {"done", "chunks", "revoked", "failed", "expires_at"}


_OF_JOBS = {"job": _job, "part": _part, "request": _request, "left": _left, "done": _done}


def test_the_last_release_reads_the_messages_of_this_one(moment_of_this: Moment) -> None:
    kinds = set()
    for message in moment_of_this["messages"]:
        body = message["body"]
        if body["source"] != names.IVS:
            kind = body["source"], body["detail-type"]
            check(body["detail"], SCHEMAS["messages"][kind[0]][kind[1]])
            kinds.add(kind)
    assert kinds == {
        (names.COMMAND, names.BLOCK_CHANNEL),
        (names.COMMAND, names.PUSH_METADATA),
        (names.COMMAND, names.STOP_STREAM),
        (names.LOOK_AGAIN_SOURCE, names.LOOK_AGAIN),
        (names.FORMER_REVOCATION_SOURCE, "Revoke Chunk"),
    }


@pytest.mark.parametrize(
    "message",
    [
        ContinuePlanning(job="job", event_id="event", part=3),
        FinishJob(job="job", event_id="event"),
        Chunk(
            job="job", event_id="event", way="single", number=0, of=1, size=1, viewers=(_VIEWER,)
        ),
    ],
)
def test_the_last_release_reads_what_revocations_send(message: RevocationMessage) -> None:
    body = json.loads(message.message())
    check(body["detail"], SCHEMAS["messages"][body["source"]][body["detail-type"]])


def test_the_last_release_reads_a_pause_of_this_one() -> None:
    paused = Paused(since=NOW, by="ada", reason="a test", commands_too=True)
    check(json.loads(paused.model_dump_json(exclude_none=True)), SCHEMAS["kept"]["pause"])


# What the last release wrote.


def test_a_memory_with_every_field_is_read() -> None:
    item = {name: json.loads(each["S"]) for name, each in EXAMPLES["memory"].items()}
    remembered = Remembered.model_validate(item)

    assert item.keys() == Remembered.model_fields.keys() - _NEW
    assert remembered.model_dump(mode="json", exclude_unset=True) == item
    for former, name in FORMER_NAMES.items():
        answer = remembered.answer_to(former, CHANNEL)
        assert answer is not None
        assert answer.name == name


@pytest.mark.parametrize("moment", ["moment_of_last", "moment_of_this"])
def test_a_moment_has_every_kind_of_item(moment: str, request: pytest.FixtureRequest) -> None:
    """So that neither release is tested by the other on half of what there is."""
    tables = request.getfixturevalue(moment)["tables"]
    memory = {name for item in of_channels({"tables": tables}) for name in item}
    assert memory >= Remembered.model_fields.keys() - {"unblocked_at"} - _NEW
    others = {item["channel_arn"]["S"] for item in tables["memory"] if "fence" not in item}
    assert others == {"shedding", "permits: rotate_stream_key CreateStreamKey"}
    assert len(tables["audience"]) == 2


def test_messages_of_both_names_are_read() -> None:
    plan_on, finish = EXAMPLES["messages"]["Plan On"], EXAMPLES["messages"]["Finish Job"]
    assert parse_revocation_message(plan_on) == ContinuePlanning(
        job="mass", event_id="event of mass", part=0
    )
    assert parse_revocation_message({**plan_on, "detail-type": "Continue Planning"}) == (
        parse_revocation_message(plan_on)
    )
    assert parse_revocation_message(finish) == FinishJob(job="mass", event_id="event of mass")


def test_a_pause_of_the_last_release_is_read() -> None:
    read = standing(EXAMPLES["pause"])
    assert read is not None
    assert (read.sentence, read.commands_too) == (
        "paused since 2026-11-20T18:00:00Z by ada (a test)",
        True,
    )


# What a newer release may write one day.


def test_all_that_is_kept_and_sent_has_the_number_of_its_format(moment_of_this: Moment) -> None:
    tables = moment_of_this["tables"]
    for item in (*tables["memory"], *tables["jobs"], *tables["audience"]):
        assert item["v"] == {"N": "1"}, item
    bodies = [message["body"] for message in moment_of_this["messages"]]
    # What comes from a bus has the version of its envelope, by EventBridge.
    assert {body["v"] for body in bodies if "version" not in body} == {1}


NEWER = "written by a newer release of ivskit: .*: v: at most 1, not 2"


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    """Tables for every kind of item."""
    with mock_aws():
        client: Any = boto3.client("dynamodb")
        for table, keys in _KEYS.items():
            client.create_table(
                TableName=table,
                KeySchema=[
                    {"AttributeName": keys[0], "KeyType": "HASH"},
                    *({"AttributeName": key, "KeyType": "RANGE"} for key in keys[1:]),
                ],
                AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
                BillingMode="PAY_PER_REQUEST",
            )
        yield client


_KEYS = {
    "memory": ["channel_arn"],
    "jobs": ["job", "item"],
    "audience": ["channel_shard", "viewer_id"],
}


def test_memory_of_a_newer_format_is_refused_and_its_lease_given_up(dynamodb: Any) -> None:
    key = {"channel_arn": {"S": CHANNEL}}
    dynamodb.put_item(TableName="memory", Item={**key, "v": {"N": "2"}, "intent": {"S": "new"}})
    memory = Memory(dynamodb, table="memory", owner="stop_stream", clock=lambda: NOW)

    with pytest.raises(NewerRelease, match=NEWER), memory.lease(CHANNEL):
        pass
    with pytest.raises(NewerRelease, match=NEWER):
        memory.recall([CHANNEL])
    item = dynamodb.get_item(TableName="memory", Key=key)["Item"]
    assert (item["lease_until"], item["v"]) == ({"N": "0"}, {"N": "2"})


def test_items_of_a_revocation_of_a_newer_format_are_refused(dynamodb: Any) -> None:
    items = JobItems(dynamodb, table="jobs")
    newer = {"job": {"S": "job mass"}, "item": {"S": "part#000000"}, "v": {"N": "2"}}
    dynamodb.put_item(TableName="jobs", Item=newer)

    with pytest.raises(NewerRelease, match=NEWER):
        items.get("mass", "part#000000")
    with pytest.raises(NewerRelease, match=NEWER):
        list(items.query("mass", "part#"))


def test_recorded_viewers_of_a_newer_format_are_refused(dynamodb: Any) -> None:
    audience = Audience(dynamodb, table="audience")
    audience.record(CHANNEL, "ann", 7, now=NOW)
    (item,) = dynamodb.scan(TableName="audience")["Items"]
    dynamodb.put_item(TableName="audience", Item={**item, "v": {"N": "2"}})

    with pytest.raises(NewerRelease, match=NEWER):
        list(audience.of(CHANNEL, now=NOW + timedelta(minutes=1)))


@pytest.mark.parametrize("number", [1, None, "text"])
def test_messages_of_formats_that_are_known_are_taken(number: Any) -> None:
    formats.check_message({} if number is None else {"v": number})


def test_a_message_of_a_newer_format_is_refused() -> None:
    with pytest.raises(NewerRelease, match=NEWER):
        formats.check_message({"v": 2})
