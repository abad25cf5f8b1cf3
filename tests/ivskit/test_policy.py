"""What a channel wants."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from ivskit.durations import format_duration, parse_duration
from ivskit.policy import Policy, PolicySettings
from ivskit.policy.tags import is_blocked


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0s", timedelta()),
        ("45s", timedelta(seconds=45)),
        ("10m", timedelta(minutes=10)),
        ("4h", timedelta(hours=4)),
        ("30d", timedelta(days=30)),
    ],
)
def test_a_duration_reads_and_is_written_the_same(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span
    assert format_duration(span) == text


@pytest.mark.parametrize(
    "text", ["", "10", "m", "-1m", "1.5h", "1h30m", "10 m", "\u0663m", 60, None]
)
def test_anything_else_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="a duration reads like 45s"):
        parse_duration(text)


@pytest.mark.parametrize(
    "span",
    [timedelta(seconds=1.5), timedelta(hours=-1), timedelta(seconds=1_000_001), timedelta.max],
)
def test_a_span_that_cannot_be_written_is_no_duration(span: timedelta) -> None:
    with pytest.raises(ValueError, match="a duration has up to six digits and a unit"):
        parse_duration(span)


def policy_of(tags: Mapping[str, str], **settings: Any) -> Policy:
    """What a channel with these tags wants of the stage `dev`."""
    return PolicySettings(**settings).of(tags, stage="dev")


@pytest.mark.parametrize(
    ("channels", "value", "managed"),
    [
        ("tagged", None, False),
        ("tagged", "true", True),
        ("tagged", "dev", True),
        ("tagged", "false", False),
        ("tagged", "prod", False),
        ("named", None, False),
        ("named", "true", False),
        ("named", "dev", True),
        ("named", "prod", False),
        ("all", None, True),
        ("all", "true", True),
        ("all", "dev", True),
        ("all", "false", False),
    ],
)
def test_the_tag_and_the_setting_say_who_is_managed(
    channels: str, value: str | None, managed: bool
) -> None:
    tags = {} if value is None else {"ivskit:managed": value}

    policy = policy_of(tags, channels=channels)

    assert (policy.managed, policy.mode, policy.bad_tags) == (managed, "enforce", ())


def test_settings_survive_the_way_to_a_function() -> None:
    settings = PolicySettings(mode="observe", rotate="never", grace=timedelta(minutes=5))

    assert PolicySettings.model_validate_json(settings.model_dump_json()) == settings


@pytest.mark.parametrize("age", ["0d", "30m"])
def test_an_age_that_would_replace_keys_all_the_time_is_refused(age: str) -> None:
    with pytest.raises(ValidationError, match="an age must be at least 1h"):
        PolicySettings.model_validate({"rotate": age})


def test_a_setting_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="graze"):
        PolicySettings.model_validate({"graze": "1m"})


@pytest.mark.parametrize(
    ("tag", "value", "field", "expected"),
    [
        ("mode", "observe", "mode", "observe"),
        ("rotate", "never", "rotate", "never"),
        ("rotate", "30d", "rotate", timedelta(days=30)),
        ("max-duration", "4h", "max_duration", timedelta(hours=4)),
        ("max-duration", "off", "max_duration", None),
        ("max-starvation", "20s", "max_starvation", timedelta(seconds=20)),
        ("then", "block", "then", "block"),
        ("rotate", "off", "rotate", "never"),
        ("rotate", "1h", "rotate", timedelta(hours=1)),
        ("managed", "false", "managed", False),
        # Harmless variants.
        ("Mode", "Observe", "mode", "observe"),
        (" mode ", " OBSERVE ", "mode", "observe"),
        ("rotate", "Never", "rotate", "never"),
        ("rotate", "after stream", "rotate", "after-stream"),
        ("rotate", "After_Stream", "rotate", "after-stream"),
        ("rotate", "30 D", "rotate", timedelta(days=30)),
        ("max_duration", "4 H", "max_duration", timedelta(hours=4)),
        ("managed", "FALSE", "managed", False),
        ("welcome", " Show ", "welcome", "Show"),
        (
            "hold-until",
            " 2026-11-20t18:00:00z ",
            "hold_until",
            datetime(2026, 11, 20, 18, tzinfo=UTC),
        ),
        (
            "hold-until",
            "2026-11-20T18:00:00Z",
            "hold_until",
            datetime(2026, 11, 20, 18, tzinfo=UTC),
        ),
    ],
)
def test_a_tag_overlays_the_setting(tag: str, value: str, field: str, expected: object) -> None:
    settings = PolicySettings(channels="all", max_duration=timedelta(hours=1))

    policy = settings.of({f"ivskit:{tag}": value}, stage="dev")

    assert getattr(policy, field) == expected
    assert policy.bad_tags == ()


@pytest.mark.parametrize(
    ("tag", "value", "said"),
    [
        ("max-duration", "0m", "a limit of '0m' would stop every stream: use off for no limit"),
        ("max-starvation", "long", "a duration reads like 45s, 10m, 4h or 30d, not 'long'"),
        ("then", "ban", "Input should be"),
        ("max-durations", "4h", "there is no such tag"),
        ("team", "sports", "there is no such tag"),
    ],
)
def test_a_tag_that_is_invalid_leaves_the_setting_and_is_named(
    tag: str, value: str, said: str
) -> None:
    settings: dict[str, Any] = {"channels": "all", "max_duration": timedelta(hours=1)}

    policy = policy_of({f"ivskit:{tag}": value}, **settings)

    [bad] = policy.bad_tags
    assert bad.startswith(f"ivskit:{tag} = {value!r}: {said}")
    assert policy == policy_of({}, **settings).model_copy(update={"bad_tags": (bad,)})


@pytest.mark.parametrize(
    ("tag", "value", "said"),
    [
        ("mode", "enforced", "Input should be 'enforce' or 'observe'"),
        ("mode", "", "Input should be 'enforce' or 'observe'"),
        ("mod", "observe", "there is no such tag"),
        ("rotate", "daily", "should be after-stream, never, or an age: a duration reads like"),
        ("rotate", "0d", "an age must be at least 1h, not '0d': use never for none"),
        ("rotate", "59m", "an age must be at least 1h, not '59m': use never for none"),
        ("rotate", "nver", "should be after-stream, never, or an age"),
        ("rotates", "never", "there is no such tag"),
        ("managed", "no", "should be true, false, or the name of a stage such as dev"),
        ("managed", "yes", "should be true, false, or the name of a stage such as dev"),
        ("managed", "", "should be true, false, or the name of a stage such as dev"),
        ("managed", "my stage!", "should be true, false, or the name of a stage such as dev"),
        ("manage", "false", "there is no such tag"),
        ("hold-until", "2026-11-20T18:00:00", "Input should have timezone info"),
        ("hold-until", "tomorrow", "Input should be a valid datetime"),
        ("hold", "2026-11-20T18:00:00Z", "there is no such tag"),
    ],
)
@pytest.mark.parametrize("channels", ["tagged", "all"])
def test_a_protective_tag_that_is_invalid_protects_and_is_named(
    channels: str, tag: str, value: str, said: str
) -> None:
    name = f"ivskit:{tag}"

    policy = policy_of({"ivskit:managed": "true", name: value}, channels=channels)

    [bad] = policy.bad_tags
    assert bad.startswith(f"{name} = {value!r}: {said}")
    assert policy.managed
    assert policy.hands_off == f"observing only until the tag {name} = {value!r} is valid"


def test_the_name_of_another_stage_is_a_typing_error_where_one_stage_manages_all() -> None:
    policy = policy_of({"ivskit:managed": "prod"}, channels="all")

    assert policy.mode == "observe"
    assert len(policy.bad_tags) == 1


def test_two_tags_of_one_name_that_disagree_protect() -> None:
    policy = policy_of({"ivskit:rotate": "30d", "ivskit:Rotate": "never"})

    assert policy.mode == "observe"
    assert policy.bad_tags == (
        "ivskit:rotate = '30d': another tag of the same name has another value",
    )


@pytest.mark.parametrize(
    ("tags", "acts"),
    [
        ({}, True),
        ({"ivskit:mode": "observe"}, False),
        ({"ivskit:mode": "obsrve"}, False),
        ({"ivskit:rotate": "nver"}, True),
        ({"ivskit:managed": "no"}, True),
        ({"ivskit:hold-until": "soon"}, True),
        ({"ivskit:hold-until": "2030-01-01T00:00:00Z"}, True),
    ],
)
def test_a_persons_command_acts_but_where_the_mode_says_observe_or_nothing_valid(
    tags: dict[str, str], acts: bool
) -> None:
    policy = policy_of(tags)

    assert (policy.objection_to_command(force=False) is None) is acts
    assert policy.objection_to_command(force=True) is None
    assert policy.commanded().hands_off is None


def test_a_rotation_policy_that_is_invalid_keeps_the_key_at_a_persons_stop() -> None:
    assert policy_of({"ivskit:rotate": "nver"}).rotate == "never"


def test_tags_of_others_are_no_business_of_the_policys() -> None:
    tags = {"team": "sports", "ivskit:blocked": "true"}

    assert policy_of(tags) == policy_of({})


@pytest.mark.parametrize(
    ("tags", "blocked"),
    [
        ({}, False),
        ({"ivskit:blocked": "true"}, True),
        ({"ivskit:blocked": " FALSE "}, False),
        ({"ivskit:blocked": "yes"}, True),
    ],
)
def test_the_tag_of_a_block_blocks_unless_it_says_false(
    tags: dict[str, str], blocked: bool
) -> None:
    assert is_blocked(tags) is blocked


def test_settings_with_limits_survive_the_way_to_a_function() -> None:
    given: dict[str, Any] = {"max_duration": "4h", "rotate": "30d", "max_starvation": "off"}
    settings = PolicySettings.model_validate(given)

    assert settings.model_dump(mode="json", include=set(given)) == given
    assert PolicySettings.model_validate_json(settings.model_dump_json()) == settings
