"""Answers: what IVS adds later is ignored, secrets do not show, times are aware."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from ivskit.client.channels import Channel, MultitrackInput
from ivskit.client.streams import Stream

ARN = "arn:aws:ivs:us-west-2:123456789012:channel/abc"
ANSWER = {
    "arn": ARN,
    "name": "",
    "srt": {"endpoint": "srt://x", "passphrase": "hunter2"},
    "recordingConfigurationArn": "",
    "multitrackInputConfiguration": {"enabled": True, "new": 1},
    "new": {"field": 1},
}


def test_fields_that_ivs_adds_later_are_ignored() -> None:
    channel = Channel.said(ANSWER)

    assert channel.multitrack_input_configuration == MultitrackInput(enabled=True)
    assert not hasattr(channel, "new")


def test_a_setting_that_is_misspelt_is_refused() -> None:
    with pytest.raises(ValidationError, match="enable"):
        MultitrackInput(enable=True)  # type: ignore[call-arg]


def test_what_is_not_referred_to_is_none_and_an_unnamed_channel_has_an_empty_name() -> None:
    channel = Channel.said(ANSWER)

    assert (channel.recording_configuration_arn, channel.ad_configuration_arn) == (None, None)
    assert (channel.name, channel.latency_mode, channel.tags) == ("", None, {})


def test_the_passphrase_of_srt_shows_nowhere_unasked() -> None:
    channel = Channel.said(ANSWER)

    assert channel.srt is not None
    assert channel.srt.passphrase is not None
    assert channel.srt.passphrase.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{channel!r} {channel} {channel.model_dump()}"
    assert "hunter2" not in channel.model_dump_json()


def test_an_answer_that_cannot_be_read_is_not_quoted() -> None:
    with pytest.raises(ValidationError) as caught:
        Channel.said({**ANSWER, "srt": {"passphrase": ["hunter2"]}})

    assert "hunter2" not in str(caught.value)


def test_answers_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Channel.said(ANSWER).name = "new"  # type: ignore[misc]


def test_times_are_aware_and_in_utc() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=2)))
    answer = {"channelArn": ARN, "streamId": "st-1", "state": "LIVE", "health": "HEALTHY"}

    stream = Stream.said({**answer, "startTime": noon})

    assert (stream.start_time, stream.start_time.tzinfo) == (noon, UTC)
    with pytest.raises(ValidationError, match="timezone"):
        Stream.said({**answer, "startTime": noon.replace(tzinfo=None)})
