"""Expectations: each one, broken once, says what was found."""

from typing import Any

import pytest

from tests.ivskit_local.scenarios.plays import LIVE, MANAGED, Step, broken, command, played


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        (
            {"channels": {"show": {"live": False}}},
            "show is not live; found: session 1 of show is live",
        ),
        (
            {"channels": {"show": {"live": 2}}},
            "session 2 of show is live; found: session 1 of show is live",
        ),
        ({"channels": {"show": {"key": "first"}}}, "show has its first key; found: key 2"),
        ({"channels": {"show": {"key": "none"}}}, "show has no key; found: key 2"),
        ({"channels": {"show": {"key": "same"}}}, "show has the key of the check before; found: "),
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
            "Stream Key Rotated; found: Rotation Skipped, because 'the channel still has the key "
            "that was delivered'",
        ),
        (
            {"outcomes": [{"name": "Stream Key Rotated", "says": "session 2"}]},
            "Stream Key Rotated, because 'session 2'; found: Stop Skipped, because 'nothing limits "
            "how long this stream may last'; Stream Key Rotated, because 'leaked'; ",
        ),
        (
            {"told": {"Stream Key Rotated": 0}},
            "Stream Key Rotated was published 0 time(s); found: 1",
        ),
        ({"called": {"CreateStreamKey": 2}}, "CreateStreamKey was called 2 time(s); found: 1"),
        ({"dead_letters": 1}, "1 dead letter; found: none"),
    ],
)
def test_an_expectation_that_is_broken_says_what_was_found(expect: Any, said: str) -> None:
    proceed = {"if_live": "proceed", "reason": "leaked"}
    came_of_it = played(LIVE, command("Rotate Stream Key", "1m", detail=proceed), expect=expect)

    [sentence] = broken(came_of_it)
    assert sentence.startswith(f"  ✗ x.json: at 2m expected: {said}")
    assert not came_of_it.ok


def test_a_channel_that_is_blocked_is_not_live_and_has_no_key() -> None:
    state = {"live": True, "key": "first"}

    [live, key] = broken(
        played(command("Block Channel", "0s"), expect={"channels": {"show": state}})
    )

    assert live.endswith("expected: show is live; found: show is not live")
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


def test_the_same_key_is_the_one_of_the_last_check() -> None:
    def check(at: str, key: str) -> Step:
        return {"at": at, "do": "check", "expect": {"channels": {"show": {"key": key}}}}

    rotate = command("Rotate Stream Key", "2m")

    assert (
        broken(played(check("1m", "same"), rotate, check("3m", "new"), check("4m", "same"))) == []
    )
