"""Timed metadata: measured in bytes, shown to nobody else, and never by mistake twice."""

import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

import ivs_emulator
from ivskit.client import Ivs
from ivskit.errors import (
    Ambiguous,
    Invalid,
    IvsError,
    NotLive,
    NotSent,
    Throttled,
    Unavailable,
)
from tests.ivskit.client.wire import Said, Sent, Wire

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abc"
# Four bytes a piece, and eleven with everything that makes this one.
PARTY, FAMILY = "🎉", "👩‍👩‍👧"
MODES = ["legacy", "standard", "adaptive"]


def fails(failure: Said | Exception) -> Callable[[str, Sent], Said]:
    def answer(*_: object) -> Said:
        if isinstance(failure, Exception):
            raise failure
        return failure

    return answer


LOST: dict[str, Said | Exception] = {
    "500": Said({"message": "oops"}, 500, "InternalServerException"),
    "502": Said({}, 502),
    "503": Said({"message": "oops"}, 503, "ServiceUnavailable"),
    "504": Said({}, 504),
    "time-out": ReadTimeoutError(endpoint_url="https://ivs"),
    "closed": ConnectionClosedError(endpoint_url="https://ivs"),
}
NOT_DONE: dict[str, tuple[Said | Exception, type[IvsError]]] = {
    "throttled": (Said({"message": "slow"}, 429, "ThrottlingException"), Throttled),
    "no connection": (EndpointConnectionError(endpoint_url="https://ivs"), Unavailable),
}


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long botocore would have slept between its tries."""
    naps: list[float] = []
    monkeypatch.setattr(time, "sleep", naps.append)
    return naps


def wire_in(mode: str, failure: Said | Exception) -> Wire:
    retries: Any = {"mode": mode, "total_max_attempts": 3}
    return Wire(fails(failure), Config(retries=retries))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("failure", LOST.values(), ids=LOST)
def test_metadata_whose_answer_got_lost_is_ambiguous_and_not_sent_again(
    mode: str, failure: Said | Exception, naps: list[float]
) -> None:
    wire = wire_in(mode, failure)

    with pytest.raises(Ambiguous) as caught:
        Ivs(wire.client).metadata.put(CHANNEL, "goal!")

    assert len(wire.sent) == 1
    assert naps == []
    assert caught.value.operation == "PutMetadata"
    assert not isinstance(caught.value, Unavailable)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("failure", LOST.values(), ids=LOST)
def test_metadata_that_may_come_twice_is_sent_again(
    mode: str, failure: Said | Exception, naps: list[float]
) -> None:
    wire = wire_in(mode, failure)

    with pytest.raises(Unavailable):
        Ivs(wire.client).metadata.put(CHANNEL, "goal!", twice_is_fine=True)

    assert len(wire.sent) == 3


@pytest.mark.parametrize("mode", ["legacy", "standard"])
@pytest.mark.parametrize(("failure", "expected"), NOT_DONE.values(), ids=NOT_DONE)
def test_metadata_that_was_surely_not_inserted_is_sent_again(
    mode: str, failure: Said | Exception, expected: type[IvsError], naps: list[float]
) -> None:
    wire = wire_in(mode, failure)

    with pytest.raises(expected):
        Ivs(wire.client).metadata.put(CHANNEL, "goal!")

    assert len(wire.sent) == 3


def test_a_throttled_try_does_not_make_the_next_one_safe(naps: list[float]) -> None:
    answers = [NOT_DONE["throttled"][0], LOST["500"], Said({}, 204)]
    wire = Wire(lambda *_: fails(answers.pop(0))("", {}))

    with pytest.raises(Ambiguous):
        Ivs(wire.client).metadata.put(CHANNEL, "goal!")

    assert len(wire.sent) == 2


def test_calls_of_others_through_the_same_client_keep_their_retries(naps: list[float]) -> None:
    wire = wire_in("standard", LOST["500"])
    ivs = Ivs(wire.client)
    with pytest.raises(Ambiguous):
        ivs.metadata.put(CHANNEL, "goal!")

    with pytest.raises(wire.client.exceptions.ClientError):
        wire.client.put_metadata(channelArn=CHANNEL, metadata="goal!")

    assert len(wire.sent) == 1 + 3


def test_many_layers_on_one_client_are_as_good_as_one(naps: list[float]) -> None:
    wire = wire_in("standard", LOST["500"])

    for _ in range(3):
        with pytest.raises(Ambiguous):
            Ivs(wire.client).metadata.put(CHANNEL, "goal!")

    assert len(wire.sent) == 3


def test_1025_bytes_of_emoji_are_not_sent_and_1024_are(
    ivs: Ivs,
    channel: str,
    backend: ivs_emulator.IVSBackend,
    clock: time_machine.Traveller,
) -> None:
    [key] = backend.keys_of(channel)
    backend.connect(key.value)
    clock.shift(60)
    longest = FAMILY * 2 + PARTY * 247
    assert (len(longest), len(longest.encode())) == (257, 1_024)

    ivs.metadata.put(channel, longest)
    with pytest.raises(NotSent) as caught:
        ivs.metadata.put(channel, longest + "!")

    assert [item.text for item in backend.metadata] == [longest]
    error = caught.value
    assert (error.field, error.limit, error.value) == (
        "metadata",
        "at most 1024 bytes of UTF-8",
        1_025,
    )
    assert PARTY not in str(error)


def test_no_metadata_at_all_is_not_sent(ivs: Ivs, channel: str) -> None:
    with pytest.raises(NotSent, match="metadata: at least 1 characters, not 0"):
        ivs.metadata.put(channel, "")


def test_metadata_for_a_channel_that_is_not_live_is_refused(ivs: Ivs, channel: str) -> None:
    with pytest.raises(NotLive):
        ivs.metadata.put(channel, "goal!")


@pytest.mark.parametrize("status", [400, 500])
def test_an_error_that_quotes_the_metadata_is_raised_without_it(
    status: int, naps: list[float]
) -> None:
    said = Said({"message": "Value 'hunter2' is no metadata"}, status, "ValidationException")
    wire = wire_in("standard", said)

    with pytest.raises(IvsError) as caught:
        Ivs(wire.client).metadata.put(CHANNEL, "hunter2")

    printed = "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in printed.replace('put(CHANNEL, "hunter2")', "")
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in f"{error!r} {vars(error)}"
        error = error.__cause__ or error.__context__
    assert caught.value.message == "(removed, since it quotes the metadata)"
    assert caught.value.request_id == "r-1"


def test_a_call_that_is_malformed_elsewhere_does_not_show_the_metadata_either() -> None:
    nowhere: Any = None
    wire = Wire(lambda *_: Said({}, 204))

    with pytest.raises(Invalid) as caught:
        Ivs(wire.client).metadata.put(nowhere, "hunter2")

    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__} {caught.value.__context__}"
    assert wire.sent == []
