"""Publishing outcomes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ivskit.automation.bus import Bus
from ivskit.changes import MissedChange, parse_change
from ivskit.errors import Unavailable
from ivskit.outcomes import CommandRefused, Outcome, RotationSkipped
from tests.samples import CHANNEL, STREAM, sample

AT = datetime(2026, 11, 20, 17, tzinfo=UTC)
KEPT = RotationSkipped(
    cause="st-1", channel_arn=CHANNEL, reason="r", mode="enforce", at=AT, event_id="e-1"
)
REFUSED = CommandRefused(
    command="Stop Stream",
    cause="c",
    reason="r",
    mode="enforce",
    at=AT,
    event_id="e-2",
    errors=("e",),
    original="{}",
)


@pytest.fixture
def events() -> Iterator[tuple[Bus, Stubber]]:
    """A bus, and what EventBridge answers."""
    client = boto3.client("events")
    with Stubber(client) as stub:
        yield Bus(client, name="ivskit-dev"), stub


def entry(name: str, detail: dict[str, Any], *resources: str) -> dict[str, Any]:
    """What is expected to be put."""
    common = {"EventBusName": "ivskit-dev", "Source": "ivskit.outcome"}
    return common | {
        "DetailType": name,
        "Detail": json.dumps(detail, separators=(",", ":")),
        "Resources": list(resources),
    }


def test_outcomes_go_out_in_one_call_with_their_channel(events: tuple[Bus, Stubber]) -> None:
    bus, stub = events
    skipped = KEPT.model_dump(mode="json", exclude_none=True)
    refused = REFUSED.model_dump(mode="json", exclude_none=True)
    entries = [entry("Rotation Skipped", skipped, CHANNEL), entry("Command Refused", refused)]
    answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}, {"EventId": "2"}]}
    stub.add_response("put_events", answer, {"Entries": entries})

    bus.publish([KEPT, REFUSED])

    stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("outcomes", "calls"),
    [
        ([KEPT] * 21, [10, 10, 1]),
        ([REFUSED.model_copy(update={"original": "x" * 100_000})] * 3, [2, 1]),
        ([REFUSED.model_copy(update={"original": "x" * 250_000}), KEPT], [1, 1]),
        ([], []),
    ],
)
def test_a_call_takes_ten_outcomes_and_so_many_bytes(
    events: tuple[Bus, Stubber], outcomes: list[Outcome], calls: list[int]
) -> None:
    bus, stub = events
    for count in calls:
        answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}] * count}
        stub.add_response("put_events", answer)

    bus.publish(outcomes)

    stub.assert_no_pending_responses()


def test_one_refused_entry_makes_the_whole_record_come_back(events: tuple[Bus, Stubber]) -> None:
    bus, stub = events
    refused = {"ErrorCode": "InternalFailure", "ErrorMessage": "later"}
    answer = {"FailedEntryCount": 1, "Entries": [{"EventId": "1"}, refused]}
    stub.add_response("put_events", answer)

    with pytest.raises(Unavailable, match="InternalFailure: later"):
        bus.publish([KEPT, REFUSED])


def missed(name: str) -> MissedChange:
    """A change whose event got lost."""
    about = {"channel_arn": CHANNEL, "channel_name": "Your-Channel", "stream_id": STREAM}
    return MissedChange.model_validate({"event_name": name, "at": AT, **about})


def test_a_missed_change_is_published_as_ivs_would_have_sent_it(
    events: tuple[Bus, Stubber],
) -> None:
    bus, stub = events
    original = sample("stream-state-change.stream-end")
    entry = {
        "EventBusName": "ivskit-dev",
        "Source": "ivskit.reconcile",
        "DetailType": original["detail-type"],
        "Time": AT,
        "Detail": json.dumps({**original["detail"], "channel_name": "Your-Channel"}),
        "Resources": [CHANNEL],
    }
    answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
    stub.add_response("put_events", answer, {"Entries": [entry]})

    bus.republish([missed("Stream End")])

    stub.assert_no_pending_responses()
    published = {"source": entry["Source"], "detail": json.loads(str(entry["Detail"]))}
    assert parse_change({**original, **published}).channel_arn == CHANNEL


def test_any_number_of_missed_changes_is_published(events: tuple[Bus, Stubber]) -> None:
    bus, stub = events
    for count in (10, 1):
        answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}] * count}
        stub.add_response("put_events", answer)

    bus.republish([missed("Stream Start")] * 11)
    bus.republish([])

    stub.assert_no_pending_responses()
