"""Reading the events that a replay is given."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ivskit_local.samples import NotAnEvent, read_inputs
from tests.samples import EVENTS, SAMPLES, sample

END = "stream-state-change.stream-end"


def read(*paths: str | Path, stdin: str = "") -> Sequence[str]:
    """The ids of the events that these paths hold."""
    read = read_inputs([str(path) for path in paths], stdin=lambda: stdin)
    return [found.event["id"] for found in read.samples]


def test_files_are_read_in_the_order_given() -> None:
    start, end = EVENTS / "stream-state-change.stream-start.json", EVENTS / f"{END}.json"

    assert read(end, start, end) == [
        sample(END)["id"],
        sample("stream-state-change.stream-start")["id"],
        sample(END)["id"],
    ]


def test_a_folder_is_read_in_the_order_of_its_events_times() -> None:
    samples = read_inputs([str(EVENTS)], stdin=str).samples

    times = [found.time for found in samples]
    assert len(samples) == len(SAMPLES)
    assert times == sorted(times)
    assert samples[0].name.endswith(".json")


def test_standard_input_holds_one_event_or_a_list_of_them() -> None:
    event = sample(END)

    assert read("-", stdin=json.dumps(event)) == [event["id"]]
    assert read("-", stdin=json.dumps([event, event])) == [event["id"]] * 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON: Expecting value"),
        ("{", "is not JSON: "),
        ("3", "is no EventBridge event: the whole: Input should be a valid dictionary"),
        ("{}", "is no EventBridge event: id: Field required"),
        ("[]", "holds no event"),
        ("[" * 100_000, "is nested too deeply"),
        (
            json.dumps(sample(END, note="x" * 262_144)),
            "an event has at most 262144 bytes, not ",
        ),
        (
            json.dumps(sample(END) | {"account": "abc"}),
            "is no EventBridge event: account: String should match pattern",
        ),
        (
            json.dumps(sample(END) | {"region": "mars-1"}),
            "is no EventBridge event: region: Value error, IVS is in ap-northeast-1, ",
        ),
        (
            json.dumps(sample(END) | {"time": "9999-01-01T00:00:00Z"}),
            "is no EventBridge event: time: Input should be less than or equal to 2200-01-01",
        ),
        (
            json.dumps(sample(END) | {"time": "yesterday"}),
            "is no EventBridge event: time: Input should be a valid datetime",
        ),
        (
            json.dumps([sample(END), sample(END) | {"detail": "text"}]),
            "is no EventBridge event: detail: Input should be a valid dictionary",
        ),
    ],
)
def test_what_is_no_event_is_told_in_one_line(text: str, said: str) -> None:
    with pytest.raises(NotAnEvent) as caught:
        read("-", stdin=text)

    assert str(caught.value).startswith(f"-: {said}")
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe")

    with pytest.raises(NotAnEvent, match=r"missing\.json: No such file or directory"):
        read(tmp_path / "missing.json")
    with pytest.raises(NotAnEvent, match=r"binary\.json: is not a text of UTF-8"):
        read(tmp_path / "binary.json")


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(NotAnEvent, match=r"there is no \.json file"):
        read(tmp_path)
