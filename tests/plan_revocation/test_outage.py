"""What outlives an outage before anything is planned: commands, planning, ends of streams."""

from datetime import datetime, timedelta

import pytest

from ivskit.automation.messages.revocation import PAIRS_PER_PART
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.plan_revocation.audiences import WANTED, end_stream, join
from tests.revocations import MINUTES, SECONDS, revoke, revoked, table_csv, upload, viewers
from tests.worlds import OpenWorld

HOURS = timedelta(hours=1)
OF_IVS = (
    "BatchGetChannel",
    "GetChannel",
    "GetStream",
    "BatchStartViewerSessionRevocation",
    "StartViewerSessionRevocation",
)


def out_of_order(world: World, service: str, *operations: str, until: datetime) -> None:
    """Until then these calls fail."""

    def failing(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        if caller is None or world.now >= until:
            return proceed(request.parameters)
        raise request.refused("InternalServerException", "out of order", status=500)

    for operation in operations:
        world.gate.own[service, operation] = failing


def counts(world: World) -> list[tuple[int, int]]:
    """Revoked and failed, each time a job was over."""
    return [(each["revoked"], each["failed"]) for each in outcomes_of(world, "Viewers Revoked")]


@pytest.mark.parametrize("count", [3, 60])
def test_a_command_outlives_an_outage_of_all_of_ivs(open_world: OpenWorld, count: int) -> None:
    with open_world() as world:
        began = world.now
        out_of_order(world, "ivs", *OF_IVS, until=began + 25 * MINUTES)
        world.deliver(revoke(world, viewers=viewers(count), sender="mod@stage"))
        world.settle()

        assert counts(world) == [(count, 0)]
        assert world.dead_letters() == []
        assert world.now - began < 45 * MINUTES
        [put_off] = outcomes_of(world, "Will Look Again")
        assert (put_off["cause"], put_off["sender"]) == ("job-1", "mod@stage")
        assert "out of order" in put_off["reason"]


@pytest.mark.parametrize(("age", "within"), [("1h", "1:00:00"), ("10h", "6:00:00")])
def test_a_command_that_could_not_be_planned_in_time_is_refused_with_the_last_error(
    open_world: OpenWorld, age: str, within: str
) -> None:
    with open_world() as world:
        out_of_order(world, "ivs", *OF_IVS, until=world.now + 20 * HOURS)
        world.deliver(revoke(world, viewers=viewers(3), max_age=age, sender="mod@stage"))
        world.settle()

        [refused] = outcomes_of(world, "Command Refused")
        assert refused["errors"][0].startswith(f"could not be planned within {within}: ")
        assert "out of order" in refused["errors"][0]
        assert (refused["cause"], refused["sender"]) == ("job-1", "mod@stage")
        assert world.dead_letters() == []


def test_a_command_that_may_be_older_is_tried_for_hours(open_world: OpenWorld) -> None:
    with open_world() as world:
        out_of_order(world, "ivs", *OF_IVS, until=world.now + 5 * HOURS)
        world.deliver(revoke(world, viewers=viewers(60), max_age="10h"))
        world.settle()

        assert counts(world) == [(60, 0)]
        assert world.dead_letters() == []


def test_a_manifest_in_a_bucket_that_is_down_is_planned_later(open_world: OpenWorld) -> None:
    with open_world() as world:
        uri = upload(world, table_csv(viewers(60)))
        out_of_order(world, "s3", "HeadObject", "GetObject", until=world.now + 40 * MINUTES)
        world.deliver(revoke(world, manifest=uri))
        world.settle()

        assert counts(world) == [(60, 0)]
        assert world.dead_letters() == []


def test_planning_that_was_begun_goes_on_after_an_outage(open_world: OpenWorld) -> None:
    with open_world() as world:
        uri = upload(world, table_csv(viewers(2 * PAIRS_PER_PART)))
        kill = world.gate.kill(function="plan_revocation", call="SendMessageBatch", when="after")
        world.deliver(revoke(world, manifest=uri))
        world.run_for(SECONDS)
        assert kill.struck
        out_of_order(world, "s3", "GetObject", until=world.now + 2 * HOURS)
        world.settle()

        assert counts(world) == [(2 * PAIRS_PER_PART, 0)]
        assert world.dead_letters() == []


@pytest.mark.parametrize("lasts", [25 * MINUTES, 30 * HOURS])
def test_after_a_stream_its_audience_is_revoked_when_ivs_can_be_asked_again(
    open_world: OpenWorld, lasts: timedelta
) -> None:
    with open_world(policy=WANTED) as world:
        join(world, "viewer")
        world.run_for(SECONDS)
        out_of_order(world, "ivs", *OF_IVS, until=world.now + lasts)
        end_stream(world)
        world.settle()

        assert list(revoked(world)) == ["viewer"]
        assert world.dead_letters() == []


def test_an_audience_that_is_recorded_no_more_is_given_up(open_world: OpenWorld) -> None:
    with open_world(policy=WANTED) as world:
        join(world, "viewer")
        world.run_for(SECONDS)
        out_of_order(world, "ivs", *OF_IVS, until=world.now + 100 * HOURS)
        end_stream(world)
        world.settle()

        [skipped] = outcomes_of(world, "Revocation Skipped")
        assert skipped["reason"].startswith("IVS was unavailable for too long: ")
        assert world.dead_letters() == []


def test_a_surprise_still_ends_in_dead_letters(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("dynamodb", "GetItem", "AccessDeniedException", 400, times=99)
        world.deliver(revoke(world, viewers=viewers(3)))
        world.settle()

        assert len(world.dead_letters()) == 1


def test_a_report_outlives_an_outage_of_its_bucket(open_world: OpenWorld) -> None:
    with open_world() as world:
        out_of_order(world, "s3", "PutObject", until=world.now + 2 * HOURS)
        world.deliver(revoke(world, viewers=viewers(60), sender="mod@stage"))
        world.settle()

        assert counts(world) == [(60, 0)]
        assert world.dead_letters() == []
        put_off = outcomes_of(world, "Will Look Again")[0]
        assert (put_off["cause"], put_off["sender"]) == ("job-1", "mod@stage")
        assert put_off["reason"].startswith("it could not be reported yet: PutObject: ")
