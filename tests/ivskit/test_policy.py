"""What a channel wants."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from ivskit.durations import format_duration, parse_duration
from ivskit.policy import PolicySettings


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


@pytest.mark.parametrize("text", ["", "10", "m", "-1m", "1.5h", "1h30m", "10 m", 60, None])
def test_anything_else_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="a duration reads like 45s"):
        parse_duration(text)


def test_a_first_deploy_manages_only_channels_that_are_tagged() -> None:
    settings = PolicySettings()

    assert settings.of({"ivskit:managed": "true"}).managed
    assert not settings.of({"ivskit:managed": "True"}).managed
    assert not settings.of({}).managed


def test_a_deployment_can_manage_all_channels() -> None:
    assert PolicySettings(channels="all").of({}).managed


def test_settings_survive_the_way_to_a_function() -> None:
    settings = PolicySettings(mode="observe", rotate="never", grace=timedelta(minutes=5))

    assert PolicySettings.model_validate_json(settings.model_dump_json()) == settings


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
        ("managed", "false", "managed", False),
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

    policy = settings.of({f"ivskit:{tag}": value})

    assert getattr(policy, field) == expected
    assert policy.bad_tags == ()


@pytest.mark.parametrize(
    ("tag", "value", "said"),
    [
        ("mode", "enforced", "Input should be 'enforce' or 'observe'"),
        ("rotate", "daily", "should be after-stream, never, or an age: a duration reads like"),
        ("max-duration", "0m", "a limit of '0m' would stop every stream: say off to have none"),
        ("max-starvation", "long", "a duration reads like 45s, 10m, 4h or 30d, not 'long'"),
        ("managed", "True", "Input should be 'true' or 'false'"),
        ("hold-until", "2026-11-20T18:00:00", "Input should have timezone info"),
        ("max-durations", "4h", "there is no such tag"),
    ],
)
def test_a_tag_that_says_nothing_leaves_the_setting_and_is_named(
    tag: str, value: str, said: str
) -> None:
    settings = PolicySettings(channels="all", rotate="never", max_duration=timedelta(hours=1))

    policy = settings.of({f"ivskit:{tag}": value})

    [told] = policy.bad_tags
    assert told.startswith(f"ivskit:{tag} = {value!r}: {said}")
    assert policy == settings.of({}).model_copy(update={"bad_tags": (told,)})


def test_tags_of_others_are_no_business_of_the_policys() -> None:
    tags = {"team": "sports", "ivskit:blocked": "true"}

    assert PolicySettings().of(tags) == PolicySettings().of({})


def test_settings_with_limits_survive_the_way_to_a_function() -> None:
    given: dict[str, Any] = {"max_duration": "4h", "rotate": "30d", "max_starvation": "off"}
    settings = PolicySettings.model_validate(given)

    assert settings.model_dump(mode="json", include=set(given)) == given
    assert PolicySettings.model_validate_json(settings.model_dump_json()) == settings
