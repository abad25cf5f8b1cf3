"""The facts of a run: what led to what, and how its channels stand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from ivskit_local.dev.facts import Facts
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.scenarios.run import ChannelSpec, Run
from tests.ivskit_local.scenarios.plays import LIVE, MANAGED, Step, command
from tests.worlds import ROOT

SHOW = ChannelSpec(tags=MANAGED)
BLOCK = command("Block Channel", "10m", detail={"reason": "under investigation"})
BLOCKING = "decision stop_stream: Channel Blocked, Stream Stopped"
BACK: Step = {**LIVE, "reconnect_after": "2s"}


@contextmanager
def a_run(*channels: str) -> Iterator[Run]:
    """A run in a world of its own, with these channels, all managed."""
    with World(synthesize(ROOT), project_root=ROOT, throttling="token-bucket") as world:
        yield Run(world, dict.fromkeys(channels or ("show",), SHOW), folder=ROOT)


def do(run: Run, *steps: Step) -> None:
    """Carry these steps out at their times, as a scenario does."""
    channels: dict[str, Any] = {name: {} for name in run.arns}
    scenario = {"tells": "x", "channels": channels, "steps": steps, "expect": {}}
    for step in parse_scenario("x.json", scenario).scenario.steps:
        run.world.run_for(max(run.start + step.at - run.world.now, timedelta()))
        run.note(step.sentence)
        step.carry_out(run)


def all_of(facts: Facts) -> list[dict[str, Any]]:
    """Every fact that is left."""
    found: list[dict[str, Any]] = facts.since(0)["facts"]
    return found


def way_to(fact: dict[str, Any], facts: list[dict[str, Any]]) -> list[str]:
    """Kinds and titles from what began it all to the fact."""
    by_number = {each["n"]: each for each in facts}
    way: list[str] = []
    found: dict[str, Any] | None = fact
    while found is not None:
        way.append(f"{found['kind']} {found['title']}")
        found = by_number.get(found["parent"])
    return way[::-1]


def the(facts: list[dict[str, Any]], kind: str, title: str) -> dict[str, Any]:
    """The last fact of this kind and title."""
    return [each for each in facts if (each["kind"], each["title"]) == (kind, title)][-1]


def test_a_block_leads_from_the_step_to_the_end_of_the_stream_and_to_the_encoder_kept_out() -> None:
    with a_run() as run:
        facts = Facts(run)
        do(run, BACK, BLOCK)
        run.world.run_for(timedelta(minutes=1))
        found = all_of(facts)

    assert way_to(the(found, "event", "Stream End"), found) == [
        "step command Block Channel (show, reason: under investigation)",
        "command Block Channel",
        BLOCKING,
        "session The stream ends",
        "event Stream End",
    ]
    refused = the(found, "session", "Encoder refused")
    assert refused["mark"] == "refused"
    assert refused["text"].endswith("no channel has this stream key")
    assert way_to(refused, found)[-2] == BLOCKING
    assert way_to(the(found, "session", "The stream starts"), found) == [
        "session The stream starts"
    ]
    assert way_to(the(found, "event", "Session Created"), found)[0] == "step show goes live"


def test_a_decision_has_its_reason_its_calls_and_its_cause() -> None:
    with a_run() as run:
        facts = Facts(run)
        run.world.gate.slow("ivs", "StopStream", timedelta(seconds=2))
        do(run, LIVE, BLOCK)
        run.world.run_for(timedelta(minutes=1))
        found = all_of(facts)
        show = run.arns["show"]

    asked = the(found, "command", "Block Channel")
    decision = the(found, *BLOCKING.split(" ", 1))
    assert decision["text"] == "under investigation"
    assert (decision["function"], decision["mark"]) == ("stop_stream", "well")
    assert (decision["channel"], decision["cause"]) == (show, asked["cause"])
    calls = {call["operation"]: call for call in decision["more"]["calls"]}
    assert calls["StopStream"] == {
        "service": "ivs",
        "operation": "StopStream",
        "at": calls["StopStream"]["at"],
        "ms": 2000.0,
        "error": None,
    }
    assert calls["GetChannel"]["ms"] == 0.0
    outcome = the(found, "outcome", "Channel Blocked")
    assert outcome["parent"] == decision["n"]
    assert outcome["more"]["event"]["detail"]["reason"] == "under investigation"
    assert asked["more"]["event"]["detail"]["channel_arn"] == show


def test_a_later_look_goes_back_to_the_outcome_that_announced_it() -> None:
    with a_run() as run:
        facts = Facts(run)
        do(run, LIVE, {"at": "10m", "do": "hang up", "channel": "show"})
        run.world.run_for(timedelta(minutes=15))
        found = all_of(facts)

    assert way_to(the(found, "outcome", "Stream Key Rotated"), found)[-5:] == [
        "event Stream End",
        "decision rotate_stream_key: Will Look Again",
        "outcome Will Look Again",
        "decision rotate_stream_key: Stream Key Rotated",
        "outcome Stream Key Rotated",
    ]


def test_numbers_follow_time_within_a_reading_and_parents_come_first() -> None:
    with a_run() as run:
        facts = Facts(run)
        do(run, BACK, BLOCK)
        run.world.run_for(timedelta(hours=1))
        found = all_of(facts)

    assert [each["n"] for each in found] == list(range(len(found)))
    assert [each["at"] for each in found] == sorted(each["at"] for each in found)
    assert all(each["parent"] is None or each["parent"] < each["n"] for each in found)


def test_since_answers_only_what_is_new() -> None:
    with a_run() as run:
        facts = Facts(run)
        do(run, LIVE)
        run.world.run_for(timedelta(minutes=1))
        first = facts.since(0)
        do(run, BLOCK)
        second = facts.since(first["next"])
        nothing = facts.since(second["next"])

    steps = [each["title"] for each in second["facts"] if each["kind"] == "step"]
    assert steps == ["command Block Channel (show, reason: under investigation)"]
    assert second["next"] == first["next"] + len(second["facts"])
    assert (nothing["facts"], nothing["next"]) == ([], second["next"])


def test_the_oldest_facts_are_dropped_with_a_word_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivskit_local.dev.facts._AT_A_TIME", 2)
    with a_run() as run:
        facts = Facts(run, most=5)
        assert facts.since(0)["dropped_before"] is None
        do(run, BACK, BLOCK)
        run.world.run_for(timedelta(minutes=1))
        left = facts.since(0)

    assert [each["n"] for each in left["facts"]] == list(range(left["next"] - 5, left["next"]))
    assert left["first"] == left["facts"][0]["n"]
    assert left["dropped_before"] == left["facts"][0]["at"]


def test_a_world_that_is_consumed_has_the_same_facts_and_does_not_grow() -> None:
    found: list[Any] = []
    for consume in (False, True):
        with a_run() as run:
            facts = Facts(run, consume=consume)
            for step in (BACK, BLOCK):
                do(run, step)
                facts.read()
            for _ in range(4):
                run.world.run_for(timedelta(minutes=10))
                facts.read()
            found.append([(each["at"], each["title"], each["parent"]) for each in all_of(facts)])
            world = run.world
            kept = (world.deliveries, world.calls, world.logs, world.unasked)

    assert found[0] == found[1]
    assert [len(each) for each in kept] == [0, 0, 0, 0]
    assert run.notes == []


def test_facts_keep_up_although_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivskit_local.dev.facts._MUCH", 3)
    with a_run() as run:
        facts = Facts(run, consume=True)
        do(run, LIVE)
        facts.keep_up()
        unread = len(run.world.deliveries)
        run.world.run_for(timedelta(minutes=1))
        do(run, {**BLOCK, "at": "2m"})
        run.world.run_for(timedelta(minutes=1))
        facts.keep_up()
        left = len(run.world.deliveries)

    assert (unread, left) == (1, 0)


def test_what_a_forgotten_delivery_leads_to_stands_on_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ivskit_local.dev.reactions._AT_A_TIME", 0)
    with a_run() as run:
        facts = Facts(run, most=1, consume=True)
        do(run, LIVE, {"at": "10m", "do": "hang up", "channel": "show"})
        run.world.run_for(timedelta(minutes=1))
        facts.read()
        run.world.run_for(timedelta(minutes=15))
        found = all_of(facts)

    assert way_to(the(found, "outcome", "Stream Key Rotated"), found) == [
        "decision rotate_stream_key: Stream Key Rotated",
        "outcome Stream Key Rotated",
    ]


def test_a_dead_letter_goes_back_to_the_attempt_that_failed_last() -> None:
    fails = {"at": "0s", "do": "fault", "service": "ivs", "operation": "GetChannel", "times": 20}
    with a_run() as run:
        facts = Facts(run)
        do(run, fails, command("Rotate Stream Key", "0s"))
        run.world.run_for(timedelta(hours=2))
        found, state = all_of(facts), facts.state()

    letter = the(found, "dead letter", "Dead letter of rotate_stream_key")
    [tried] = [each for each in found if each["n"] == letter["parent"]]
    assert (tried["kind"], tried["mark"], tried["function"]) == (
        "decision",
        "failed",
        "rotate_stream_key",
    )
    assert "Unavailable" in tried["text"]
    assert letter["cause"] == the(found, "command", "Rotate Stream Key")["cause"]
    [kept] = state["dead_letters"]
    assert (kept["function"], kept["event_id"]) == (
        "rotate_stream_key",
        letter["more"]["event_id"],
    )


def test_a_step_that_is_refused_is_a_fact_of_its_own() -> None:
    with a_run() as run:
        facts = Facts(run)
        run.note("show goes live")
        run.note("refused: show has no stream key")
        step, refused = all_of(facts)

    assert (refused["parent"], refused["mark"], refused["text"]) == (
        step["n"],
        "refused",
        "show has no stream key",
    )
    assert refused["channel"] == step["channel"] == run.arns["show"]


def test_an_expectation_of_a_scenario_is_a_check() -> None:
    with a_run() as run:
        facts = Facts(run)
        run.find(f"{run.arns['show']} is live", "it is not")
        [check] = all_of(facts)

    assert (check["kind"], check["mark"]) == ("check", "failed")
    assert (check["title"], check["text"]) == ("show is live", "found: it is not")


def test_the_state_says_how_a_channel_stands() -> None:
    with a_run("show", "other") as run:
        facts = Facts(run)
        do(run, LIVE, {"at": "1m", "do": "watch", "channel": "show", "viewers": 7})
        before = facts.state()
        do(run, {"at": "2m", "do": "starve", "channel": "show"})
        starving = facts.state()
        do(run, {**BLOCK, "at": "3m"}, {"at": "3m", "do": "pause", "reason": "an incident"})
        run.world.run_for(timedelta(minutes=1))
        after = facts.state()
        show = run.arns["show"]

    live, other = before["channels"]
    assert (live["name"], live["status"], live["viewers"], live["encoder"]) == (
        "show",
        "live",
        7,
        True,
    )
    assert (live["managed"], live["mode"], live["blocked"]) == (True, "enforce", False)
    assert live["arn"] == show
    assert ":stream-key/" in live["key"]["arn"]
    assert live["session"]["stream_id"].startswith("st-")
    assert (other["name"], other["status"], other["session"]) == ("other", "offline", None)
    assert starving["channels"][0]["status"] == "starving"
    assert after["channels"][0]["blocked"]
    assert after["channels"][0]["key"] is None
    assert before["paused"] == {"automation": False, "commands": False, "text": None}
    assert after["paused"]["automation"]
    assert "an incident" in after["paused"]["text"]
    assert "stop_stream" in after["functions"]
    assert (before["stage"], before["start"]) == ("dev", run.start.isoformat())


def test_a_key_is_as_old_as_it_is() -> None:
    with a_run() as run:
        facts = Facts(run)
        [before] = facts.state()["channels"]
        do(run, command("Rotate Stream Key", "5m"))
        run.world.run_for(timedelta(seconds=30))
        [show] = facts.state()["channels"]

    assert before["key"]["made_at"] == run.start.isoformat()
    assert show["key"]["made_at"].startswith("2026-11-20T17:05:0")


def test_the_state_lists_what_is_due_soonest_first() -> None:
    with a_run() as run:
        facts = Facts(run)
        do(run, BACK)
        starts = facts.state()["due"]
        do(run, {"at": "5m", "do": "hang up", "channel": "show"})
        run.world.run_for(timedelta(seconds=30))
        due = facts.state()["due"]

    assert starts[0]["what"] == "the stream starts"
    assert [each["at"] for each in due] == sorted(each["at"] for each in due)
    [grace] = [each for each in due if each["what"] == "looks again: grace over"]
    assert (grace["function"], grace["channel"]) == ("rotate_stream_key", run.arns["show"])
    assert grace["at"].startswith("2026-11-20T17:15:0")
    assert any(each["what"] == "Sweep" for each in due)


def test_a_schedule_that_has_fired_is_not_due_any_more() -> None:
    tags = {**MANAGED, "ivskit:max-duration": "3h"}
    with a_run() as run:
        facts = Facts(run)
        do(run, {"at": "0s", "do": "tag", "channel": "show", "tags": tags}, {**LIVE, "at": "1s"})
        run.world.run_for(timedelta(minutes=1))
        before = [each["what"] for each in facts.state()["due"]]
        run.world.run_for(timedelta(hours=4))
        after = [each["what"] for each in facts.state()["due"]]

    assert "looks again: max duration" in before
    assert "looks again: max duration" not in after


def test_nothing_that_is_served_has_a_key_or_a_token() -> None:
    with a_run() as run:
        facts = Facts(run)
        do(run, BACK, command("Rotate Stream Key", "1m", detail={"if_live": "proceed"}))
        run.world.run_for(timedelta(minutes=1))
        key = run.key("show")
        assert key is not None
        first = run.first_keys["show"]
        assert first is not None
        token = "eyJhbGciOiJFUzM4NCJ9.eyJhIjoxfQ.c2lnbmF0dXJl"
        detail = {"reason": f"{key.value} of {token}"}
        do(run, command("Block Channel", "10m", detail=detail))
        run.world.client("ivs").tag_resource(resourceArn=run.arns["show"], tags={"x": key.value})
        run.world.run_for(timedelta(minutes=1))
        served = json.dumps([facts.since(0), facts.state()])

    assert "sk_(removed) of (token removed)" in served
    assert key.value != first.value
    for secret in (key.value, first.value, token):
        assert secret not in served
