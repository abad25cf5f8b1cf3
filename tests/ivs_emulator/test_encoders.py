"""Encoders: let in by their key alone, cut off, coming back, falling silent."""

import traceback
from typing import Any

import pytest

from ivs_emulator import EncoderRefused


def test_a_wrong_or_deleted_key_is_refused_without_being_quoted(
    ivs: Any, key: Any, backend: Any
) -> None:
    ivs.delete_stream_key(arn=key["arn"])

    with pytest.raises(EncoderRefused) as caught:
        backend.connect(key["value"])

    assert str(caught.value) == "no channel has this stream key"
    assert key["value"] not in "".join(traceback.format_exception(caught.value))
    assert not backend.events


def test_a_key_opens_its_own_channel_alone(ivs: Any, arn: str, key: Any, backend: Any) -> None:
    other = ivs.create_channel()["streamKey"]

    assert backend.connect(other["value"]).channel.arn == other["channelArn"] != arn


def test_a_second_encoder_does_not_get_in(arn: str, key: Any, live: Any, backend: Any) -> None:
    with pytest.raises(EncoderRefused, match="has a stream already"):
        backend.connect(key["value"])

    assert backend.live_session(arn) is live


def test_a_stopped_encoder_comes_back_by_itself_with_a_new_session(
    ivs: Any, arn: str, key: Any, backend: Any, clock: Any, bus_events: Any
) -> None:
    first = backend.connect(key["value"], reconnect_after=5)
    clock.pass_by(7)
    ivs.stop_stream(channelArn=arn)
    clock.pass_by(12)

    assert ivs.get_stream(channelArn=arn)["stream"]["streamId"] != first.stream_id
    assert bus_events()[2:] == [
        ("Stream End", "16:00:09"),
        ("Session Ended", "16:00:09"),
        ("Session Created", "16:00:12"),
        ("Stream Start", "16:00:19"),
    ]
    ivs.stop_stream(channelArn=arn)
    clock.pass_by(5)
    assert bus_events()[-1] == ("Session Created", "16:00:24")


def test_an_encoder_that_is_back_before_the_end_ends_the_old_stream(
    ivs: Any, arn: str, key: Any, backend: Any, clock: Any, bus_events: Any
) -> None:
    backend.connect(key["value"], reconnect_after=1)
    clock.pass_by(7)
    ivs.stop_stream(channelArn=arn)
    clock.pass_by(1)

    assert bus_events()[2:] == [
        ("Stream End", "16:00:08"),
        ("Session Ended", "16:00:08"),
        ("Session Created", "16:00:08"),
    ]


def test_an_encoder_whose_key_is_deleted_tries_a_few_times_and_gives_up(
    ivs: Any, arn: str, key: Any, backend: Any, clock: Any, bus_events: Any
) -> None:
    backend.connect(key["value"], reconnect_after=5)
    clock.pass_by(7)
    ivs.delete_stream_key(arn=key["arn"])
    ivs.stop_stream(channelArn=arn)
    clock.pass_by(20)
    assert backend.agenda.next_due() is not None
    clock.pass_by(5)

    assert backend.agenda.next_due() is None
    assert bus_events()[-1] == ("Session Ended", "16:00:09")
    assert [f"{each.at:%S}" for each in backend.refusals] == ["12", "17", "22", "27", "32"]
    assert {each.channel_arn for each in backend.refusals} == {arn}
    assert {each.why for each in backend.refusals} == {"no channel has this stream key"}


def test_an_encoder_that_was_cut_off_and_leaves_does_not_come_back(
    ivs: Any, arn: str, key: Any, backend: Any, clock: Any, bus_events: Any
) -> None:
    backend.connect(key["value"], reconnect_after=5)
    clock.pass_by(7)
    ivs.stop_stream(channelArn=arn)
    backend.disconnect(arn)
    clock.pass_by(60)

    assert bus_events()[-1] == ("Session Ended", "16:00:07")


def test_an_encoder_that_leaves_does_not_come_back(
    arn: str, key: Any, backend: Any, clock: Any, bus_events: Any
) -> None:
    backend.connect(key["value"], reconnect_after=5)
    clock.pass_by(7)
    backend.disconnect(arn)
    clock.pass_by(60)

    assert bus_events()[-1][0] == "Session Ended"


def test_thirty_seconds_without_data_end_the_session_and_the_encoder_returns(
    arn: str, key: Any, backend: Any, clock: Any, bus_events: Any
) -> None:
    backend.connect(key["value"], reconnect_after=5)
    clock.pass_by(10)
    backend.starve(arn)
    assert backend.live_session(arn).health == "STARVING"
    clock.pass_by(35)

    assert bus_events()[2:] == [
        ("Starvation Start", "16:00:10"),
        ("Stream End", "16:00:40"),
        ("Session Ended", "16:00:40"),
        ("Session Created", "16:00:45"),
    ]


def test_an_encoder_that_recovers_in_time_stays(
    ivs: Any, arn: str, live: Any, backend: Any, clock: Any, bus_events: Any
) -> None:
    backend.starve(arn)
    clock.pass_by(29)
    backend.recover(arn)
    clock.pass_by(60)

    assert ivs.get_stream(channelArn=arn)["stream"]["health"] == "HEALTHY"
    assert bus_events()[2:] == [("Starvation Start", "16:00:07"), ("Starvation End", "16:00:36")]


def test_only_what_is_there_can_leave_starve_or_recover(
    ivs: Any, arn: str, live: Any, backend: Any, clock: Any
) -> None:
    with pytest.raises(EncoderRefused):
        backend.recover(arn)
    backend.starve(arn)
    with pytest.raises(EncoderRefused):
        backend.starve(arn)
    ivs.stop_stream(channelArn=arn)
    with pytest.raises(EncoderRefused):
        backend.recover(arn)
    clock.pass_by(2)
    for act in (backend.disconnect, backend.starve, backend.recover):
        with pytest.raises(EncoderRefused):
            act(arn)


def test_a_key_may_carry_the_priority_as_encoders_send_it(
    key: Any, live: Any, backend: Any, bus_events: Any
) -> None:
    assert backend.connect(f"{key['value']}?priority=5") is live

    assert live.encoder.priority == 5
    assert key["value"] == live.encoder.key_value
    with pytest.raises(EncoderRefused, match="StreamTakeoverInvalidPriority"):
        backend.connect(key["value"], priority=5)


def test_a_first_encoder_has_a_valid_priority_or_none(
    ivs: Any, arn: str, key: Any, backend: Any
) -> None:
    for priority in (-5, 0, 2**31):
        with pytest.raises(EncoderRefused, match="priority must be from 1 to 2147483647, not "):
            backend.connect(key["value"], priority=priority)

    assert backend.open_session(arn) is None
    assert backend.connect(key["value"], priority=2**31 - 1)
