"""Viewers, their tokens and revocations in scenarios."""

from copy import deepcopy
from typing import Any

import pytest

from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.scenarios.play import play
from ivskit_local.scenarios.report import as_document, as_lines
from tests.ivskit_local.scenarios.plays import MANAGED, Step, broken, done, played
from tests.worlds import ROOT

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
    counts = {"revoked": 1, "failed": 0, "rejected": 1, "skipped": 0, "report": ["3 channel_arn: "]}

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
        "the manifest list.csv is uploaded",
        "ann is issued a token for show",
        "ann is issued a token for show",
        "command Revoke Viewers (manifest: list.csv)",
    ]


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        (
            {"channels": {"show": {"viewers": {"ann": ["plays"]}}}},
            "the tokens of ann for show: plays; found: refused (the viewer's sessions up to "
            "version 5 at least are revoked), plays (the token is good)",
        ),
        (
            {"channels": {"show": {"viewers": {"bob": ["plays"]}}}},
            "the tokens of bob for show: plays; found: none was issued",
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


def test_what_happened_at_the_same_moment_is_shown_in_the_order_in_which_it_began() -> None:
    came_of_it = played(*REVOKED, show=WATCHED)

    functions = [moment.get("function") for moment in as_document(came_of_it)["timeline"]]
    planned, revoked, reported = filter(lambda name: name and "revo" in name, functions)
    assert (planned, revoked, reported) == (
        "plan_revocation",
        "revoke_viewers",
        "plan_revocation",
    )


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
