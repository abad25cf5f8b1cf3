"""Faults: each kind as a caller meets it, before or after the call took effect."""

from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from ivs_emulator import Fault, IVSBackend
from ivs_emulator.faults import Faults


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (Fault("throttle"), "ThrottlingException", 429),
        (Fault("500"), "InternalServerException", 500),
        (Fault("503"), "ServiceUnavailable", 503),
    ],
)
def test_an_answer_can_be_an_error(
    ivs: Any, backend: IVSBackend, refused: Any, fault: Fault, code: str, status: int
) -> None:
    backend.faults.add(fault)

    error = refused(ivs.create_channel)

    assert (error["code"], error["status"]) == (code, status)
    assert backend.channels == {}


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault("timeout"), ReadTimeoutError), (Fault("drop"), ConnectionClosedError)],
)
def test_an_answer_can_be_lost(
    ivs: Any, backend: IVSBackend, fault: Fault, error: type[Exception]
) -> None:
    backend.faults.add(fault)

    with pytest.raises(error):
        ivs.create_channel()

    assert backend.channels == {}
    assert backend.calls[-1].status is None


def test_a_call_can_take_effect_and_fail_all_the_same(
    ivs: Any, arn: str, key: Any, backend: IVSBackend, refused: Any
) -> None:
    backend.faults.add(Fault("500", "DeleteStreamKey", count=1, after=True))
    error = refused(ivs.delete_stream_key, arn=key["arn"])

    assert error["status"] == 500
    assert refused(ivs.delete_stream_key, arn=key["arn"])["code"] == "ResourceNotFoundException"
    backend.faults.set([Fault("drop", "CreateStreamKey", after=True)])
    with pytest.raises(ConnectionClosedError):
        ivs.create_stream_key(channelArn=arn)
    assert len(backend.keys_of(arn)) == 1


def test_a_retry_of_what_took_effect_meets_its_own_doing(
    ivs: Any, arn: str, key: Any, backend: IVSBackend, refused: Any
) -> None:
    retrying = boto3.client("ivs", "us-west-2", config=Config(retries={"mode": "standard"}))
    ivs.delete_stream_key(arn=key["arn"])
    backend.faults.add(Fault("drop", "CreateStreamKey", count=1, after=True))

    error = refused(retrying.create_stream_key, channelArn=arn)

    assert error["code"] == "ServiceQuotaExceededException"


def test_a_fault_is_for_its_operation_and_so_many_times(
    ivs: Any, backend: IVSBackend, refused: Any
) -> None:
    backend.faults.add(Fault("500", "ListStreams", count=2))

    ivs.list_channels()
    assert refused(ivs.list_streams)["status"] == 500
    assert refused(ivs.list_streams)["status"] == 500
    assert ivs.list_streams()["streams"] == []


def test_a_fault_comes_by_probability_and_repeatably() -> None:
    def hits() -> list[bool]:
        faults = Faults("seed")
        faults.set([Fault("500", probability=0.3)], seed=7)
        return [faults.draw("GetChannel") is not None for _ in range(1000)]

    assert hits() == hits()
    assert 250 < sum(hits()) < 350


def test_the_first_fault_that_hits_strikes_and_setting_none_ends_them_all() -> None:
    faults = Faults("seed")
    never, always, later = Fault("500", probability=0), Fault("503"), Fault("drop")
    faults.set([never, always, later])
    assert faults.draw("GetChannel") is always

    faults.set([])
    assert faults.draw("GetChannel") is None


def test_a_slow_answer_lets_its_caller_wait_and_nobody_else(
    ivs: Any, backend: IVSBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[tuple[float, int]] = []

    def wait(seconds: float) -> None:
        waited.append((seconds, len(backend.channels)))

    monkeypatch.setattr("time.sleep", wait)
    backend.faults.set([Fault("slow", "CreateChannel", seconds=3, count=1)])
    ivs.create_channel()
    backend.faults.set([Fault("timeout", "CreateChannel", seconds=60, count=1)])
    with pytest.raises(ReadTimeoutError):
        ivs.create_channel()

    assert waited == [(3, 1), (60, 1)]


def test_reads_can_lag_behind_writes(
    ivs: Any, arn: str, key: Any, backend: IVSBackend, clock: Any, refused: Any
) -> None:
    clock.pass_by(10)
    backend.faults.set([Fault("stale", seconds=2)])
    ivs.delete_stream_key(arn=key["arn"])
    ivs.tag_resource(resourceArn=arn, tags={"a": "b"})
    new = ivs.create_stream_key(channelArn=arn)["streamKey"]

    def seen() -> list[str]:
        return [k["arn"] for k in ivs.list_stream_keys(channelArn=arn)["streamKeys"]]

    assert seen() == [key["arn"]]
    assert ivs.list_tags_for_resource(resourceArn=arn)["tags"] == {}
    assert refused(ivs.get_stream_key, arn=new["arn"])["code"] == "ResourceNotFoundException"
    clock.pass_by(2)
    assert seen() == [new["arn"]]
    assert ivs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b"}


def test_a_lagging_read_of_what_is_new_and_gone_again_finds_neither(
    ivs: Any, backend: IVSBackend, clock: Any
) -> None:
    arn = ivs.create_channel()["channel"]["arn"]
    ivs.delete_channel(arn=arn)
    backend.faults.set([Fault("stale", seconds=2)])

    assert ivs.list_channels()["channels"] == []


def test_a_lagging_read_sees_a_stream_begin_and_end_late(
    ivs: Any, arn: str, key: Any, backend: IVSBackend, clock: Any
) -> None:
    def seen() -> bool:
        return len(ivs.list_streams()["streams"]) == 1

    clock.pass_by(10)
    backend.faults.set([Fault("stale", seconds=2)])
    backend.connect(key["value"])
    clock.pass_by(8)
    started_a_second_ago = seen()
    clock.pass_by(1)
    started_two_seconds_ago = seen()
    backend.disconnect(arn)
    clock.pass_by(1)
    ended_a_second_ago = seen()
    clock.pass_by(1)

    assert [started_a_second_ago, started_two_seconds_ago, ended_a_second_ago, seen()] == [
        False,
        True,
        True,
        False,
    ]


def test_every_call_is_noted_with_what_it_was_about_and_nothing_secret(
    ivs: Any, arn: str, key: Any, backend: IVSBackend, refused: Any
) -> None:
    refused(ivs.get_channel, arn=arn + "x")
    ivs.get_stream_key(arn=key["arn"])
    ivs.list_tags_for_resource(resourceArn=arn)
    backend.faults.set([Fault("drop")])
    with pytest.raises(ConnectionClosedError):
        ivs.put_metadata(channelArn=arn, metadata="secret")

    lines = [str(call) for call in backend.calls]
    assert lines == [
        "CreateChannel -> 200",
        f"GetChannel {arn}x -> 404 ResourceNotFoundException",
        f"GetStreamKey {key['arn']} -> 200",
        f"ListTagsForResource {arn} -> 200",
        f"PutMetadata {arn} -> no answer ConnectionDropped",
    ]
    assert backend.calls[0].at == backend.now() - timedelta()


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ({"kind": "fire"}, "kind must be one of throttle, 500"),
        ({"kind": "slow", "seconds": 1e10}, "seconds must be from 0 to 3600"),
        ({"kind": "stale", "seconds": float("nan")}, "seconds must be from 0 to 3600"),
        ({"kind": "500", "probability": -0.1}, "probability must be from 0 to 1"),
        ({"kind": "500", "count": -1}, "count must be 0 or more"),
    ],
)
def test_a_fault_that_makes_no_sense_is_none(fault: Any, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Fault(**fault)
