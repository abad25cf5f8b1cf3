"""The table of recordings, on moto."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ivskit.formats import NewerRelease
from ivskit.recordings.records import Recording, Rendition
from ivskit.recordings.table import RecordingTable
from tests.samples import CHANNEL, STREAM

TABLE = "recordings"
NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def client() -> Iterator[Any]:
    """A client of an account with the table."""
    with mock_aws():
        client = boto3.client("dynamodb", "us-west-2")
        keys: Any = {"channel_arn": "HASH", "recording": "RANGE"}
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
            KeySchema=[{"AttributeName": k, "KeyType": kind} for k, kind in keys.items()],
        )
        yield client


@pytest.fixture
def table(client: Any) -> RecordingTable:
    return RecordingTable(client, table=TABLE)


def recording(at: datetime = NOW, **changed: Any) -> Recording:
    said = {
        "channel_arn": CHANNEL,
        "recording": f"{at:%Y-%m-%dT%H:%M}/one",
        "status": "ended",
        "noted_at": at,
        "stream_ids": (STREAM,),
        "bucket": "b",
        "renditions": (Rendition(playlist="p", height=720), Rendition(playlist="q")),
    }
    return Recording.model_validate(said | changed)


def test_what_is_noted_is_read_as_it_was(table: RecordingTable) -> None:
    noted = table.note(recording(duration_ms=5, failure="why"))

    assert noted == recording(duration_ms=5, failure="why")
    assert list(table.of_channel(CHANNEL)) == [noted]


def test_an_older_note_changes_nothing(table: RecordingTable) -> None:
    ended = table.note(recording(NOW))
    begun = recording(NOW, status="recording", noted_at=NOW - HOUR)

    assert table.note(begun) == ended
    assert list(table.of_channel(CHANNEL)) == [ended]


def test_a_newer_note_replaces_what_the_older_said_and_adds_its_streams(
    table: RecordingTable,
) -> None:
    table.note(recording(unread="not readable", started_at=NOW))
    newer = table.note(recording(noted_at=NOW + HOUR, stream_ids=("st-b",)))

    assert newer.unread is None
    assert newer.started_at == NOW
    assert newer.stream_ids == (STREAM, "st-b")


@pytest.mark.parametrize("earlier", [".999999", ""])
def test_times_compare_as_times_and_not_as_texts(table: RecordingTable, earlier: str) -> None:
    at = datetime.fromisoformat(f"2026-11-20T17:59:59{earlier}+00:00")
    later = datetime.fromisoformat("2026-11-20T20:00:00.500+02:00")
    table.note(recording(noted_at=at))

    assert table.note(recording(noted_at=later, status="end failed")).status == "end failed"


def test_a_channel_is_read_newest_first_and_as_far_back_as_asked(table: RecordingTable) -> None:
    all_of_them = [table.note(recording(NOW - hours * HOUR)) for hours in range(4)]

    assert list(table.of_channel(CHANNEL)) == all_of_them
    assert list(table.of_channel(CHANNEL, since=NOW - 2 * HOUR)) == all_of_them[:3]
    assert list(table.of_channel(CHANNEL, Limit=1)) == all_of_them


def test_the_recording_of_a_stream_is_found_where_it_continues_an_older_one(
    table: RecordingTable,
) -> None:
    old = table.note(recording(NOW - 40 * HOUR, stream_ids=(STREAM, "st-b")))
    table.note(recording(NOW, stream_ids=("st-c",)))
    table.note(recording(recording="stream/st-b", status="missing", stream_ids=("st-b",)))

    assert table.of_stream(CHANNEL, "st-b", started_at=NOW) == old
    assert table.of_stream(CHANNEL, "st-d", started_at=NOW) is None


def test_what_is_missing_is_forgotten_once_it_is_there(table: RecordingTable) -> None:
    table.note(recording(recording=f"stream/{STREAM}", status="missing"))
    table.forget_missing(CHANNEL, STREAM)

    assert list(table.of_channel(CHANNEL)) == []


def test_items_expire_only_where_that_is_set(client: Any, table: RecordingTable) -> None:
    RecordingTable(client, table=TABLE, forget_after=HOUR).note(recording())
    [item] = client.scan(TableName=TABLE)["Items"]
    assert item["expires_at"] == {"N": str(int((NOW + HOUR).timestamp()))}

    table.note(recording(NOW - HOUR))
    [item] = [each for each in client.scan(TableName=TABLE)["Items"] if "expires_at" not in each]
    assert item["recording"]["S"].startswith("2026-11-20T16:00")


def test_an_item_of_a_newer_release_is_refused(client: Any, table: RecordingTable) -> None:
    table.note(recording())
    client.update_item(
        TableName=TABLE,
        Key={"channel_arn": {"S": CHANNEL}, "recording": {"S": recording().recording}},
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues={":v": {"N": "99"}},
    )

    with pytest.raises(NewerRelease, match="recording: v: at most 1, not 99"):
        list(table.of_channel(CHANNEL))
