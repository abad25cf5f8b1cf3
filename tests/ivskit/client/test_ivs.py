"""Ivs on the emulator: what it says is what IVS means."""

from typing import TYPE_CHECKING

import pytest
import time_machine

import ivs_emulator
from ivskit.client import Ivs
from ivskit.errors import Invalid, NotFound, QuotaExceeded
from ivskit.pacing import Lane
from tests.ivskit.client.conftest import START

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient


def go_live(channel: str, clock: time_machine.Traveller, *, for_seconds: float) -> str:
    """Have an encoder go live on the channel; gives the session's id."""
    backend = ivs_emulator.backend("123456789012", "us-west-2")
    [key] = backend.keys_of(channel)
    session = backend.connect(key.value)
    clock.shift(for_seconds)
    return session.stream_id


def test_a_channel_is_found_with_its_tags_and_its_ingest_endpoint(ivs: Ivs, channel: str) -> None:
    found = ivs.channels.find(channel)

    assert found is not None
    assert (found.arn, found.name) == (channel, "show")
    assert found.tags == {"ivskit:managed": "true"}
    assert str(found.ingest_endpoint).endswith(".global-contribute.live-video.net")


def test_a_channel_that_is_not_there_is_none(ivs: Ivs, channel: str) -> None:
    assert ivs.channels.find(f"{channel}x") is None


def test_a_malformed_arn_is_invalid_and_not_just_absent(ivs: Ivs) -> None:
    with pytest.raises(Invalid, match="GetChannel"):
        ivs.channels.find("arn:aws:ivs:us-west-2:123456789012:stream-key/g1H2I3j4k5L6")


def test_a_key_is_replaced_by_deleting_it_first(ivs: Ivs, channel: str) -> None:
    old = ivs.stream_keys.of(channel)
    assert old is not None
    with pytest.raises(QuotaExceeded):
        ivs.stream_keys.create(channel, tags={})

    assert ivs.stream_keys.delete(old.arn)
    assert ivs.stream_keys.of(channel) is None
    new = ivs.stream_keys.create(channel, tags={"a": "b"})

    found = ivs.stream_keys.of(channel)
    assert found is not None
    assert (found.arn, found.channel_arn, found.tags) == (new.arn, channel, {"a": "b"})
    assert ivs.stream_keys.get(new.arn) == new


def test_deleting_a_key_that_is_gone_says_so(ivs: Ivs, channel: str) -> None:
    key = ivs.stream_keys.of(channel)
    assert key is not None
    assert ivs.stream_keys.delete(key.arn)

    assert not ivs.stream_keys.delete(key.arn)
    with pytest.raises(NotFound):
        ivs.stream_keys.get(key.arn)


def test_the_value_of_a_key_shows_nowhere_unasked(ivs: Ivs, channel: str) -> None:
    summary = ivs.stream_keys.of(channel)
    assert summary is not None

    key = ivs.stream_keys.get(summary.arn)

    value = key.value.get_secret_value()
    assert value.startswith("sk_us-west-2_")
    assert value not in f"{key!r} {key} {key.model_dump()} {key.model_dump_json()}"


def test_a_key_of_an_unknown_channel_is_not_found(ivs: Ivs, channel: str) -> None:
    with pytest.raises(NotFound):
        ivs.stream_keys.of(f"{channel}x")
    with pytest.raises(NotFound):
        ivs.stream_keys.create(f"{channel}x", tags={})


def test_a_channel_that_never_was_live_is_not_live(ivs: Ivs, channel: str) -> None:
    assert ivs.streams.get(channel) is None
    assert ivs.streams.newest_session(channel) is None
    assert ivs.streams.session(channel) is None
    assert ivs.streams.live_stream_id(channel) is None


def test_a_live_channel_has_its_session(
    ivs: Ivs, channel: str, clock: time_machine.Traveller
) -> None:
    stream_id = go_live(channel, clock, for_seconds=60)

    stream = ivs.streams.get(channel)

    assert stream is not None
    assert (stream.stream_id, stream.state, stream.health) == (stream_id, "LIVE", "HEALTHY")
    assert stream.start_time > START
    assert ivs.streams.live_stream_id(channel) == stream_id


def test_a_session_that_is_only_just_starting_counts_as_live(
    ivs: Ivs, channel: str, clock: time_machine.Traveller
) -> None:
    stream_id = go_live(channel, clock, for_seconds=1)

    assert ivs.streams.get(channel) is None
    assert ivs.streams.live_stream_id(channel) == stream_id


def test_a_session_that_is_over_is_not_live(
    ivs: Ivs, channel: str, clock: time_machine.Traveller
) -> None:
    stream_id = go_live(channel, clock, for_seconds=60)
    ivs_emulator.backend("123456789012", "us-west-2").disconnect(channel)
    clock.shift(60)

    session = ivs.streams.newest_session(channel)

    assert session is not None
    assert session.stream_id == stream_id
    assert session.end_time is not None
    assert ivs.streams.live_stream_id(channel) is None


def test_an_unknown_channel_is_not_merely_not_live(ivs: Ivs, channel: str) -> None:
    with pytest.raises(NotFound):
        ivs.streams.get(f"{channel}x")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("put_metadata", "; did you mean PutMetadata?"),
        ("putMetadata", "; did you mean PutMetadata?"),
        ("StopStreams", "; did you mean StopStream?"),
        ("hold my beer", ""),
    ],
)
def test_a_pacer_of_no_operation_is_refused_with_what_may_be_meant(
    plain: "IVSClient", name: str, hint: str
) -> None:
    with pytest.raises(ValueError, match="pacers: IVS has no operation") as caught:
        Ivs(plain, pacers={name: Lane(calls=1)})

    assert str(caught.value).startswith(f"pacers: IVS has no operation {name!r}{hint[:-1]}")
