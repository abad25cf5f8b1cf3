"""Every kind of step: what it does, and its sentence in the timeline."""

from pathlib import Path

import pytest

from ivskit_local.errors import WrongUsage
from ivskit_local.runtime.deliveries import Delivery, Reaction
from ivskit_local.scenarios.format import NotAScenario
from tests.ivskit_local.scenarios.plays import LIVE, MANAGED, Step, broken, command, done, played
from tests.samples import CHANNEL
from tests.worlds import ROOT


def test_people_pause_all_and_let_it_go_on() -> None:
    rotate = command("Rotate Stream Key", "1m")
    resume = {"at": "2m", "do": "resume"}

    came_of_it = played(
        {"at": "0s", "do": "pause", "reason": "fire", "commands_too": True},
        rotate,
        {"at": "2m", "do": "check", "expect": {"channels": {"show": {"key": "first"}}}},
        resume,
        {**rotate, "at": "3m"},
        expect={"channels": {"show": {"key": "new"}}, "told": {"Stream Key Rotated": 1}},
    )

    assert broken(came_of_it) == []
    said = [each for each in done(came_of_it) if "automation" in each]
    assert said == ["automation is paused, commands too: fire", "automation resumes"]


@pytest.mark.parametrize(("patience", "live"), [("20s", 2), ("5s", False)])
def test_an_encoder_with_patience_waits_for_the_cut(patience: str, live: int | bool) -> None:
    kick = command("Stop Stream", "10m")

    came_of_it = played(
        LIVE,
        {**LIVE, "at": "9m50s", "patience": patience},
        {**kick, "detail": {"then": "kick"}},
        {"at": "11m", "do": "check", "expect": {"channels": {"show": {"live": live}}}},
    )

    assert broken(came_of_it) == []


def test_the_next_sweep_does_not_wait_for_one_that_is_late() -> None:
    came_of_it = played(
        {"at": "1m", "do": "come late", "by": "12m"}, {"at": "20m", "do": "check", "expect": {}}
    )

    sweeps = [
        (moment.after, moment.shown.outcome)
        for moment in came_of_it.timeline
        if isinstance(moment.shown, Reaction) and moment.shown.function == "reconcile_streams"
    ]
    minutes = [(after.total_seconds() // 60, outcome) for after, outcome in sweeps]
    assert minutes == [
        (10, "Streams Reconciled"),
        (17, "Sweep Skipped"),
        (20, "Streams Reconciled"),
    ]


def test_every_kind_of_mishap_is_carried_out_and_shown() -> None:
    came_of_it = played(
        {
            "at": "0s",
            "do": "repeat",
            "channel": "show",
            "event_name": "Stream Start",
            "after": "5s",
        },
        LIVE,
        {"at": "1m", "do": "fail", "channel": "show"},
        {"at": "20m", "do": "delay", "channel": "show", "event_name": "Stream End", "by": "1m"},
        {**LIVE, "at": "20m"},
        {
            "at": "25m",
            "do": "kill",
            "function": "rotate_stream_key",
            "operation": "GetChannel",
            "when": "after",
        },
        {
            "at": "25m",
            "do": "fault",
            "service": "ivs",
            "operation": "CreateStreamKey",
            "when": "after",
        },
        {"at": "25m", "do": "hang up", "channel": "show"},
        {"at": "1h", "do": "lose", "channel": "show", "event_name": "Session Created", "times": 2},
        {**LIVE, "at": "1h"},
        {"at": "1h1m", "do": "hang up", "channel": "show"},
        {**LIVE, "at": "1h1m10s"},
        {"at": "1h30m", "do": "redrive", "function": "stop_stream"},
        expect={"channels": {"show": {"live": 4, "key": "new"}}, "told": {"Stream Key Rotated": 2}},
    )

    assert broken(came_of_it) == []
    assert done(came_of_it) == [
        "the next Stream Start of show arrives again 5s later",
        "show goes live",
        "show cannot be processed by IVS",
        "the next Stream End of show arrives 1m late",
        "show goes live",
        "rotate_stream_key dies after its next GetChannel",
        "ivs CreateStreamKey fails once, after taking effect: InternalServerException",
        "show hangs up",
        "the next Session Created of show gets lost, 2 times",
        "show goes live",
        "show hangs up",
        "show goes live",
        "the dead letters of stop_stream are redriven",
    ]  # fmt: skip


def test_every_kind_of_step_is_carried_out_and_shown() -> None:
    came_of_it = played(
        LIVE,
        {"at": "1m", "do": "starve", "channel": "show"},
        {"at": "1m5s", "do": "recover", "channel": "show"},
        {"at": "2m", "do": "tag", "channel": "show", "tags": {"a": "b", "ivskit:managed": None}},
        {"at": "3m", "do": "tag", "channel": "show", "tags": {"a": None}},
        {"at": "4m", "do": "delete key", "channel": "show"},
        {"at": "5m", "do": "create key", "channel": "show"},
        command("Push Metadata", "6m", channel=None, detail={"channel_arns": ["show"]}),
        command("Stop Stream", "7m", session=1, issued="-1h", id="mine"),
        expect={"channels": {"show": {"live": 1, "key": "new", "tags": {"a": None}}}},
    )

    assert broken(came_of_it) == []
    assert done(came_of_it) == [
        "show goes live",
        "show starves",
        "show recovers",
        "show is tagged a = b, no ivskit:managed",
        "show is tagged no a",
        "somebody deletes the key of show",
        "somebody creates a key of show",
        "command Push Metadata (channel_arns: show)",
        "command Stop Stream (show, issued at -1h)",
    ]
    [pushed, stop] = [
        moment.shown.event["detail"]
        for moment in came_of_it.timeline
        if isinstance(moment.shown, Delivery) and moment.shown.event["source"] == "ivskit.command"
    ]
    assert [came_of_it.named(arn) for arn in pushed["channel_arns"]] == ["show"]
    assert (stop["command_id"], stop["issued_at"]) == ("mine", "2026-11-20T16:00:00+00:00")
    assert came_of_it.named(stop["stream_id"]) == "session 1 of show"


def test_an_event_from_a_file_is_delivered_to_the_channel_that_it_names(tmp_path: Path) -> None:
    events = ROOT / "events"
    came_of_it = played(
        {"at": "0s", "do": "deliver", "file": "../stream-state-change.stream-end.json"},
        name=str(events / "scenarios" / "x.json"),
        show={"tags": MANAGED, "arn": CHANNEL},
        expect={"channels": {"show": {"key": "new"}}},
    )

    assert broken(came_of_it) == []


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"do": "deliver", "file": "nowhere.json"}, "nowhere.json: is not an event: "),
        (
            {"do": "redrive", "function": "restart"},
            "there is no function 'restart'; there are ",
        ),
    ],
)
def test_what_is_not_there_is_wrong_usage(step: Step, said: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        played({"at": "0s", **step})

    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("channels", "refused"), [("named", False), ("tagged", True), ("all", True)]
)
def test_a_stage_beside_the_first_must_leave_it_the_channels_that_name_none(
    channels: str, refused: bool
) -> None:
    settings = {"policy.channels": channels}
    came_of_it = played(
        {"at": "1m", "do": "deploy stage", "stage": "staging", "settings": settings}
    )

    broken_findings = [
        finding.found for finding in came_of_it.findings if finding.found is not None
    ]
    assert came_of_it.ok is not refused
    assert ["ParameterAlreadyExists" in each for each in broken_findings] == [True] * refused


def test_commands_go_to_the_first_stage_where_there_are_two() -> None:
    came_of_it = played(
        {
            "at": "1m",
            "do": "deploy stage",
            "stage": "staging",
            "settings": {"policy.channels": "named"},
        },
        command("Block Channel", "2m"),
        expect={"channels": {"show": {"key": "none"}}, "told": {"Channel Blocked": 1}},
    )

    assert broken(came_of_it) == []


def test_an_encoder_of_higher_priority_takes_the_stream_over() -> None:
    second = {**LIVE, "at": "5m", "priority": 2}

    came_of_it = played({**LIVE, "priority": 1}, second, expect={"channels": {"show": {"live": 1}}})

    assert broken(came_of_it) == []
    assert done(came_of_it) == [
        "show goes live with priority 1",
        "show goes live with priority 2",
    ]
    [sentence] = broken(played({**LIVE, "priority": 2}, {**second, "priority": 1}))
    assert "StreamTakeoverInvalidPriority" in sentence


def test_a_policy_changes_in_the_middle_of_a_show() -> None:
    change = {"at": "10m", "do": "change policy", "policy": {"max_duration": "30m"}}
    told = {"Stream Stopped": 1}

    came_of_it = played(
        LIVE,
        change,
        {"at": "1h", "do": "hang up", "channel": "show"},
        {**LIVE, "at": "2h"},
        {"at": "2h20m", "do": "check", "expect": {"channels": {"show": {"live": 2}}}},
        expect={"channels": {"show": {"live": False}}, "told": told},
    )

    assert broken(came_of_it) == []
    assert "the first stage is deployed with policy.max_duration = 30m" in done(came_of_it)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"max_duration": "soon"}, "max_duration"),
        ({"shed": "newest"}, "shed"),
        ({}, "at least 1 item"),
    ],
)
def test_only_what_the_functions_alone_read_of_a_policy_can_change(policy: Step, said: str) -> None:
    with pytest.raises(NotAScenario, match=said):
        played({"at": "1m", "do": "change policy", "policy": policy})


def test_a_stream_that_exceeds_what_its_channel_may_take_ends() -> None:
    exceed = {"at": "5m", "do": "exceed", "channel": "show"}

    came_of_it = played(LIVE, exceed, expect={"channels": {"show": {"live": False}}})

    assert broken(came_of_it) == []
    assert "show sends more than its channel may take" in done(came_of_it)
    reported = [each.shown for each in came_of_it.timeline if isinstance(each.shown, Delivery)]
    assert "IVS Limit Breach" in [each.event["detail-type"] for each in reported]


def test_an_encoder_with_a_wrong_key_stays_out() -> None:
    came_of_it = played({**LIVE, "key": "wrong", "may_fail": True})

    assert broken(came_of_it) == []
    assert done(came_of_it) == [
        "show goes live with a wrong key",
        "refused: no channel has this stream key",
    ]


def test_a_function_dies_at_its_nth_call() -> None:
    dies = {"at": "0s", "do": "kill", "function": "rotate_stream_key", "when": "before", "call": 3}

    came_of_it = played(dies, command("Rotate Stream Key", "0s"))
    assert broken(came_of_it) == []
    assert done(came_of_it)[0] == "rotate_stream_key dies before call 3"
    [killed, *_] = [
        moment.shown for moment in came_of_it.timeline if isinstance(moment.shown, Reaction)
    ]
    assert len(killed.calls) == 3
    assert str(killed.error).startswith("killed before ")


@pytest.mark.parametrize("which", [{}, {"call": 1, "operation": "GetChannel"}])
def test_a_function_dies_at_a_call_of_an_operation_or_of_a_number(which: Step) -> None:
    dies = {"at": "0s", "do": "kill", "function": "stop_stream", "when": "before", **which}

    with pytest.raises(NotAScenario, match="takes either operation or call"):
        played(dies)
