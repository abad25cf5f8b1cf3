"""The timeline of a scenario, for people and for programs."""

from ivskit_local.runtime.deliveries import Reaction
from ivskit_local.scenarios.play import without_repeats
from ivskit_local.scenarios.report import as_document, as_lines, in_a_line
from tests.ivskit_local.scenarios.plays import LIVE, command, played


def test_what_the_clock_asks_for_is_shown_when_it_says_something_new() -> None:
    def reaction(outcome: str | None, error: str | None = None) -> Reaction:
        return Reaction("sweeps", outcome, "so", None, (), 1.0, error)

    all_reactions = [reaction("A"), reaction("A"), reaction(None, "lost"), reaction(None, "lost")]

    assert list(without_repeats([*all_reactions, reaction("A")])) == [
        all_reactions[0],
        *all_reactions[2:],
        reaction("A"),
    ]


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
    assert "      1m30s  ✓ show is not live" in lines
    assert "✗ expected: show is live; found: show is not live" in lines[-3]

    document = as_document(came_of_it)
    assert list(document) == ["scenario", "tells", "ok", "timeline", "virtual_seconds"]
    assert (document["scenario"], document["ok"]) == ("x.json", False)
    timeline = document["timeline"]
    assert timeline[0] == {"after_seconds": 0, "done": "show goes live"}
    [start] = [moment for moment in timeline if moment.get("event") == "Stream Start"]
    assert start["after_seconds"] == 7
    assert start["about"] == "session 1 of show"
    assert start["rules"] == ["ivskit-dev-automation/StopStream/StreamStart"]
    kept = {"after_seconds": 90, "expected": "show is not live", "kept": True, "found": None}
    assert kept in timeline
    assert [m["outcome"] for m in timeline if m.get("function") == "stop_stream"][-2:]
    found = {"expected": "show is live", "kept": False, "found": "show is not live"}
    assert found.items() <= timeline[-3].items()


def test_a_scenario_in_a_line_says_how_much_happened() -> None:
    one = played(
        LIVE,
        {"at": "10m", "do": "hang up", "channel": "show"},
        {"at": "30m", "do": "go live", "channel": "show"},
        name="events/scenarios/two-shows.json",
    )

    assert in_a_line(one, title_width=9) == "✓ two shows  2 sessions   2 keys   30 min"
    assert in_a_line(one, title_width=8) == "✓ two sho…  2 sessions   2 keys   30 min"
    assert in_a_line(one, title_width=5) == "✓ two…   2 sessions   2 keys   30 min"


def test_a_deleted_channel_still_had_its_sessions_and_keys() -> None:
    one = played(
        LIVE,
        {"at": "1m", "do": "hang up", "channel": "show"},
        {"at": "2m", "do": "delete channel", "channel": "show"},
    )

    assert (one.sessions, one.keys) == (1, 1)


def test_a_scenario_without_a_file_goes_by_what_it_tells() -> None:
    assert played(LIVE, name="-").script.title == "Something."
