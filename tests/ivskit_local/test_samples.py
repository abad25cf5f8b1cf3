"""Reading the events that a replay is given."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ivskit_local.event_files import NotAnEvent
from ivskit_local.samples import read_inputs
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


START = "stream-state-change.stream-start"
LINES = f"{json.dumps(sample(END))}\n\n{json.dumps(sample(START))}\n"


def batch(*bodies: object) -> dict[str, Any]:
    """What Lambda gets from a queue."""
    return {
        "Records": [
            {"messageId": f"m{n}", "body": json.dumps(body), "eventSource": "aws:sqs"}
            for n, body in enumerate(bodies)
        ]
    }


HELD = {
    "lines": LINES,
    "lines of Windows": LINES.replace("\n", "\r\n"),
    "documents over lines": "\n".join(json.dumps(sample(name), indent=1) for name in (END, START)),
    "a list a line": f"[{json.dumps(sample(END))}]\n[{json.dumps(sample(START))}]",
    "a batch": json.dumps(batch(sample(END), sample(START)), indent=2),
    "a batch a line": f"{json.dumps(batch(sample(END)))}\n{json.dumps(batch(sample(START)))}",
    "what the emulator sent": json.dumps({"events": [sample(END), sample(START)]}),
    "lines of CloudWatch Logs": json.dumps(
        {"events": [{"message": json.dumps(sample(name))} for name in (END, START)]}
    ),
    "a list of batches": json.dumps([batch(sample(END)), batch([sample(START)])]),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", HELD.values(), ids=HELD)
def test_events_are_read_in_the_forms_that_aws_and_editors_give_them(
    tmp_path: Path, text: str, encoding: str
) -> None:
    file = tmp_path / "events.json"
    file.write_bytes(text.encode(encoding))

    assert read(file) == [sample(END)["id"], sample(START)["id"]]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_standard_input_may_be_bytes_of_any_such_encoding(encoding: str) -> None:
    samples = read_inputs(["-"], stdin=lambda: LINES.encode(encoding)).samples

    assert [found.event["id"] for found in samples] == [sample(END)["id"], sample(START)["id"]]


def test_a_folder_may_hold_json_lines(tmp_path: Path) -> None:
    (tmp_path / "of-a-day.jsonl").write_text(LINES)

    assert len(read(tmp_path)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON: Expecting value"),
        ("{", "is not JSON: "),
        ("3", "is not an EventBridge event: the whole: Input should be a valid dictionary"),
        ("{}", "is not an EventBridge event: id: Field required"),
        ("[]", "contains no event"),
        ("[" * 100_000, "is nested too deeply"),
        (f"{json.dumps(sample(END))}\n{{", "is not JSON: Expecting property name enclosed in"),
        (f"{json.dumps(sample(END))}\n\nx", "is not JSON: Expecting value: line 3 column 1"),
        (
            json.dumps({"Records": [{"eventSource": "aws:kinesis", "kinesis": {}}]}),
            "Records[0] is of aws:kinesis and has no body: only SQS's are read",
        ),
        (
            json.dumps({"Records": [{"body": "hello"}]}),
            "Records[0].body is not JSON: the body of an SQS message is expected to be an event",
        ),
        (json.dumps({"Records": ["x"]}), "Records[0] is of ? and has no body"),
        (json.dumps({"Records": []}), "contains no event"),
        (
            json.dumps({"Source": "s", "DetailType": "d", "Detail": "{}"}),
            "is an entry of PutEvents; an event has id, account, region and time as well",
        ),
        (json.dumps({"Messages": [{"Body": "{"}]}), "Messages[0].Body is not JSON: "),
        (json.dumps({"Messages": [{}]}), "Messages[0] has no Body, and is expected to be a mess"),
        (json.dumps({"hello": "world"}), "has hello, and is no form that a replay reads: give an"),
        (json.dumps({"awslogs": {"data": "H4sI"}}), "is a batch of CloudWatch Logs, compressed"),
        (
            json.dumps(sample(END, note="x" * 262_144)),
            "an event has at most 262144 bytes, not ",
        ),
        (
            json.dumps(sample(END) | {"account": "abc"}),
            "is not an EventBridge event: account: String should match pattern",
        ),
        (
            json.dumps(sample(END) | {"region": "mars-1"}),
            "is not an EventBridge event: region: Value error, IVS is in ap-northeast-1, ",
        ),
        (
            json.dumps(sample(END) | {"time": "9999-01-01T00:00:00Z"}),
            "is not an EventBridge event: time: Input should be less than or equal to 2200-01-01",
        ),
        (
            json.dumps(sample(END) | {"time": "yesterday"}),
            "is not an EventBridge event: time: Input should be a valid datetime",
        ),
        (
            json.dumps(sample(END) | {"time": 1_795_190_400}),
            "is not an EventBridge event: time: Value error, must be written like 2026-11-20T16",
        ),
        (json.dumps({"events": []}), "contains no event"),
        (
            json.dumps({"events": [{"message": "x"}]}),
            "events[0].message is not JSON: a line of the audit",
        ),
        (
            json.dumps([sample(END), sample(END) | {"detail": "text"}]),
            "[1] is not an EventBridge event: detail: Input should be a valid dictionary",
        ),
    ],
)
def test_what_is_no_event_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(NotAnEvent) as caught:
        read("-", stdin=text)

    assert str(caught.value).startswith(f"-: {said}")
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary.json").write_bytes(b"\x80\x00\x81")

    with pytest.raises(NotAnEvent, match=r"missing\.json: No such file or directory"):
        read(tmp_path / "missing.json")
    with pytest.raises(NotAnEvent, match=r"binary\.json: is not UTF-8 or UTF-16 text"):
        read(tmp_path / "binary.json")


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(NotAnEvent, match=r"there is no \.json or \.jsonl file"):
        read(tmp_path)
