"""What outlives an outage of IVS: every pair is revoked in the end, and counted once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from ivskit.automation.jobs import JobTable
from ivskit.jobs.progress import STALLED_AFTER
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response, When
from ivskit_local.runtime.world import World
from revoke_viewers.decide import LONGEST_OUTAGE
from tests.outcomes import outcomes_of
from tests.pauses import pause
from tests.pauses import resume as unpause
from tests.revocations import MINUTES, SECONDS, report, resume, revoke, revoked, viewers
from tests.worlds import OpenWorld

BATCH, SINGLE = "BatchStartViewerSessionRevocation", "StartViewerSessionRevocation"
HOURS = timedelta(hours=1)
MANY, FEW = 60, 7


def jobs(world: World) -> JobTable:
    """The table of jobs."""
    name = "/ivskit/dev/jobs"
    table = world.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    return JobTable(world.client("dynamodb"), table=table)


def out_of_order(
    world: World,
    until: datetime,
    *,
    code: str = "InternalServerException",
    status: int = 500,
    when: When = "before",
    whom: Callable[[str], bool] = lambda viewer_id: True,
) -> None:
    """Until then, IVS fails calls that name these viewers."""

    def failing(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        named = request.parameters.get("viewerSessions", [request.parameters])
        if world.now >= until or not any(whom(each["viewerId"]) for each in named):
            return proceed(request.parameters)
        if when == "after":
            proceed(request.parameters)
        raise request.refused(code, "out of order", status=status)

    for operation in (BATCH, SINGLE):
        world.gate.own["ivs", operation] = failing


def counts(world: World) -> list[tuple[int, int]]:
    """Revoked and failed, each time a job was over."""
    return [(each["revoked"], each["failed"]) for each in outcomes_of(world, "Viewers Revoked")]


@pytest.mark.parametrize("count", [FEW, MANY])
@pytest.mark.parametrize("lasts", [25 * MINUTES, 5 * HOURS])
@pytest.mark.parametrize(
    ("code", "status", "when"),
    [
        ("InternalServerException", 500, "before"),
        ("ServiceUnavailable", 503, "after"),
        ("ThrottlingException", 429, "before"),
    ],
)
def test_a_revocation_outlives_an_outage_and_counts_each_pair_once(
    open_world: OpenWorld, count: int, lasts: timedelta, code: str, status: int, when: When
) -> None:
    with open_world() as world:
        began = world.now
        out_of_order(world, began + lasts, code=code, status=status, when=when)
        world.deliver(revoke(world, viewers=viewers(count)))
        world.settle()

        assert counts(world) == [(count, 0)]
        assert len(revoked(world)) == count
        assert world.dead_letters() == []
        assert lasts < world.now - began < lasts + 20 * MINUTES
        [stalled] = outcomes_of(world, "Revocation Stalled")
        assert (stalled["cause"], code in stalled["error"]) == ("job-1", True)
        assert datetime.fromisoformat(stalled["since"]) - began < SECONDS * 5


@pytest.mark.parametrize("count", [FEW, MANY])
def test_calls_that_time_out_for_hours_use_up_no_tries(open_world: OpenWorld, count: int) -> None:
    with open_world() as world:
        until = world.now + 3 * HOURS
        slow = {BATCH: 7 * SECONDS, SINGLE: 7 * SECONDS}
        world.gate.round_trip = lambda service, operation: (
            slow.get(operation, timedelta()) if world.now < until else timedelta()
        )
        out_of_order(world, until, code="RequestTimeout", status=503)
        world.deliver(revoke(world, viewers=viewers(count)))
        world.deliver(revoke(world, "job-2", viewers=viewers(400)))
        world.settle()

        assert sorted(counts(world)) == sorted([(count, 0), (400, 0)])
        assert world.dead_letters() == []
        assert not any("Record failed" in line.line for line in world.logs)


@pytest.mark.parametrize("count", [40, 400])
@pytest.mark.parametrize("seconds", [2, 4.5, 6.9])
def test_slow_calls_that_succeed_use_up_no_tries(
    open_world: OpenWorld, count: int, seconds: float
) -> None:
    with open_world() as world:
        slow = {BATCH: seconds * SECONDS, SINGLE: seconds * SECONDS}
        world.gate.round_trip = lambda service, operation: slow.get(operation, timedelta())
        world.deliver(revoke(world, viewers=viewers(count)))
        world.settle()

        assert counts(world) == [(count, 0)]
        assert world.dead_letters() == []
        assert outcomes_of(world, "Revocation Stalled") == []
        assert not any("Record failed" in line.line for line in world.logs)


@pytest.mark.parametrize("count", [FEW, MANY])
def test_after_a_day_the_pairs_are_reported_with_the_last_error_and_the_job_ends(
    open_world: OpenWorld, count: int
) -> None:
    with open_world() as world:
        began = world.now
        out_of_order(world, began + 3 * LONGEST_OUTAGE)
        world.deliver(revoke(world, viewers=viewers(count)))
        world.settle()

        assert counts(world) == [(0, count)]
        [outcome] = outcomes_of(world, "Viewers Revoked")
        lines = report(world, outcome)
        assert {line["viewer_id"] for line in lines} == {f"viewer-{n}" for n in range(count)}
        assert {line["code"] for line in lines} == {"InternalServerException"}
        assert LONGEST_OUTAGE <= world.now - began < LONGEST_OUTAGE + 20 * MINUTES
        assert world.dead_letters() == []
        assert len(outcomes_of(world, "Revocation Stalled")) == 1
        assert jobs(world).get("job-1").state == "done"


@pytest.mark.parametrize("count", [FEW, MANY])
def test_one_viewer_whom_ivs_fails_keeps_no_other_from_being_revoked(
    open_world: OpenWorld, count: int
) -> None:
    with open_world() as world:
        until = world.now + 2 * HOURS
        out_of_order(world, until, whom=lambda viewer_id: viewer_id == "viewer-0")
        world.deliver(revoke(world, viewers=viewers(count)))
        world.run_for(HOURS)
        of_its_chunk = 20 if count > 40 else 1
        assert len(revoked(world)) == count - of_its_chunk

        world.settle()

        assert counts(world) == [(count, 0)]


def test_a_job_that_is_stalled_says_so_until_somebody_is_revoked(open_world: OpenWorld) -> None:
    with open_world() as world:
        began = world.now
        out_of_order(world, began + 25 * MINUTES)
        world.deliver(revoke(world, viewers=viewers(MANY)))
        world.run_for(STALLED_AFTER - SECONDS)
        assert jobs(world).get("job-1").stall(world.now) is None

        world.run_for(10 * MINUTES)
        stall = jobs(world).get("job-1").stall(world.now)
        assert stall is not None
        assert stall.since - began < 5 * SECONDS
        assert "out of order" in stall.error

        world.run_for(30 * MINUTES)
        assert jobs(world).get("job-1").stall(world.now) is None
        assert jobs(world).get("job-1").state == "done"


def test_a_job_that_stalls_twice_says_so_twice(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(600)))
        for _ in range(2):
            world.run_for(3 * SECONDS)
            out_of_order(world, world.now + 20 * MINUTES)
            world.run_for(20 * MINUTES)
            assert jobs(world).get("job-1").stall(world.now) is not None
            while jobs(world).get("job-1").stall(world.now):
                world.run_for(SECONDS)
        world.settle()

        first, second = outcomes_of(world, "Revocation Stalled")
        assert first["id"] != second["id"]
        assert first["since"] < second["since"]
        assert counts(world) == [(600, 0)]


def test_a_stall_is_published_although_the_function_dies_on_the_way(open_world: OpenWorld) -> None:
    with open_world() as world:
        out_of_order(world, world.now + 25 * MINUTES)
        world.deliver(revoke(world, viewers=viewers(MANY)))
        world.run_for(3 * MINUTES)
        kill = world.gate.kill(function="revoke_viewers", call="PutEvents", when="before")
        world.settle()

        assert kill.struck
        assert len(outcomes_of(world, "Revocation Stalled")) == 1
        assert counts(world) == [(MANY, 0)]


@pytest.mark.parametrize("call", range(1, 8))
@pytest.mark.parametrize("count", [FEW, MANY])
def test_a_function_that_dies_in_an_outage_counts_each_pair_once(
    open_world: OpenWorld, call: int, count: int
) -> None:
    with open_world() as world:
        out_of_order(world, world.now + 25 * MINUTES)
        world.deliver(revoke(world, viewers=viewers(count)))
        for minutes in (0, 1, 8):
            world.run_for(minutes * MINUTES)
            world.gate.kill(function="revoke_viewers", call=call, when="after")
        world.settle()

        assert counts(world) == [(count, 0)]
        assert world.dead_letters() == []


def test_an_outcome_of_a_revocation_names_who_sent_the_command(open_world: OpenWorld) -> None:
    with open_world() as world:
        out_of_order(world, world.now + 25 * MINUTES)
        world.deliver(revoke(world, viewers=viewers(MANY), sender="mod@stage"))
        world.settle()

        names = ("Revocation Planned", "Revocation Stalled", "Viewers Revoked")
        assert [each["sender"] for name in names for each in outcomes_of(world, name)] == [
            "mod@stage"
        ] * 3


# What no worker is left to say.


def test_a_job_whose_messages_are_in_dead_letters_is_stalled_and_goes_on_when_resumed(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        for _ in range(10):
            world.gate.kill(function="revoke_viewers", call=BATCH, when="before")
        world.deliver(revoke(world, viewers=viewers(MANY)))
        world.run_for(HOURS)
        assert len(world.dead_letters()) == 3
        assert outcomes_of(world, "Viewers Revoked") == []
        stall = jobs(world).get("job-1").stall(world.now)
        assert stall is not None
        assert "dead letters" in stall.error

        world.deliver(resume(world))
        world.run_for(MINUTES)

        assert counts(world) == [(MANY, 0)]
        job = jobs(world).get("job-1")
        assert (job.state, job.stall(world.now)) == ("done", None)


def test_a_job_that_is_resumed_while_it_is_stalled_is_given_a_day_more(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        began = world.now
        out_of_order(world, began + LONGEST_OUTAGE + HOURS)
        world.deliver(revoke(world, viewers=viewers(MANY)))
        world.run_for(LONGEST_OUTAGE - HOURS)
        world.deliver(resume(world))
        world.settle()

        assert counts(world) == [(MANY, 0)]
        assert len(outcomes_of(world, "Revocation Stalled")) == 2


def test_a_job_that_a_pause_holds_is_not_stalled(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(600)))
        world.run_for(5 * SECONDS)
        pause(world, commands_too=True)
        for _ in range(6):
            world.run_for(30 * MINUTES)
            assert jobs(world).get("job-1").stall(world.now) is None
        unpause(world)
        world.settle()

        assert counts(world) == [(600, 0)]
        assert outcomes_of(world, "Revocation Stalled") == []


def test_a_pause_in_an_outage_takes_nothing_from_the_patience(open_world: OpenWorld) -> None:
    with open_world() as world:
        began = world.now
        out_of_order(world, began + LONGEST_OUTAGE + HOURS)
        world.deliver(revoke(world, viewers=viewers(MANY)))
        world.run_for(HOURS)
        pause(world, commands_too=True)
        world.run_for(2 * HOURS)
        unpause(world)
        world.settle()

        assert counts(world) == [(MANY, 0)]
