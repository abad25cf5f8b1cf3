"""What a channel wants."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from ivskit.policy import PolicySettings, format_duration, parse_duration


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
