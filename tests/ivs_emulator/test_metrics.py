"""The metrics of channels, from what encoders send."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivs_emulator import Video
from ivs_emulator.metrics import of_channel

BEGAN = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def bitrates(backend: Any, arn: str) -> list[tuple[int, float]]:
    """The values that CloudWatch shows, by minute."""
    found = of_channel(backend, arn[-12:], "IngestVideoBitrate", since=BEGAN, until=BEGAN + HOUR)
    return [(at.minute, value) for at, value in found]


@pytest.fixture
def show(ivs: Any, backend: Any, clock: Any) -> str:
    """A channel whose encoder sends 1 Mbit/s since 16:00:07."""
    made = ivs.create_channel(name="show")
    backend.connect(made["streamKey"]["value"], video=Video(bitrate=1_000_000))
    arn: str = made["channel"]["arn"]
    return arn


def test_each_minute_has_the_average_of_what_arrived(backend: Any, clock: Any, show: str) -> None:
    clock.pass_by(90)
    backend.send(show, video=Video(bitrate=500_000))
    clock.pass_by(150)

    assert bitrates(backend, show) == [(0, 1_000_000), (1, 750_000), (2, 500_000)]


def test_a_minute_in_which_nothing_arrives_has_none(backend: Any, clock: Any, show: str) -> None:
    backend.timing.without_data = HOUR
    clock.pass_by(60)
    backend.starve(show)
    clock.pass_by(120)
    backend.recover(show)
    clock.pass_by(60)
    backend.disconnect(show)
    clock.pass_by(600)

    assert [minute for minute, _ in bitrates(backend, show)] == [0, 3]


def test_the_newest_minute_appears_late(backend: Any, clock: Any, show: str) -> None:
    clock.pass_by(119)
    assert [minute for minute, _ in bitrates(backend, show)] == [0]


def test_another_encoder_that_takes_over_counts(backend: Any, ivs: Any, clock: Any) -> None:
    made = ivs.create_channel(name="show")
    key = made["streamKey"]["value"]
    backend.connect(key, priority=1, video=Video(bitrate=1_000_000))
    clock.pass_by(60)
    backend.connect(key, priority=2, video=Video(bitrate=2_000_000))
    clock.pass_by(120)

    assert bitrates(backend, made["channel"]["arn"])[1:] == [(1, 2_000_000)]
