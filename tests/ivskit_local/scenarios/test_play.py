"""Playing a scenario: every kind of step, and every expectation seen to be broken."""

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from ivskit.redaction import redact
from ivskit_local.errors import WrongUsage
from ivskit_local.runtime.deliveries import Delivery, Reaction
from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.scenarios.metadata_reader import delivered
from ivskit_local.scenarios.play import Played, play, without_repeats
from ivskit_local.scenarios.report import as_document, as_lines, summary
from tests.samples import CHANNEL
from tests.worlds import ROOT

MANAGED = {"ivskit:managed": "true"}
Step = dict[str, Any]
LIVE: Step = {"at": "0s", "do": "go live", "channel": "show"}


def played(
    *steps: Step, expect: Any = None, name: str = "x.json", show: Any = None, **more: Any
) -> Played:
    """What comes of these steps on the channel `show`, which is managed unless told."""
    scenario = {
        "tells": "Something.",
        "channels": {"show": {"tags": MANAGED} if show is None else show},
        "steps": steps,
        "expect": expect or {},
        **more,
    }
    return play(parse_scenario(name, scenario), synthesize(ROOT), project_root=ROOT)


def command(name: str, at: str, **more: Any) -> Step:
    """A command about the channel."""
    return {"at": at, "do": "command", "command": name, "channel": "show", **more}


def broken(came_of_it: Played) -> Sequence[str]:
    """What was not as it must be, as the summary tells it."""
    return list(summary([came_of_it]))[1:]


def done(came_of_it: Played) -> Sequence[str]:
    """What the timeline says was done."""
    timeline = as_document(came_of_it)["timeline"]
    return [moment["done"] for moment in timeline if "done" in moment]


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ({"channels": {"show": {"live": False}}}, "show is down; found: session 1 of show is live"),
        (
            {"channels": {"show": {"live": 2}}},
            "session 2 of show is live; found: session 1 of show is live",
        ),
        ({"channels": {"show": {"key": "first"}}}, "show has its first key; found: key 2"),
        ({"channels": {"show": {"key": "none"}}}, "show has no key; found: key 2"),
        ({"channels": {"show": {"key": "same"}}}, "show has the key of the last check; found: "),
        ({"channels": {"show": {"keys_made": 1}}}, "show has had 1 key(s); found: 2"),
        (
            {"channels": {"show": {"tags": {"a": "b"}}}},
            "show has the tag a = b; found: no tag a",
        ),
        (
            {"channels": {"show": {"tags": {"ivskit:managed": None}}}},
            "show has no tag ivskit:managed; found: the tag ivskit:managed = true",
        ),
        (
            {"outcomes": [{"name": "Stream Key Rotated"}, {"name": "Stream Key Rotated"}]},
            "Stream Key Rotated; found: Rotation Skipped, since 'the channel still has the key "
            "that was delivered'",
        ),
        (
            {"outcomes": [{"name": "Stream Key Rotated", "says": "session 2"}]},
            "Stream Key Rotated, since 'session 2'; found: Stop Skipped, since 'nothing limits how "
            "long this stream may last'; Stream Key Rotated, since 'leaked'; ",
        ),
        ({"told": {"Stream Key Rotated": 0}}, "Stream Key Rotated was told 0 time(s); found: 1"),
        ({"called": {"CreateStreamKey": 2}}, "CreateStreamKey was called 2 time(s); found: 1"),
        ({"dead_letters": 1}, "1 in dead letters; found: nothing"),
    ],
)
def test_an_expectation_that_is_broken_says_what_was_found(expect: Any, said: str) -> None:
    proceed = {"if_live": "proceed", "reason": "leaked"}
    came_of_it = played(LIVE, command("Rotate Stream Key", "1m", detail=proceed), expect=expect)

    [sentence] = broken(came_of_it)
    assert sentence.startswith(f"  ✗ x.json: at 2m expected: {said}")
    assert not came_of_it.ok


REVOKED: list[Step] = [
    {
        "at": "0s",
        "do": "put manifest",
        "name": "list.csv",
        "rows": [{"channel": "show", "viewer": "ann", "up_to_version": 5}, "gibberish"],
    },
    {"at": "0s", "do": "issue token", "channel": "show", "viewer": "ann", "version": 5},
    {"at": "1m", "do": "issue token", "channel": "show", "viewer": "ann", "version": 6},
    {
        "at": "2m",
        "do": "command",
        "command": "Revoke Viewers",
        "id": "list",
        "detail": {"manifest": "list.csv"},
    },
]
WATCHED = {
    "private": True,
    "tags": MANAGED,
}


def test_viewers_and_revocations_are_as_they_are_expected() -> None:
    counts = {"revoked": 1, "failed": 0, "rejected": 1, "kept": 0, "report": ["3 channel_arn: "]}

    came_of_it = played(
        *REVOKED,
        show=WATCHED,
        expect={
            "channels": {"show": {"viewers": {"ann": ["refused", "plays"]}, "metadata": []}},
            "jobs": {"list": {"state": "done", **counts}},
        },
    )

    assert broken(came_of_it) == []
    assert "✗" not in "".join(as_lines(came_of_it))
    assert done(came_of_it) == [
        "the manifest list.csv is put where manifests may lie",
        "ann is issued a token of show",
        "ann is issued a token of show",
        "command Revoke Viewers (manifest: list.csv)",
    ]


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        (
            {"channels": {"show": {"viewers": {"ann": ["plays"]}}}},
            "ann, with each token of show, is: plays; found: refused (the viewer's sessions up to "
            "version 5 at least are revoked), plays (the token is good)",
        ),
        (
            {"channels": {"show": {"viewers": {"bob": ["plays"]}}}},
            "bob, with each token of show, is: plays; found: issued no token",
        ),
        (
            {"jobs": {"list": {"state": "cancelled", "revoked": 2}}},
            "the revocation list is cancelled, 2 revoked; found: done, 1 revoked",
        ),
        ({"jobs": {"other": {}}}, "there is a revocation other; found: there is none"),
        (
            {"jobs": {"list": {"report": []}}},
            "the report of list has 0 line(s): none; found: 3 channel_arn: String should match",
        ),
        (
            {"jobs": {"list": {"report": ["3 viewer_id: "]}}},
            "the report of list has 1 line(s): 3 viewer_id: ; found: 3 channel_arn: ",
        ),
    ],
)
def test_an_expectation_of_viewers_that_is_broken_says_what_was_found(
    expect: Any, said: str
) -> None:
    [sentence] = broken(played(*REVOKED, show=WATCHED, expect=expect))

    assert f" expected: {said}" in sentence


def test_a_revocation_that_is_not_over_has_no_report_yet() -> None:
    service = {"service": "ivs", "operation": "StartViewerSessionRevocation"}
    fault = {"at": "2m", "do": "fault", "status": 503, **service}
    early = {"state": "running", "revoked": 0, "report": []}
    look = {"at": "2m", "do": "check", "expect": {"jobs": {"a list/1": early}}}
    command = {**REVOKED[-1], "id": "a list/1"}

    came_of_it = played(
        *REVOKED[:-1],
        fault,
        command,
        look,
        show=WATCHED,
        expect={"jobs": {"a list/1": {"state": "done", "revoked": 1, "report": ["3 channel_arn"]}}},
    )

    [sentence] = broken(came_of_it)
    assert sentence.endswith(
        "at 2m expected: the report of a list/1 has 0 line(s): none; found: no report"
    )


def push(at: str, metadata: Any, *, to: str = "metadata queue", **more: Any) -> Step:
    """Metadata for the channel, sent straight to its queue unless told."""
    detail = {"channel_arns": ["show"], "metadata": metadata, **more}
    return command("Push Metadata", at, channel=None, to=to, detail=detail)


def test_metadata_is_shown_as_players_make_of_it() -> None:
    together = [push("1m1s", {"n": n}, coalesce=True) for n in range(3)]

    came_of_it = played(
        LIVE,
        push("1m", "first"),
        *together,
        expect={
            "channels": {"show": {"metadata": ["first", {"n": 0}, {"n": 1}]}},
        },
    )

    [sentence] = broken(came_of_it)
    assert sentence.endswith(
        'expected: the viewers of show got "first", {"n": 0}, {"n": 1}; '
        'found: "first", {"n": 0}, {"n": 1}, {"n": 2}'
    )
    lines = [line.split(maxsplit=1)[1] for line in as_lines(came_of_it) if "1m " in line]
    assert "ivskit-dev-metadata.fifo: Push Metadata (show)" in lines
    [first, *_] = [moment for moment in as_document(came_of_it)["timeline"] if moment.get("queues")]
    assert (first["about"], first["rules"]) == ("show", [])


@pytest.mark.parametrize("metadata", [{"ivskit": "rocks"}, {"ivskit": 2, "items": ["later"]}])
def test_players_know_one_version_of_the_envelope(metadata: Any) -> None:
    came_of_it = played(
        LIVE,
        push("1m", metadata),
        expect={"channels": {"show": {"metadata": []}}, "told": {"Metadata Pushed": 1}},
    )

    assert broken(came_of_it) == []


def test_metadata_goes_to_any_number_of_channels() -> None:
    names = [f"show{number}" for number in range(12)]

    came_of_it = played(
        push("1m", "goal", channel_arns=names),
        channels={name: {"tags": MANAGED} for name in names},
        expect={"told": {"Metadata Dropped": 12}},
    )

    assert broken(came_of_it) == []


@pytest.mark.parametrize("arns", [None, "show", 7])
def test_a_command_that_names_its_channels_wrongly_is_told_as_any_other(arns: Any) -> None:
    detail = {"channel_arns": arns, "metadata": "goal"}

    came_of_it = played(
        command("Push Metadata", "1m", channel=None, detail=detail),
        expect={"told": {"Command Refused": 1}},
    )

    assert broken(came_of_it) == []
    text = "\n".join(as_lines(came_of_it))
    assert "Push Metadata" in text
    assert redact(text) == text


def test_metadata_that_nobody_could_send_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage, match=r"Push Metadata: metadata: .* not 1025"):
        played(LIVE, push("1m", "x" * 1025))


def test_what_happened_at_the_same_moment_is_shown_in_the_order_in_which_it_began() -> None:
    came_of_it = played(*REVOKED, show=WATCHED)

    functions = [moment.get("function") for moment in as_document(came_of_it)["timeline"]]
    planned, revoked, reported = filter(lambda name: name and "revo" in name, functions)
    assert (planned, revoked, reported) == (
        "plan_revocation",
        "revoke_viewers",
        "plan_revocation",
    )


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
    said = [each for each in done(came_of_it) if "pause" in each]
    assert said == ["automation is paused, and commands with it: fire", "the pause is over"]


def test_what_is_not_deployed_cannot_be_asked_for() -> None:
    wanted = ("/ivskit/dev/jobs", "/ivskit/dev/reports")
    bare: Any = deepcopy(dict(synthesize(ROOT)))
    for template in bare.values():
        for resource in template["Resources"].values():
            if resource.get("Properties", {}).get("Name") in wanted:
                resource["Properties"]["Name"] += "-elsewhere"
    scenario = {
        "tells": "Something.",
        "channels": {"show": {}},
        "steps": REVOKED[:1],
        "expect": {"jobs": {"list": {}}},
    }

    came_of_it = play(parse_scenario("x.json", scenario), bare, project_root=ROOT)

    [manifest, jobs] = broken(came_of_it)
    assert "refused: there is no parameter /ivskit/<stage>/reports" in manifest
    assert jobs.endswith("there is a revocation list; found: there is none")


@pytest.mark.parametrize(
    ("texts", "pieces"),
    [
        (["kick-off", '{"goal":"home"}', "[1]", "5"], ["kick-off", {"goal": "home"}, [1], "5"]),
        (["again", "again"], ["again", "again"]),
        (
            [
                '{"ivskit":1,"seq":["a","9"],"items":["second",{"n":1}]}',
                '{"ivskit":1,"seq":["a","10"],"items":["second","third"]}',
            ],
            [{"n": 1}, "second", "third"],
        ),
    ],
)
def test_a_player_delivers_every_piece_of_an_envelope_once(
    texts: Sequence[str], pieces: Sequence[Any]
) -> None:
    assert list(delivered(texts)) == pieces


def test_a_channel_that_is_blocked_is_not_live_and_has_no_key() -> None:
    state = {"live": True, "key": "first"}

    [live, key] = broken(
        played(command("Block Channel", "0s"), expect={"channels": {"show": state}})
    )

    assert live.endswith("expected: show is live; found: show is down")
    assert key.endswith("expected: show has its first key; found: no key")


def test_a_channel_may_begin_without_a_key() -> None:
    assert played(
        {
            "at": "0s",
            "do": "check",
            "expect": {"channels": {"show": {"key": "none", "keys_made": 0}}},
        },
        {**LIVE, "may_fail": True},
        command("Rotate Stream Key", "1m"),
        show={"tags": MANAGED, "has_key": False},
        expect={"channels": {"show": {"live": False, "key": "new", "keys_made": 1}}},
    ).ok


def test_an_encoder_that_is_refused_breaks_a_scenario_that_does_not_expect_it() -> None:
    twice = {**LIVE, "at": "1m"}

    [sentence] = broken(played(LIVE, twice))
    assert sentence.startswith("  ✗ x.json: at 1m expected: show goes live; found: refused: show ")
    assert broken(played(LIVE, {**twice, "may_fail": True})) == []


@pytest.mark.parametrize(
    "step",
    [
        {"do": "lose", "channel": "show", "event_name": "Stream End"},
        {"do": "kill", "function": "stop_stream", "operation": "StopStream", "when": "before"},
        {"do": "fault", "service": "ivs", "operation": "StopStream"},
    ],
)
def test_a_mishap_that_never_comes_about_breaks_a_scenario(step: Step) -> None:
    mishap = {"at": "0s", **step}

    [sentence] = broken(played(mishap))
    assert sentence.endswith("; found: it never came to that")
    assert broken(played({**mishap, "may_fail": True})) == []


def test_every_kind_of_mishap_is_carried_out_and_told() -> None:
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
        "ivs CreateStreamKey fails 1 time(s) after doing: InternalServerException",
        "show hangs up",
        "2 times: the next Session Created of show gets lost",
        "show goes live",
        "show hangs up",
        "show goes live",
        "the dead letters of stop_stream are redriven",
    ]  # fmt: skip


def test_every_kind_of_step_is_carried_out_and_told() -> None:
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
        "show falls silent",
        "show sends again",
        "show is tagged a = b, no ivskit:managed",
        "show is tagged no a",
        "somebody does: delete key of show",
        "somebody does: create key of show",
        "command Push Metadata (channel_arns: ['show'])",
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
        ({"do": "deliver", "file": "nowhere.json"}, "nowhere.json: is no event: "),
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
    ("step", "said"),
    [
        (command("Stop Stream", "1m", session=2), "show has had 1 session(s), not 2"),
        ({"at": "1m", "do": "create key", "channel": "show"}, "ServiceQuotaExceededException"),
    ],
)
def test_what_cannot_be_done_breaks_a_scenario(step: Step, said: str) -> None:
    [sentence] = broken(played(LIVE, step))

    assert said in sentence
    assert broken(played(LIVE, {**step, "may_fail": True})) == []


def test_dead_letters_break_a_scenario_that_does_not_expect_them() -> None:
    fails = {"at": "0s", "do": "fault", "service": "ivs", "operation": "GetChannel", "times": 10}

    [sentence] = broken(played(fails, command("Rotate Stream Key", "0s")))
    assert "expected: nothing in dead letters; found: rotate_stream_key: Unavailable" in sentence
    assert played(fails, command("Rotate Stream Key", "0s"), expect={"dead_letters": 1}).ok


def test_an_invariant_that_is_broken_breaks_every_scenario() -> None:
    came_of_it = played(
        command("Rotate Stream Key", "0s"), {"at": "10m", "do": "delete key", "channel": "show"}
    )

    assert any("no channel without a key unless blocked" in each for each in broken(came_of_it))


def test_what_never_comes_to_rest_is_broken() -> None:
    years = {**MANAGED, "ivskit:max-duration": "9999d"}

    sentences = broken(played(LIVE, show={"tags": years}))

    assert any("everything comes to rest; found: still pending" in each for each in sentences)


def test_what_is_of_the_same_moment_happens_at_once() -> None:
    stops = [command("Stop Stream", "1m") for _ in range(2)]

    came_of_it = played(LIVE, *stops)

    reactions = [each.shown for each in came_of_it.timeline if isinstance(each.shown, Reaction)]
    assert any("is being acted on by somebody else" in (each.error or "") for each in reactions)


def test_the_same_key_is_the_one_of_the_last_check() -> None:
    def check(at: str, key: str) -> Step:
        return {"at": at, "do": "check", "expect": {"channels": {"show": {"key": key}}}}

    rotate = command("Rotate Stream Key", "2m")

    assert (
        broken(played(check("1m", "same"), rotate, check("3m", "new"), check("4m", "same"))) == []
    )


def test_what_the_clock_asks_for_is_shown_when_it_says_something_new() -> None:
    def reaction(outcome: str | None, error: str | None = None) -> Reaction:
        return Reaction("sweeps", outcome, "so", None, (), 1.0, error)

    told = [reaction("A"), reaction("A"), reaction(None, "lost"), reaction(None, "lost")]

    assert list(without_repeats([*told, reaction("A")])) == [told[0], *told[2:], reaction("A")]


def test_a_timeline_is_shown_to_people_and_to_programs() -> None:
    came_of_it = played(
        LIVE,
        {"at": "1m", "do": "fault", "service": "ivs", "operation": "GetStream"},
        command("Stop Stream", "1m", detail={"then": "kick"}),
        {"at": "1m30s", "do": "check", "expect": {"channels": {"show": {"live": False}}}},
        expect={"channels": {"show": {"live": True}}},
    )

    lines = list(as_lines(came_of_it))
    assert lines[:4] == [
        "x.json",
        "  Something.",
        "         0s  show goes live",
        "         0s  on the bus: Session Created (session 1 of show)",
    ]
    assert "               matches ivskit-dev-automation/StopStream/StopStreamCommand" in lines
    assert (
        "                 ivs GetStream  ✗ InternalServerException: a fault, before doing" in lines
    )
    assert any("✗ Unavailable" in line for line in lines)
    assert "               → Stream Stopped: commanded" in lines
    assert "      1m30s  ✓ show is down" in lines
    assert "✗ expected: show is live; found: show is down" in lines[-3]

    document = as_document(came_of_it)
    assert list(document) == ["scenario", "tells", "ok", "timeline", "virtual_seconds"]
    assert (document["scenario"], document["ok"]) == ("x.json", False)
    timeline = document["timeline"]
    assert timeline[0] == {"after_seconds": 0, "done": "show goes live"}
    [start] = [moment for moment in timeline if moment.get("event") == "Stream Start"]
    assert start["after_seconds"] == 7
    assert start["about"] == "session 1 of show"
    assert start["rules"] == ["ivskit-dev-automation/StopStream/StreamStart"]
    kept = {"after_seconds": 90, "expected": "show is down", "kept": True, "found": None}
    assert kept in timeline
    assert [m["outcome"] for m in timeline if m.get("function") == "stop_stream"][-2:]
    found = {"expected": "show is live", "kept": False, "found": "show is down"}
    assert found.items() <= timeline[-3].items()


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

    told = [finding.found for finding in came_of_it.findings if finding.found is not None]
    assert came_of_it.ok is not refused
    assert ["ParameterAlreadyExists" in each for each in told] == [True] * refused


def test_a_channel_that_is_deleted_while_its_key_is_owed_is_judged_all_the_same() -> None:
    came_of_it = played(
        {**LIVE, "at": "0s"},
        {"at": "9m", "do": "fault", "service": "ivs", "operation": "CreateStreamKey", "times": 3},
        command("Stop Stream", "10m"),
        {"at": "10m5s", "do": "delete channel", "channel": "show"},
        {"at": "20m", "do": "check", "expect": {"channels": {"show": {"live": False}}}},
        expect={"channels": {"show": {"key": "none", "tags": {"ivskit:managed": None}}}},
    )

    assert broken(came_of_it) == []


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
