"""Revocations from command to report: lists, products, advice, and the order of jobs."""

from datetime import timedelta

import pytest

from ivskit.automation.jobs import JobTable
from plan_revocation.advice import advice
from tests.outcomes import outcomes_of
from tests.plan_revocation.jobs import BATCH, SINGLE, asked, numbers, planned
from tests.revocations import (
    MINUTES,
    OTHER,
    SECONDS,
    calls,
    cancel,
    report,
    revoke,
    revoked,
    table_csv,
    upload,
    viewers,
)
from tests.samples import CHANNEL
from tests.worlds import OpenWorld


def test_a_few_viewers_are_revoked_at_once_one_by_one(open_world: OpenWorld) -> None:
    with open_world() as world:
        began = world.now
        outcome = asked(world, viewers=viewers(3), reason="refunded")

        assert revoked(world) == {f"viewer-{number}": 7 for number in range(3)}
        assert (numbers(outcome), outcome["cause"]) == ((3, 0, 0, 0), "job-1")
        assert (calls(world, SINGLE), calls(world, BATCH)) == (3, 0)
        assert (planned(world)["pairs"], planned(world)["calls"]) == (3, 3)
        assert world.now - began < 3 * SECONDS


def test_many_viewers_are_revoked_by_twenties_and_named_in_one_report(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        outcome = asked(world, viewers=viewers(101))

        assert len(revoked(world)) == 101
        assert (calls(world, SINGLE), calls(world, BATCH)) == (0, 6)
        assert (planned(world)["calls"], planned(world)["eta_seconds"]) == (6, 3)
        assert (numbers(outcome), report(world, outcome)) == ((101, 0, 0, 0), [])


def test_every_channel_times_every_viewer_is_revoked_up_to_the_second_of_the_command(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        second = int(world.now.timestamp())
        ids = [f"viewer-{number}" for number in range(30)]
        asked(world, channel_arns=[CHANNEL], viewer_ids=[*ids, *ids])

        assert revoked(world) == dict.fromkeys(ids, second)
        assert planned(world)["advice"] == [
            f"Revoking does nothing on a channel that is not private: {CHANNEL}."
        ]


def test_the_same_command_twice_is_one_job(open_world: OpenWorld) -> None:
    with open_world() as world:
        command = revoke(world, viewers=viewers(50))
        for _ in range(3):
            world.deliver(command)
        world.run_for(5 * MINUTES)
        called = calls(world, BATCH)
        world.deliver(command)
        world.run_for(2 * timedelta(hours=1))
        world.deliver(command)  # too late by now, and known
        world.settle()

        [outcome] = outcomes_of(world, "Viewers Revoked")
        assert numbers(outcome) == (50, 0, 0, 0)
        assert calls(world, BATCH) == called
        assert planned(world)["pairs"] == 50


def test_a_command_that_comes_too_late_begins_nothing(open_world: OpenWorld) -> None:
    with open_world() as world:
        late = [revoke(world, viewers=viewers(5)), cancel(world)]
        world.run_for(timedelta(hours=2))
        for command in late:
            world.deliver(command)
        world.settle()

        assert len(outcomes_of(world, "Command Refused")) == 2
        assert revoked(world) == {}


def test_a_small_command_overtakes_a_mass_job(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, manifest=upload(world, table_csv(viewers(3_000)))))
        world.run_for(5 * SECONDS)
        world.deliver(revoke(world, command_id="few", viewers=viewers(4)))
        world.run_for(3 * SECONDS)

        [outcome] = outcomes_of(world, "Viewers Revoked")
        assert (outcome["cause"], numbers(outcome)) == ("few", (4, 0, 0, 0))
        world.settle()
        assert {each["cause"] for each in outcomes_of(world, "Viewers Revoked")} == {"few", "job-1"}


def test_the_plan_of_a_second_mass_job_says_how_long_it_waits(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, manifest=upload(world, table_csv(viewers(2_000)))))
        world.run_for(SECONDS)
        world.deliver(revoke(world, command_id="job-2", viewers=viewers(100)))
        world.run_for(SECONDS)

        second = outcomes_of(world, "Revocation Planned")[1]
        assert second["calls"] == 5
        assert second["eta_seconds"] > 30


def test_a_job_comes_with_advice(open_world: OpenWorld) -> None:
    with open_world(policy={"mode": "enforce"}) as world:
        rows = [{**each, "up_to_version": 0} for each in viewers(100)]
        body = table_csv(rows) + b"x\n"
        world.deliver(revoke(world, manifest=upload(world, body)))
        world.run_for(SECONDS)

        _, version, wrong = planned(world)["advice"]
        assert version.startswith("100 viewer(s) are revoked up to version 0")
        assert wrong.startswith("1 row(s) name no viewer")


@pytest.mark.parametrize(("minutes", "is_long"), [(15, False), (16, True)])
def test_of_a_long_job_the_faster_cure_is_named(minutes: int, is_long: bool) -> None:
    sentences = list(
        advice(pairs=1, skipped=(), rejected=0, public=(), without_version=0, eta=minutes * MINUTES)
    )

    cure = f"This takes 0:{minutes}:00. Deleting the playback key pair is faster"
    assert [each.startswith(cure) for each in sentences] == [True] * is_long


def test_a_job_that_revokes_nobody_says_so_and_why(open_world: OpenWorld) -> None:
    with open_world() as world:
        body = table_csv(viewers(2, channel_arn=OTHER)) + b"no,such,row\n"
        outcome = asked(world, manifest=upload(world, body), reason="the show is over")

        assert planned(world)["advice"] == [
            "No viewers are revoked: 2 viewer(s) are on skipped channels, and 1 row(s) name"
            " no viewer; the report gives the reasons."
        ]
        assert outcome["reason"] == "no viewers were revoked: the show is over"
        assert numbers(outcome) == (0, 0, 1, 2)


def test_the_state_of_a_job_can_be_read_while_it_runs(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(400)))
        world.run_for(5 * SECONDS)

        name = "/ivskit/dev/jobs"
        table = world.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        done = JobTable(world.client("dynamodb"), table=table).done("job-1", 0)
        assert done is not None
        assert 0 < done.revoked == 20 * len(done.chunks) < 400
