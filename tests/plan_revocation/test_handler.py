"""Revocations from command to report, in a world with everything that is deployed."""

import gzip
from datetime import timedelta
from typing import Any

import pytest

from ivs_emulator.faults import Fault, Kind
from ivskit.automation.jobs import JobTable
from ivskit.automation.messages.revocation import CHUNKS_PER_PART, PAIRS_PER_PART
from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response
from ivskit_local.runtime.world import World
from plan_revocation.advice import advice
from revoke_viewers.decide import PAUSES
from tests.outcomes import outcomes_of
from tests.pauses import WORDS, pause
from tests.pauses import resume as unpause
from tests.revocations import (
    MINUTES,
    OTHER,
    SECONDS,
    calls,
    cancel,
    report,
    report_bucket,
    resume,
    revoke,
    revoked,
    table_csv,
    upload,
    viewers,
)
from tests.samples import CHANNEL
from tests.worlds import OpenWorld

BATCH = "BatchStartViewerSessionRevocation"
SINGLE = "StartViewerSessionRevocation"


def asked(world: World, **detail: Any) -> dict[str, Any]:
    """Have a command carried out; answers the outcome of the job."""
    world.deliver(revoke(world, **detail))
    world.settle()
    [outcome] = outcomes_of(world, "Viewers Revoked")
    assert world.dead_letters() == []
    assert broken_invariants(world) == []
    return outcome


def planned(world: World) -> dict[str, Any]:
    """The outcome of planning: one id, however often it is published."""
    [outcome] = outcomes_of(world, "Revocation Planned")
    return outcome


def numbers(outcome: dict[str, Any]) -> tuple[int, ...]:
    """The counts of an outcome."""
    return tuple(outcome[name] for name in ("revoked", "failed", "rejected", "kept"))


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


@pytest.mark.parametrize("zipped", [False, True])
def test_a_manifest_of_many_parts_is_revoked_and_its_wrong_rows_are_told(
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
        ("s3://{bucket}/manifests/none.csv", "not there, or not readable by ivskit"),
        ("s3://{bucket}/manifests/picture", "looks like a PNG picture"),
        ("s3://{bucket}/manifests/header", "names nobody"),
        ("s3://{bucket}/private/list.csv", "not there, or not readable by ivskit"),
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


def test_channels_that_are_not_ours_to_touch_are_left_alone_and_told(
    open_world: OpenWorld,
) -> None:
    foreign = CHANNEL.replace("123456789012", "210987654321")
    with open_world() as world:
        observed, unmanaged = channel(world, **OBSERVED), channel(world)
        arns = (CHANNEL, OTHER, foreign, observed, unmanaged)
        named = [each for arn in arns for each in viewers(2, channel_arn=arn)]
        outcome = asked(world, viewers=named)

        assert numbers(outcome) == (4, 0, 0, 6)
        reasons = {line["channel_arn"]: line["reason"] for line in report(world, outcome)}
        assert reasons == {
            foreign: "the channel is of another account or region",
            OTHER: "there is no such channel",
            observed: f"observing only: {TO_FORCE}",
        }
        assert (len(revoked(world, unmanaged)), revoked(world, observed)) == (2, {})
        first_advice = planned(world)["advice"][0]
        assert first_advice.startswith("6 viewer(s) are left alone: ")
        assert f"observing only: {TO_FORCE} ({observed})" in first_advice


# A person's command, and what holds it back.

TO_FORCE = "send the command with force to act anyway; its viewers would be revoked"
OBSERVED = {"ivskit:managed": "true", "ivskit:mode": "observe"}


def channel(world: World, **tags: str) -> str:
    """One more channel, with these tags."""
    made = world.client("ivs").create_channel(name="another", tags=tags)
    return str(made["channel"]["arn"])


@pytest.mark.parametrize("count", [3, 60])
def test_a_command_acts_on_a_channel_that_ivskit_does_not_manage(
    open_world: OpenWorld, count: int
) -> None:
    with open_world(tags={}) as world:
        outcome = asked(world, viewers=viewers(count))

        assert (numbers(outcome), outcome["mode"]) == ((count, 0, 0, 0), "enforce")


def refused(world: World, **detail: Any) -> dict[str, Any]:
    """Have a command refused; answers how."""
    world.deliver(revoke(world, **detail))
    world.settle()
    [outcome] = outcomes_of(world, "Command Refused")
    assert outcomes_of(world, "Revocation Planned") == []
    assert world.dead_letters() == []
    return outcome


@pytest.mark.parametrize(
    ("options", "commands_too", "reason"),
    [
        ({"policy": {"mode": "observe"}}, False, f"observing only: {TO_FORCE}"),
        ({"tags": OBSERVED}, False, f"observing only: {TO_FORCE}"),
        ({}, True, f"{WORDS}: {TO_FORCE}"),
        (
            {"tags": {}, "command_channels": "managed"},
            False,
            "the channel is not managed by ivskit, and commands.channels says managed; its viewers"
            " would be revoked",
        ),
    ],
)
@pytest.mark.parametrize("count", [3, 60])
def test_a_command_whose_only_channel_is_held_back_is_refused_with_the_reason(
    open_world: OpenWorld, options: Any, commands_too: bool, reason: str, count: int
) -> None:
    with open_world(**options) as world:
        if commands_too:
            pause(world, commands_too=True)
        outcome = refused(world, viewers=viewers(count), sender="mod@stage")

        assert outcome["errors"] == [reason]
        assert (outcome["cause"], outcome["channel_arn"]) == ("job-1", CHANNEL)
        assert (outcome["sender"], outcome["command"]) == ("mod@stage", "Revoke Viewers")
        assert revoked(world) == {}


def test_a_command_all_of_whose_channels_are_held_back_or_unknown_is_refused(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"mode": "observe"}) as world:
        other, gone = channel(world, **OBSERVED), OTHER
        ids = {"channel_arns": [CHANNEL, other, gone], "viewer_ids": ["one"]}
        outcome = refused(world, **ids)

        assert sorted(outcome["errors"]) == [
            f"observing only: {TO_FORCE} ({CHANNEL}, {other})",
            f"there is no such channel ({gone})",
        ]
        assert "channel_arn" not in outcome


def test_a_command_that_was_refused_may_be_sent_again_under_its_id(open_world: OpenWorld) -> None:
    with open_world() as world:
        pause(world, commands_too=True)
        command = revoke(world, viewers=viewers(3))
        world.deliver(command)
        world.settle()
        unpause(world)
        world.run_for(MINUTES)
        world.deliver(command)
        world.settle()

        assert len(outcomes_of(world, "Command Refused")) == 1
        assert numbers(outcomes_of(world, "Viewers Revoked")[0]) == (3, 0, 0, 0)


@pytest.mark.parametrize("count", [3, 60])
@pytest.mark.parametrize("options", [{"policy": {"mode": "observe"}}, {"tags": OBSERVED}, {}])
def test_a_command_with_force_acts_where_commands_are_held_back(
    open_world: OpenWorld, options: Any, count: int
) -> None:
    with open_world(**options) as world:
        pause(world, commands_too=True)
        outcome = asked(world, viewers=viewers(count), force=True)

        assert (numbers(outcome), outcome["mode"]) == ((count, 0, 0, 0), "enforce")


def test_a_channel_that_acts_in_a_deployment_that_observes_is_not_held_up(
    open_world: OpenWorld,
) -> None:
    tags = {"ivskit:managed": "true", "ivskit:mode": "enforce"}
    with open_world(policy={"mode": "observe"}, tags=tags) as world:
        assert numbers(asked(world, viewers=viewers(60))) == (60, 0, 0, 0)


def test_channels_that_cannot_be_looked_up_now_are_later(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "BatchGetChannel", "InternalServerException")

        assert numbers(asked(world, viewers=viewers(3))) == (3, 0, 0, 0)


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


def test_a_second_mass_job_is_told_how_long_it_waits(open_world: OpenWorld) -> None:
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
        advice(pairs=1, left=(), rejected=0, public=(), without_version=0, eta=minutes * MINUTES)
    )

    cure = f"This takes 0:{minutes}:00. Deleting the playback key pair is faster"
    assert [each.startswith(cure) for each in sentences] == [True] * is_long


def test_a_job_that_revokes_nobody_says_so_and_why(open_world: OpenWorld) -> None:
    with open_world() as world:
        body = table_csv(viewers(2, channel_arn=OTHER)) + b"no,such,row\n"
        outcome = asked(world, manifest=upload(world, body), reason="the show is over")

        assert planned(world)["advice"] == [
            "Nobody is revoked: 2 viewer(s) are on channels that are left alone, and 1 row(s) name"
            " no viewer; the report will say why."
        ]
        assert outcome["reason"] == "nobody was revoked: the show is over"
        assert numbers(outcome) == (0, 0, 1, 2)


# Cancelled, resumed, paused.


def test_a_job_that_is_cancelled_stops_and_tells_what_was_done(open_world: OpenWorld) -> None:
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
        assert errors == [["job: job-1 is over"], ["job: there is none 'none'"]]


def test_a_plain_pause_holds_up_no_command(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(1_500)))
        world.run_for(5 * SECONDS)
        pause(world)
        world.run_for(SECONDS)
        world.deliver(revoke(world, command_id="new", viewers=viewers(3)))
        world.run_for(5 * MINUTES)

        counts = {each["cause"]: numbers(each) for each in outcomes_of(world, "Viewers Revoked")}
        assert counts == {"job-1": (1_500, 0, 0, 0), "new": (3, 0, 0, 0)}


def test_a_pause_of_commands_holds_up_what_runs_and_refuses_what_is_new(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.deliver(revoke(world, manifest=upload(world, table_csv(viewers(2_000)))))
        world.deliver(revoke(world, command_id="forced", viewers=viewers(1_500), force=True))
        world.run_for(5 * SECONDS)
        pause(world, commands_too=True)
        world.run_for(40 * SECONDS)
        world.deliver(revoke(world, command_id="new", viewers=viewers(3)))
        world.run_for(20 * MINUTES)
        [refused] = outcomes_of(world, "Command Refused")
        assert (refused["cause"], refused["errors"]) == ("new", [f"{WORDS}: {TO_FORCE}"])
        [forced] = outcomes_of(world, "Viewers Revoked")
        assert (forced["cause"], numbers(forced)) == ("forced", (1_500, 0, 0, 0))
        assert world.dead_letters() == []

        unpause(world)
        world.settle()

        assert numbers(outcomes_of(world, "Viewers Revoked")[1]) == (2_000, 0, 0, 0)


def test_however_long_a_pause_lasts_a_job_goes_on_afterwards(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(1_500)))
        world.run_for(SECONDS)
        pause(world, commands_too=True)
        world.run_for(timedelta(hours=2))
        assert len(revoked(world)) < 1_500
        assert world.dead_letters() == []

        unpause(world)
        world.settle()

        [outcome] = outcomes_of(world, "Viewers Revoked")
        assert numbers(outcome) == (1_500, 0, 0, 0)


# What goes wrong on the way.


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
        assert outcome["failed"] + outcome["kept"] == 1


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


def test_the_state_of_a_job_can_be_read_while_it_runs(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.deliver(revoke(world, viewers=viewers(400)))
        world.run_for(5 * SECONDS)

        name = "/ivskit/dev/jobs"
        table = world.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        done = JobTable(world.client("dynamodb"), table=table).done("job-1", 0)
        assert done is not None
        assert 0 < done.revoked == 20 * len(done.chunks) < 400


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
