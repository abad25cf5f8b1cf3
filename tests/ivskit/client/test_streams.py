"""Stopping streams: not live is no failure, throttled is, and the two differ."""

import time

import pytest

from ivskit.client import CONFIG, Ivs
from ivskit.errors import IvsError, NotFound, Throttled, Unavailable
from tests.ivskit.client.wire import Said, Wire

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abc"


@pytest.fixture(autouse=True)
def _no_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.mark.parametrize("status", [429, 400])
def test_a_throttled_stop_is_throttled_though_the_model_does_not_declare_it(status: int) -> None:
    wire = Wire(lambda *_: Said({"message": "Rate exceeded"}, status, "ThrottlingException"))

    with pytest.raises(Throttled) as caught:
        Ivs(wire.client).streams.stop(CHANNEL)

    assert str(caught.value) == "StopStream: ThrottlingException: Rate exceeded"
    assert (caught.value.http_status, caught.value.request_id) == (status, "r-1")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said({}, 404, "ResourceNotFoundException"), NotFound),
        (Said({}, 503, "StreamUnavailable"), Unavailable),
    ],
)
def test_a_stop_that_fails_says_why(said: Said, expected: type[IvsError]) -> None:
    with pytest.raises(expected):
        Ivs(Wire(lambda *_: said).client).streams.stop(CHANNEL)


def test_stopping_what_is_not_live_is_no_failure() -> None:
    wire = Wire(lambda *_: Said({}, 404, "ChannelNotBroadcasting"))

    assert Ivs(wire.client).streams.stop(CHANNEL) is False


def test_the_text_of_an_error_is_found_where_ivs_puts_it() -> None:
    said = Said({"exceptionMessage": "try again"}, 503, "StreamUnavailable")

    with pytest.raises(Unavailable, match="StopStream: StreamUnavailable: try again"):
        Ivs(Wire(lambda *_: said).client).streams.stop(CHANNEL)


def test_the_layers_own_configuration_tries_three_times() -> None:
    wire = Wire(lambda *_: Said({}, 503, "StreamUnavailable"), CONFIG)

    with pytest.raises(Unavailable):
        Ivs(wire.client).streams.stop(CHANNEL)

    assert len(wire.sent) == 3
