"""Revocations by manifest: what can be read, and what is refused."""

import gzip
from datetime import timedelta

import pytest

from ivskit.automation.messages.revocation import CHUNKS_PER_PART, PAIRS_PER_PART
from tests.outcomes import outcomes_of
from tests.plan_revocation.jobs import BATCH, asked, numbers
from tests.revocations import (
    MINUTES,
    SECONDS,
    calls,
    report,
    report_bucket,
    revoke,
    revoked,
    table_csv,
    upload,
    viewers,
)
from tests.samples import CHANNEL
from tests.worlds import OpenWorld


@pytest.mark.parametrize("zipped", [False, True])
def test_a_manifest_of_many_parts_is_revoked_and_its_invalid_rows_are_reported(
    open_world: OpenWorld, zipped: bool
) -> None:
    with open_world() as world:
        rows = viewers(2 * PAIRS_PER_PART + 10)
        body = table_csv([*rows, {**rows[0], "up_to_version": 9}]) + b"no,such,row\n"
        uri = upload(world, gzip.compress(body) if zipped else body)

        outcome = asked(world, manifest=uri)

        assert len(revoked(world)) == len(rows)
        assert revoked(world)["viewer-0"] == 9
        assert calls(world, BATCH) == 2 * CHUNKS_PER_PART + 1
        assert numbers(outcome) == (len(rows), 0, 1, 0)
        [line] = report(world, outcome)
        assert line["row"] == len(rows) + 3
        assert "channel_arn" in line["reason"]


@pytest.mark.parametrize(
    "written",
    [
        "channel_arn,viewer_id,up_to_version\r{arn},ann,7\r{arn},bob,7\r",
        'channel_arn, viewer_id\n{arn}, "ann"\n{arn}, "bob"\n',
        "sep=;\r\nchannelArn;viewerId\r\n{arn};ann\r\n{arn};bob",
    ],
    ids=["CR alone", "blanks before quotes", "semicolons"],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_whatever_writes_a_manifest_the_viewers_whom_it_names_are_revoked(
    open_world: OpenWorld, written: str, encoding: str
) -> None:
    with open_world() as world:
        body = written.format(arn=CHANNEL).encode(encoding)
        outcome = asked(world, manifest=upload(world, body))

        assert numbers(outcome) == (2, 0, 0, 0)
        assert sorted(revoked(world)) == ["ann", "bob"]


@pytest.mark.parametrize(
    ("manifest", "wrong"),
    [
        ("s3://elsewhere/list.csv", "elsewhere is not among the buckets"),
        ("s3://{bucket}/manifests/none.csv", "does not exist, or ivskit may not read it"),
        ("s3://{bucket}/manifests/picture", "looks like a PNG picture"),
        ("s3://{bucket}/manifests/header", "names no viewer"),
        ("s3://{bucket}/private/list.csv", "does not exist, or ivskit may not read it"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_refused_at_once(
    open_world: OpenWorld, manifest: str, wrong: str
) -> None:
    with open_world() as world:
        upload(world, b"\x89PNG", key="manifests/picture")
        upload(world, table_csv([]), key="manifests/header")
        world.deliver(revoke(world, manifest=manifest.format(bucket=report_bucket(world))))
        world.settle()

        [refused] = outcomes_of(world, "Command Refused")
        assert wrong in refused["errors"][0]
        assert outcomes_of(world, "Revocation Planned") == []
        assert world.dead_letters() == []


def test_a_bucket_that_is_busy_is_asked_again(open_world: OpenWorld) -> None:
    with open_world() as world:
        uri = upload(world, table_csv(viewers(2)))
        world.gate.fault("s3", "GetObject", "InternalError", 500, times=2)
        world.gate.fault("s3", "HeadObject", "SlowDown", 503)

        assert numbers(asked(world, manifest=uri)) == (2, 0, 0, 0)


def test_a_manifest_that_changes_while_it_is_read_ends_there(open_world: OpenWorld) -> None:
    with open_world() as world:
        uri = upload(world, table_csv(viewers(PAIRS_PER_PART + 100)))
        kill = world.gate.kill(function="plan_revocation", call="SendMessageBatch", when="after")
        world.deliver(revoke(world, manifest=uri))
        world.run_for(SECONDS)
        assert kill.struck
        upload(world, table_csv(viewers(5)))

        world.run_for(40 * MINUTES)

        [outcome] = outcomes_of(world, "Viewers Revoked")
        assert numbers(outcome) == (PAIRS_PER_PART, 0, 1, 0)
        assert report(world, outcome) == [
            {"row": None, "reason": "manifest: it has changed since the job began"}
        ]


def test_planning_that_takes_long_goes_on_where_it_was_left(open_world: OpenWorld) -> None:
    with open_world() as world:
        slow = {"SendMessageBatch": 3 * SECONDS}
        world.gate.round_trip = lambda service, operation: slow.get(operation, timedelta())
        outcome = asked(world, manifest=upload(world, table_csv(viewers(3 * PAIRS_PER_PART))))

        put_off = outcomes_of(world, "Will Look Again")
        assert {each["purpose"] for each in put_off} == {"continue planning"}
        assert numbers(outcome) == (3 * PAIRS_PER_PART, 0, 0, 0)
        assert calls(world, BATCH) <= 3 * CHUNKS_PER_PART + 10


def test_a_survey_that_takes_long_leaves_time_to_plan(open_world: OpenWorld) -> None:
    with open_world() as world:
        slow = {"SendMessageBatch": 3 * SECONDS, "GetObject": 70 * SECONDS}
        world.gate.round_trip = lambda service, operation: slow.get(operation, timedelta())
        outcome = asked(world, manifest=upload(world, table_csv(viewers(4 * PAIRS_PER_PART))))

        assert numbers(outcome) == (4 * PAIRS_PER_PART, 0, 0, 0)
        assert calls(world, "GetObject") == 4  # two to begin, two to go on
