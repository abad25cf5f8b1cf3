"""The checker of answers itself: it sees each way in which an answer can depart."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ivs_emulator.service_model import service_model

from .conformity import departures

ARN = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"


@pytest.mark.parametrize(
    ("operation", "answer", "departure"),
    [
        ("GetChannel", {"channel": []}, "GetChannel.channel: [] is no structure"),
        ("ListChannels", {}, "ListChannels.channels: is missing"),
        ("GetChannel", {"canal": {}}, "GetChannel.canal: is not in the model"),
        ("GetChannel", {"channel": {"type": "X"}}, "GetChannel.channel.type: 'X' is none of"),
        ("GetChannel", {"channel": {"arn": "X"}}, "GetChannel.channel.arn: 'X' does not match"),
        (
            "ListStreams",
            {"streams": [{"startTime": datetime(2026, 1, 1)}]},  # noqa: DTZ001 - the point
            "ListStreams.streams[].startTime:",
        ),
    ],
)
def test_a_departure_is_reported(operation: str, answer: Any, departure: str) -> None:
    shape = service_model().operation_model(operation).output_shape

    (found,) = departures(shape, answer, operation)

    assert found.startswith(departure)


def test_an_answer_as_the_model_has_it_departs_nowhere() -> None:
    shape = service_model().operation_model("GetStream").output_shape
    stream = {"channelArn": ARN, "startTime": datetime(2026, 1, 1, tzinfo=UTC), "viewerCount": 3}

    assert list(departures(shape, {"stream": stream}, "GetStream")) == []
