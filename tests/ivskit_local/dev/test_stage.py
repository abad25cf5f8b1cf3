"""A stage as a process has it: applications' commands, restarts, and what is saved."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from ivskit_local.dev.inputs import HttpRequest
from ivskit_local.dev.saved import scenario_of
from ivskit_local.dev.stage import Setup, Stage
from ivskit_local.errors import WrongUsage
from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.scenarios.play import play
from tests.outcomes import outcomes_of
from tests.worlds import ROOT, START

MANAGED = {"ivskit:managed": "true"}
SECONDS = timedelta(seconds=1)
MINUTES = timedelta(minutes=1)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A stage with a managed channel."""
    with Stage(Setup(synthesize(ROOT), ROOT, 1, START)) as opened:
        opened.create({"name": "show", "tags": MANAGED})
        yield opened


def request(
    target: str, value: Mapping[str, Any], *, ahead: timedelta = timedelta()
) -> HttpRequest:
    """A request of an SDK, with JSON as AWS has it."""
    service = {"AWSEvents": "events", "ivs": "ivs"}[target.partition(".")[0]]
    scope = f"AKID/20261120/us-west-2/{service}/aws4_request"
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "content-type": "application/x-amz-json-1.1",
        "host": "localhost",
    }
    if service == "ivs":
        path = f"/{target.partition('.')[2]}"
        return HttpRequest("POST", path, headers, json.dumps(value).encode(), ahead)
    named = {**headers, "x-amz-target": target}
    return HttpRequest("POST", "/", named, json.dumps(value).encode(), ahead)


def command(stage: Stage, issued_at: datetime, *, ahead: timedelta, then: str = "block") -> int:
    """Put Stop Stream on the bus, as an application does; how many entries failed."""
    detail = {
        "command_id": "stop-1",
        "issued_at": issued_at.isoformat(),
        "channel_arn": stage.run.arns["show"],
        "then": then,
    }
    entry = {
        "EventBusName": "ivskit-dev",
        "Source": "ivskit.command",
        "DetailType": "Stop Stream",
        "Detail": json.dumps(detail),
    }
    answer = stage.answer(request("AWSEvents.PutEvents", {"Entries": [entry]}, ahead=ahead))
    assert answer.status == 200, answer.body
    failed: int = json.loads(answer.body)["FailedEntryCount"]
    return failed


def test_a_command_of_now_is_of_the_stages_now(stage: Stage) -> None:
    stage.advance(START + 60 * MINUTES, enough=lambda: False)
    command(stage, START, ahead=60 * MINUTES)
    stage.advance(START + 61 * MINUTES, enough=lambda: False)

    assert [each["reason"] for each in outcomes_of(stage.world, "Command Refused")] == []
    assert len(outcomes_of(stage.world, "Channel Blocked")) >= 1


def test_an_old_command_stays_old(stage: Stage) -> None:
    stage.advance(START + 60 * MINUTES, enough=lambda: False)
    command(stage, START - 30 * MINUTES, ahead=60 * MINUTES, then="kick")
    stage.advance(START + 61 * MINUTES, enough=lambda: False)

    [refused] = outcomes_of(stage.world, "Command Refused")
    assert "old" in refused["reason"]


def test_a_restart_repeats_what_everybody_put_in(stage: Stage) -> None:
    stage.step({"do": "go live", "channel": "show"})
    stage.advance(stage.now + 2 * MINUTES, enough=lambda: False)
    created = stage.answer(request("ivs.CreateChannel", {"name": "late", "tags": MANAGED}))
    command(stage, stage.now, ahead=timedelta())
    stage.advance(stage.now + 5 * MINUTES, enough=lambda: False)
    then, before = stage.now, stage.facts.since(0)["facts"]
    stage.advance(stage.now + 60 * MINUTES, enough=lambda: False)

    stage.restart(then)

    assert stage.now == then
    assert json.loads(created.body)["channel"]["arn"] in stage.world.ivs.channels
    timeless = [{**fact, "more": None} for fact in stage.facts.since(0)["facts"]]
    assert timeless == [{**fact, "more": None} for fact in before]


def test_time_before_the_start_cannot_be_restarted_from(stage: Stage) -> None:
    with pytest.raises(WrongUsage, match="restart_from: from 2026-11-20T16:47"):
        stage.restart(START - SECONDS)


def test_what_an_application_did_is_saved_too(stage: Stage) -> None:
    stage.answer(request("ivs.CreateChannel", {"name": "theirs", "tags": MANAGED}))
    stage.step({"do": "go live", "channel": "show"})
    stage.advance(stage.now + MINUTES, enough=lambda: False)
    command(stage, stage.now, ahead=timedelta())
    stage.advance(stage.now + 5 * MINUTES, enough=lambda: False)
    stage.step({"do": "go live", "channel": "show"})

    document = scenario_of(stage)
    played = play(parse_scenario("saved.json", document), synthesize(ROOT), project_root=ROOT)

    assert document["channels"] == {"show": {"tags": MANAGED}, "theirs": {"tags": MANAGED}}
    assert [step["do"] for step in document["steps"]] == ["go live", "command", "go live", "check"]
    assert document["steps"][-1]["expect"]["told"]["Channel Blocked"] >= 1
    assert [finding for finding in played.findings if not finding.holds] == []


def test_nothing_done_is_nothing_to_save() -> None:
    with (
        Stage(Setup(synthesize(ROOT), ROOT, 1, START)) as idle,
        pytest.raises(WrongUsage, match="nothing was done yet"),
    ):
        scenario_of(idle)


def test_two_channels_of_one_name_are_told_apart(stage: Stage) -> None:
    for _ in range(2):
        stage.answer(request("ivs.CreateChannel", {"name": "show"}))

    first, second, third = stage.run.arns
    assert first == "show"
    assert second.startswith("show-")
    assert third.startswith("show-")
    assert second != third
