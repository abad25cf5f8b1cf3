"""Faults of IVS and SQS: each pair is revoked or in the report, and counted once."""

from typing import Any

import pytest

from ivs_emulator.faults import Fault, Kind
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response
from revoke_viewers.decide import PAUSES
from tests.outcomes import outcomes_of
from tests.plan_revocation.jobs import BATCH, SINGLE, asked, numbers
from tests.revocations import calls, report, revoke, revoked, viewers
from tests.worlds import OpenWorld


def test_channels_that_cannot_be_looked_up_now_are_later(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "BatchGetChannel", "InternalServerException")

        assert numbers(asked(world, viewers=viewers(3))) == (3, 0, 0, 0)


def test_a_pair_that_ivs_refuses_is_in_the_report_and_the_others_are_revoked(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        doomed = world.client("ivs").create_channel(name="x", tags={"ivskit:managed": "true"})
        arn = doomed["channel"]["arn"]
        world.deliver(revoke(world, viewers=[*viewers(45), *viewers(1, channel_arn=arn)]))
        world.gate.switches_before = lambda service, operation: True
        world.client("ivs").delete_channel(arn=arn)
        world.settle()

        outcome = outcomes_of(world, "Viewers Revoked")[-1]
        assert outcome["revoked"] == 45
        assert outcome["failed"] + outcome["skipped"] == 1


@pytest.mark.parametrize("count", [30, 60])
@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "InternalServerException", "ServiceUnavailable", "RequestTimeout"],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_whatever_ivs_answers_every_pair_is_counted_once(
    open_world: OpenWorld, count: int, code: str, when: Any
) -> None:
    with open_world() as world:
        for operation in (BATCH, SINGLE):
            world.gate.fault("ivs", operation, code, 503, when=when, times=4)

        assert numbers(asked(world, viewers=viewers(count))) == (count, 0, 0, 0)
        assert len(revoked(world)) == count


def test_a_call_that_is_refused_as_a_whole_fails_all_its_pairs(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", BATCH, "AccessDeniedException", 403)
        outcome = asked(world, viewers=viewers(60))

        assert numbers(outcome) == (40, 20, 0, 0)
        lines = report(world, outcome)
        assert len({line["viewer_id"] for line in lines}) == 20
        assert {line["code"] for line in lines} == {"AccessDeniedException"}


@pytest.mark.parametrize("culprits", [1, 6, 20])
def test_a_viewer_for_whom_ivs_refuses_a_call_fails_alone(
    open_world: OpenWorld, culprits: int
) -> None:
    invalid = {f"viewer-{number}" for number in range(culprits)}

    def particular(request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        named = {each["viewerId"] for each in request.parameters["viewerSessions"]}
        if named & invalid:
            raise request.refused("ValidationException", "a viewer is invalid", status=400)
        return proceed(request.parameters)

    with open_world(throttling="sliding-window") as world:
        world.gate.own[("ivs", BATCH)] = particular
        outcome = asked(world, viewers=viewers(60))

        assert numbers(outcome) == (60 - culprits, culprits, 0, 0)
        lines = report(world, outcome)
        assert {line["viewer_id"] for line in lines} == invalid
        assert {line["code"] for line in lines} == {"ValidationException"}
        assert set(revoked(world)) == {f"viewer-{number}" for number in range(culprits, 60)}
        assert [call.error for call in world.ivs.calls if call.error] == []


def test_a_queue_that_refuses_messages_gets_them_again(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("sqs", "SendMessageBatch", "InternalError", 500, when="after", times=2)

        assert numbers(asked(world, viewers=viewers(250))) == (250, 0, 0, 0)


def test_pairs_that_fail_in_a_call_that_does_not_are_tried_again_alone(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.ivs.faults.set([Fault("item", BATCH, probability=0.1)], seed=1)
        outcome = asked(world, viewers=viewers(400))

        assert numbers(outcome) == (400, 0, 0, 0)
        assert len(revoked(world)) == 400
        assert calls(world, BATCH) > 20


def test_a_pair_that_keeps_failing_ends_in_the_report_with_its_code_and_message(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.ivs.faults.set([Fault("item", BATCH, count=1 + len(PAUSES))])
        world.gate.switches_before = lambda service, operation: False
        outcome = asked(world, viewers=viewers(41))

        assert outcome["revoked"] + outcome["failed"] == 41
        assert len(revoked(world)) >= outcome["revoked"]
        for line in report(world, outcome):
            assert line["code"] == "InternalServerException"
            assert line["message"] == "an unexpected error, as ordered"


@pytest.mark.parametrize("seed", range(3))
def test_with_faults_of_every_kind_each_pair_is_accounted_for_once(
    open_world: OpenWorld, seed: int
) -> None:
    kinds: list[Kind] = ["throttle", "500", "503", "timeout", "drop", "item"]
    faults = [Fault(kind, BATCH, probability=0.05) for kind in kinds]
    faults += [Fault(kind, BATCH, probability=0.05, after=True) for kind in kinds[1:5]]
    with open_world(seed=seed) as world:
        world.ivs.faults.set(faults, seed=seed)
        outcome = asked(world, viewers=viewers(400))

        assert outcome["revoked"] + outcome["failed"] == 400
        failed = {line["viewer_id"] for line in report(world, outcome)}
        assert len(failed) == outcome["failed"]
        assert set(revoked(world)) | failed == {f"viewer-{number}" for number in range(400)}
