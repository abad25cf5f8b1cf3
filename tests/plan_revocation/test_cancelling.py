"""Jobs that are cancelled and resumed."""

from typing import Any

import pytest

from tests.outcomes import outcomes_of
from tests.plan_revocation.jobs import numbers
from tests.revocations import (
    MINUTES,
    SECONDS,
    cancel,
    resume,
    revoke,
    revoked,
    table_csv,
    upload,
    viewers,
)
from tests.worlds import OpenWorld


def test_a_job_that_is_cancelled_stops_and_reports_what_was_done(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, manifest=upload(world, table_csv(viewers(2_000)))))
        world.run_for(10 * SECONDS)
        world.deliver(cancel(world))
        world.settle()

        [cancelled] = outcomes_of(world, "Revocation Cancelled")
        assert cancelled["job"] == "job-1"
        [outcome] = outcomes_of(world, "Viewers Revoked")
        assert 0 < outcome["revoked"] == len(revoked(world)) < 1_000
        assert outcome["reason"].startswith("the revocation was cancelled")
        assert world.dead_letters() == []


def test_a_job_that_was_cancelled_may_go_on(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, manifest=upload(world, table_csv(viewers(1_500)))))
        world.run_for(10 * SECONDS)
        world.deliver(cancel(world))
        world.run_for(5 * MINUTES)
        world.deliver(resume(world))
        world.settle()

        assert [each["job"] for each in outcomes_of(world, "Revocation Resumed")] == ["job-1"]
        _, last = outcomes_of(world, "Viewers Revoked")
        assert numbers(last) == (1_500, 0, 0, 0)
        assert len(revoked(world)) == 1_500


def test_a_job_that_goes_on_before_its_report_is_not_reported_as_cancelled(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.deliver(revoke(world, manifest=upload(world, table_csv(viewers(2_000)))))
        world.run_for(10 * SECONDS)
        world.deliver(cancel(world))
        world.run_for(5 * SECONDS)
        world.deliver(resume(world))
        world.settle()

        [outcome] = outcomes_of(world, "Viewers Revoked")
        assert (numbers(outcome), outcome["reason"]) == ((2_000, 0, 0, 0), "commanded")


def test_outcomes_name_who_sent_the_command_that_they_answer(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(600), sender="mods"))
        world.run_for(5 * SECONDS)
        world.deliver(cancel(world, sender="jane"))
        world.run_for(5 * MINUTES)
        world.deliver(resume(world, sender="joe"))
        world.settle()
        world.deliver(cancel(world, command_id="late", sender="jim"))
        world.settle()

        senders = {
            "Revocation Planned": ["mods"],
            "Revocation Cancelled": ["jane"],
            "Revocation Resumed": ["joe"],
            "Viewers Revoked": ["mods", "mods"],
            "Command Refused": ["jim"],
        }
        assert {
            name: [each["sender"] for each in outcomes_of(world, name)] for name in senders
        } == senders


@pytest.mark.parametrize("steer", [cancel, resume])
def test_a_job_that_is_over_or_unknown_can_be_neither_cancelled_nor_resumed(
    open_world: OpenWorld, steer: Any
) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(2)))
        world.settle()
        world.deliver(steer(world))
        world.deliver(steer(world, job="none", command_id="second"))
        world.settle()

        errors = [refused["errors"] for refused in outcomes_of(world, "Command Refused")]
        assert errors == [["job: job-1 is over"], ["job: there is no job 'none'"]]
