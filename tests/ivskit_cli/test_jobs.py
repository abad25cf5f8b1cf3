"""`ivskit jobs`, on what the functions keep."""

import json
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from ivskit_cli.main import main
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.revocations import MINUTES, SECONDS, revoke, revoking, table_csv, upload, viewers
from tests.samples import sample
from tests.worlds import ROOT, opener


@pytest.fixture
def world() -> Iterator[World]:
    """A job that is over, and one of 4,000 viewers that runs."""
    open_world = opener(revoking(), sample("command.revoke-viewers"))
    with open_world() as world:
        world.deliver(revoke(world, command_id="small", viewers=viewers(3), reason="refunded"))
        world.run_for(5 * SECONDS)
        uri = upload(world, table_csv(viewers(4_000)))
        world.deliver(revoke(world, command_id="mass", manifest=uri))
        world.run_for(10 * SECONDS)
        yield world


def test_jobs_are_listed_newest_first_with_what_is_done(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["jobs"]) == 0

    mass, small = capsys.readouterr().out.splitlines()
    assert mass.startswith("mass  running  ")
    assert " of 4000 (" in mass
    assert ", 0:01:" in mass
    assert small.startswith("small  done  3 of 3 (100%)  began 2026-11-20T16:47:31Z  refunded")


def test_one_job_is_shown_for_programs(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "mass", "--json"]) == 0

    [job] = json.loads(capsys.readouterr().out)
    assert (job["job"], job["state"], job["pairs"]) == ("mass", "running", 4_000)
    assert 0 < job["revoked"] < 1_000
    assert 60 < job["seconds_left"] < 100


def test_a_job_is_watched_until_it_is_over(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not time.sleep itself, by which the functions wait for their turns.
    shell = SimpleNamespace(sleep=lambda seconds: world.run_for(30 * SECONDS))
    monkeypatch.setattr("ivskit_cli.revocations.time", shell)

    assert main(["jobs", "--watch", "mass"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 2
    assert "running" in lines[0]
    assert lines[-1].startswith("mass  done  4000 of 4000 (100%)")


def test_a_job_is_cancelled_and_resumed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "cancel", "mass", "--reason", "a mistake"]) == 0
    world.run_for(100 * SECONDS)
    assert [each["reason"] for each in outcomes_of(world, "Revocation Cancelled")] == ["a mistake"]
    main(["jobs", "mass"])
    assert main(["jobs", "resume", "mass"]) == 0
    world.settle()
    main(["jobs", "mass"])

    sent, cancelled, resumed, done = capsys.readouterr().out.splitlines()
    assert sent.startswith("The command to cancel mass is sent")
    assert cancelled.startswith("mass  cancelled  ")
    assert resumed.startswith("The command to resume mass is sent")
    assert done.startswith("mass  done  4000 of 4000")


def test_a_job_that_is_stalled_says_since_when_and_why(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.gate.fault(
        "ivs", "BatchStartViewerSessionRevocation", "ThrottlingException", 429, times=1_000
    )
    world.run_for(12 * MINUTES)

    assert main(["jobs", "mass"]) == 0
    assert main(["jobs", "mass", "--json"]) == 0

    line, document = capsys.readouterr().out.split("\n", 1)
    assert line.startswith("mass  stalled  ")
    assert "left" not in line
    error = "Throttled: BatchStartViewerSessionRevocation: ThrottlingException: "
    assert "  since 2026-11-20T16:47:" in line
    assert error in line
    [job] = json.loads(document)
    assert (job["state"], job["seconds_left"]) == ("stalled", 0)
    assert job["stalled_since"].startswith("2026-11-20T16:47:")
    assert job["last_error"].startswith(error)


def test_a_job_whose_messages_are_gone_is_stalled_until_it_is_resumed(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = world.client("sqs").get_queue_url(QueueName="ivskit-dev-revoke-viewers")["QueueUrl"]
    world.client("sqs").purge_queue(QueueUrl=queue)
    world.run_for(40 * MINUTES)
    main(["jobs", "mass"])
    assert main(["jobs", "resume", "mass"]) == 0
    world.settle()
    main(["jobs", "mass"])

    stalled, _, done = capsys.readouterr().out.splitlines()
    assert stalled.startswith("mass  stalled  ")
    assert "its messages may be in dead letters; resume sends the rest again" in stalled
    assert done.startswith("mass  done  4000 of 4000")


def test_a_reason_that_is_too_long_is_wrong_usage(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["jobs", "cancel", "mass", "--reason", "x" * 513]) == 2
    assert capsys.readouterr().err.startswith("ivskit: reason: ")


def test_without_jobs_there_is_a_line_that_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with opener(synthesize(ROOT), sample("command.revoke-viewers"))():
        assert main(["jobs"]) == 0
        assert main(["jobs", "none"]) == 1
        assert main(["jobs", "--stage", "other"]) == 1

    captured = capsys.readouterr()
    assert captured.out == "no revocations in the last 30 days\n"
    missing, stage = captured.err.splitlines()
    assert missing == "ivskit: there is no job none in stage dev"
    assert stage.startswith("ivskit: there is no parameter /ivskit/other/jobs")


@pytest.mark.parametrize("words", [["cancel"], ["resume"], ["a", "b"], ["cancel", "a", "b"]])
def test_jobs_takes_one_id(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", *words]) == 2
    assert "jobs takes at most one ID" in capsys.readouterr().err
