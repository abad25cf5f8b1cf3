"""What IVS says on EventBridge."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from ivskit.changes import LimitBreach, discriminator, parse_change
from tests.samples import CHANNEL, SAMPLES, sample

IVS_SAMPLES = [path.stem for path in SAMPLES if sample(path.stem)["source"] == "aws.ivs"]


@pytest.mark.parametrize("name", IVS_SAMPLES)
def test_every_sample_of_ivs_is_read_with_its_discriminator(name: str) -> None:
    event = sample(name)

    change = parse_change(event)

    named = [event["detail"].get(key) for key in ("event_name", "recording_status")]
    limit = event["detail"].get("limit_name") or event["detail"].get("limit")
    assert discriminator(change) in (*named, limit)


def test_a_limit_may_be_named_either_way() -> None:
    guide = parse_change(sample("limit-breach.ingest-bitrate"))
    registry = parse_change(sample("limit-breach.ingest-bitrate.registry-shape"))

    assert discriminator(guide) == discriminator(registry) == "Ingest Bitrate"


def test_an_account_wide_breach_has_no_channel() -> None:
    change = parse_change(sample("limit-breach.concurrent-broadcasts"))

    assert isinstance(change, LimitBreach)
    assert change.channel_arn is None


def test_a_breach_of_one_stream_names_its_channel() -> None:
    assert parse_change(sample("limit-breach.ingest-bitrate")).channel_arn == CHANNEL


def test_a_change_of_a_channel_without_its_arn_is_no_change() -> None:
    event = sample("stream-state-change.stream-end") | {"resources": []}

    with pytest.raises(ValidationError, match="resources"):
        parse_change(event)


def test_the_trailing_blank_of_one_of_the_samples_of_aws_is_taken_off() -> None:
    event = sample("stream-state-change.stream-end") | {"resources": [f"{CHANNEL} "]}

    assert parse_change(event).channel_arn == CHANNEL


def test_fields_that_ivs_adds_later_are_ignored() -> None:
    event = sample("stream-state-change.stream-end", mood="happy") | {"weather": "fine"}

    assert parse_change(event).time == datetime(2026, 11, 20, 16, 47, 31, tzinfo=UTC)


def test_an_event_name_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="event_name"):
        parse_change(sample("stream-state-change.stream-end", event_name="Stream Down"))


def test_a_real_time_event_of_the_same_source_is_refused() -> None:
    event = sample("stream-state-change.stream-end") | {"detail-type": "IVS Stage Update"}

    with pytest.raises(ValidationError, match="detail-type"):
        parse_change(event)


def test_a_missed_change_reads_the_same_from_the_sweep() -> None:
    event = sample("stream-state-change.stream-end") | {"source": "ivskit.reconcile"}

    assert parse_change(event).source == "ivskit.reconcile"
