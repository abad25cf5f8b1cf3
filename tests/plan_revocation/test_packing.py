"""Whatever text is in a job, each of its items is one that DynamoDB takes."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from random import Random
from string import ascii_letters, digits
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ivskit.automation.jobs import JobTable
from ivskit.commands import RevokeViewers
from ivskit.jobs.records import Begun, Job, Part, Rejected, SkippedChannel
from ivskit.outcomes import RevocationPlanned
from ivskit.viewers import Viewer
from plan_revocation.manifest import LONGEST_REASON
from plan_revocation.packing import Packing
from plan_revocation.survey import Seen
from tests.samples import CHANNEL

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
BEGUN = Begun(event_id="event", at=NOW, reason="over")
REQUEST = RevokeViewers(
    command_id="job-1", issued_at=NOW, viewers=({"channel_arn": CHANNEL, "viewer_id": "one"},)
)
PLANNED = RevocationPlanned(
    cause="job-1",
    reason="over",
    mode="enforce",
    at=NOW,
    event_id="event",
    pairs=1,
    calls=1,
    eta_seconds=1,
    rejected=0,
    skipped=0,
    advice=(),
)
LETTERS = ["".join(map(chr, range(32))), "".join(map(chr, range(0x4E00, 0x9FA5))), "😀😁😂🙈🙉🙊"]


@pytest.fixture
def jobs() -> Iterator[JobTable]:
    """A table that refuses, as DynamoDB does, an item of more than 400 KB."""
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name="us-west-2")
        client.create_table(
            TableName="jobs",
            KeySchema=[
                {"AttributeName": "job", "KeyType": "HASH"},
                {"AttributeName": "item", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "job", "AttributeType": "S"},
                {"AttributeName": "item", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield JobTable(client, table="jobs")


def chance() -> Random:
    """Always the same."""
    return Random(1)


def begun(jobs: JobTable, left: Iterable[SkippedChannel] = ()) -> Job:
    """A job in the table."""
    return jobs.begin(REQUEST, BEGUN, PLANNED, list(left))


def packed(rows: Iterable[Viewer | Rejected]) -> list[Part]:
    """The parts of these rows."""
    numbered = (((number,), row) for number, row in enumerate(rows))
    return list(Packing((), None).parts(numbered, Seen()))


@pytest.mark.parametrize("letters", LETTERS, ids=["control", "chinese", "emoji"])
def test_a_part_of_rejected_rows_is_kept_whatever_they_say(jobs: JobTable, letters: str) -> None:
    some, job = chance(), begun(jobs)
    reasons = ["".join(some.choices(letters, k=LONGEST_REASON)) for _ in range(1_000)]
    rejected = [Rejected(row=number, reason=reason) for number, reason in enumerate(reasons)]

    for part in packed(rejected):
        jobs.add_part(job, part)

    assert list(jobs.rejected("job-1")) == rejected


def test_a_part_of_pairs_is_kept_however_long_they_are(jobs: JobTable) -> None:
    some, job = chance(), begun(jobs)
    ids = ["".join(some.choices("0123456789abcdef", k=9_000)) for _ in range(100)]
    viewers = [Viewer(f"{CHANNEL}{each}", "one", 0) for each in ids]

    for part in packed(viewers):
        jobs.add_part(job, part)

    assert [pair for part in jobs.parts("job-1") for pair in part.pairs] == viewers


def test_channels_that_are_left_alone_are_kept_however_many_they_are(jobs: JobTable) -> None:
    some = chance()
    ids = ["".join(some.choices(ascii_letters + digits, k=12)) for _ in "x" * 40_000]
    left = [
        SkippedChannel(channel_arn=f"{CHANNEL}{each}", viewers=1, reason="gone") for each in ids
    ]

    begun(jobs, left)

    assert jobs.skipped("job-1") == left
