"""Playing a scenario: what makes it fail."""

import pytest

from ivskit_local.runtime.deliveries import Reaction
from tests.ivskit_local.scenarios.plays import LIVE, MANAGED, Step, broken, command, played


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
    assert sentence.endswith("; found: it did not happen")
    assert broken(played({**mishap, "may_fail": True})) == []


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
    assert "expected: no dead letters; found: rotate_stream_key: Unavailable" in sentence
    assert played(fails, command("Rotate Stream Key", "0s"), expect={"dead_letters": 1}).ok


def test_trouble_at_half_of_its_tries_excuses_a_dead_letter_where_that_is_expected() -> None:
    fails = {"at": "0s", "do": "fault", "service": "ivs", "operation": "GetChannel", "times": 10}
    rotate = command("Rotate Stream Key", "0s")
    redrive = {"at": "1h", "do": "redrive", "function": "rotate_stream_key"}

    assert played(fails, rotate, expect={"dead_letters": "of trouble"}).ok
    assert played(fails, rotate, redrive).ok


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({}, "every channel has a key unless it is blocked"),
        ({"ivskit:mode": "observe"}, None),
        ({"ivskit:managed": None}, None),
    ],
)
def test_a_key_that_somebody_deletes_is_missed_only_where_ivskit_may_act(
    tags: dict[str, str | None], said: str | None
) -> None:
    rotate = command("Rotate Stream Key", "0s")
    change = {"at": "5m", "do": "tag", "channel": "show", "tags": tags or MANAGED}
    delete = {"at": "10m", "do": "delete key", "channel": "show"}

    sentences = broken(played(rotate, change, delete))

    assert [each for each in sentences if said is None or said not in each] == []
    assert bool(sentences) is (said is not None)


def test_an_invariant_that_is_broken_breaks_every_scenario() -> None:
    came_of_it = played(
        command("Rotate Stream Key", "0s"), {"at": "10m", "do": "delete key", "channel": "show"}
    )

    assert any(
        "every channel has a key unless it is blocked" in each for each in broken(came_of_it)
    )


def test_what_never_comes_to_rest_is_broken() -> None:
    years = {**MANAGED, "ivskit:max-duration": "9999d"}

    sentences = broken(played(LIVE, show={"tags": years}))

    assert any("everything comes to rest; found: still pending" in each for each in sentences)


def test_what_is_of_the_same_moment_happens_at_once() -> None:
    rotations = [command("Rotate Stream Key", "1m") for _ in range(2)]

    came_of_it = played(LIVE, *rotations)

    reactions = [each.shown for each in came_of_it.timeline if isinstance(each.shown, Reaction)]
    assert any("another invocation is acting on" in (each.error or "") for each in reactions)


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
