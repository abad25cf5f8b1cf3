"""Rates: as published, per operation, and for metadata per channel as well."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

import ivs_emulator
from ivs_emulator import throttling
from ivs_emulator.errors import ThrottlingException
from ivs_emulator.service_model import service_model
from ivs_emulator.throttling import Throttle, Throttling
from ivskit import quotas

from .conftest import NOW

MODES: list[Throttling] = ["token-bucket", "sliding-window"]


def admitted(throttle: Throttle, at: float, times: int, operation: str = "GetChannel") -> int:
    """How many of so many calls at one moment come through."""
    count = 0
    for _ in range(times):
        try:
            throttle.admit(operation, "arn", NOW + timedelta(seconds=at))
        except ThrottlingException:
            continue
        count += 1
    return count


def test_every_operation_has_a_rate() -> None:
    assert set(quotas.RATES) == set(service_model().operation_names)


def test_nothing_is_counted_unless_asked_for() -> None:
    assert admitted(Throttle(None), 0, 1000) == 1000


@pytest.mark.parametrize("mode", MODES)
def test_a_seconds_worth_may_come_at_once_and_no_more(mode: Throttling) -> None:
    throttle = Throttle(mode)

    assert admitted(throttle, 0, 10) == 5
    assert admitted(throttle, 1, 10) == 5
    assert admitted(throttle, 100, 10) == 5


def test_a_bucket_fills_bit_by_bit_and_a_window_does_not() -> None:
    bucket, window = Throttle("token-bucket"), Throttle("sliding-window")
    for throttle in (bucket, window):
        assert admitted(throttle, 0, 5) == 5

    assert admitted(bucket, 0.4, 10) == 2
    assert admitted(window, 0.4, 10) == 0
    assert admitted(window, 0.999, 10) == 0


@pytest.mark.parametrize("mode", MODES)
def test_operations_are_counted_apart(mode: Throttling) -> None:
    throttle = Throttle(mode)
    admitted(throttle, 0, 10)

    assert admitted(throttle, 0, 10, "GetStream") == 5
    assert admitted(throttle, 0, 10, "InsertAdBreak") == 1
    assert admitted(throttle, 0, 10, "NoOperation") == 10


@pytest.mark.parametrize("mode", MODES)
def test_metadata_is_counted_per_channel_and_per_account(mode: Throttling) -> None:
    throttle = Throttle(mode)
    passed = 0
    for channel in range(40):
        for _ in range(10):
            try:
                throttle.admit("PutMetadata", f"channel/{channel}", NOW)
            except ThrottlingException:
                continue
            passed += 1

    assert passed == 155
    assert admitted(throttle, 1, 10, "PutMetadata") == 5


def test_the_way_to_count_can_be_changed_on_the_way() -> None:
    throttle = Throttle("token-bucket")
    admitted(throttle, 0, 5)

    throttle.mode = "sliding-window"

    assert admitted(throttle, 0, 10) == 5


def test_the_channels_longest_unheard_of_are_forgotten_first(monkeypatch: Any) -> None:
    monkeypatch.setattr(throttling, "METERS_KEPT", 3)
    throttle = Throttle("sliding-window")
    for channel in "abc":
        throttle.admit("PutMetadata", channel, NOW)

    assert len(throttle._meters) == 3
    assert ("PutMetadata", "a") not in throttle._meters


@pytest.fixture
def throttled(clock: Any, client: Any) -> Iterator[Any]:
    ivs_emulator.install(throttling="sliding-window")
    with mock_aws():
        yield client
    ivs_emulator.install()


def test_an_operation_that_declares_no_throttling_is_throttled_all_the_same(
    throttled: Any, refused: Any
) -> None:
    for _ in range(5):
        throttled.list_channels()

    error = refused(throttled.list_channels)

    assert (error["code"], error["status"]) == ("ThrottlingException", 429)
    declared = service_model().operation_model("ListChannels").error_shapes
    assert "ThrottlingException" not in {shape.name for shape in declared}


def test_a_refused_call_changes_nothing(throttled: Any, refused: Any, backend: Any) -> None:
    backend.throttle.mode = "sliding-window"
    for _ in range(5):
        throttled.create_channel()
    refused(throttled.create_channel)

    assert len(backend.channels) == 5


def test_botocore_retries_what_was_throttled(throttled: Any) -> None:
    patient = boto3.client("ivs", "eu-west-1")
    there = ivs_emulator.backend("123456789012", "eu-west-1")
    there.faults.add(ivs_emulator.Fault("throttle", count=1))

    assert patient.list_channels()["ResponseMetadata"]["RetryAttempts"] == 1
