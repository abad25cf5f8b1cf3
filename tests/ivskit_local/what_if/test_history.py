"""The past is read in every form in which a replay reads events."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ivskit_local.errors import WrongUsage
from ivskit_local.what_if.history import Happened, History, read_history
from tests.ivskit_local.what_if.pasts import CHANNEL, START, Event, outcome, stream, stream_id

PAST = stream("0:00", "5:00")
FORMS: dict[str, Callable[[Sequence[Event]], str]] = {
    "JSON Lines": lambda events: "\n".join(map(json.dumps, events)),
    "a list": json.dumps,
    "a list over several lines": lambda events: json.dumps(events, indent=2),
    "values over several lines": lambda events: "\n".join(
        json.dumps(event, indent=1) for event in events
    ),
    "what CloudWatch Logs gives": lambda events: json.dumps(
        {"events": [{"message": json.dumps(event)} for event in events]}
    ),
    "what SQS gives": lambda events: json.dumps(
        {"Messages": [{"Body": json.dumps(event)} for event in events]}
    ),
    "a line, then a value over several lines": lambda events: (
        json.dumps(events[0]) + "\n" + json.dumps(events[1], indent=2)
    ),
}


def read(text: str | bytes) -> History:
    """The history in this text, from standard input."""
    return read_history(["-"], stdin=lambda: text)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_form_is_read(form: str, encoding: str) -> None:
    history = read(FORMS[form](PAST).encode(encoding))

    assert history.events == 2
    assert [each.what for each in history.channels[CHANNEL].happened] == [
        "Stream Start",
        "Stream End",
    ]


def test_files_and_folders_make_one_history(tmp_path: Path) -> None:
    (tmp_path / "october").mkdir()
    (tmp_path / "october" / "b.jsonl").write_text(json.dumps(PAST[1]))
    (tmp_path / "a.json").write_text(json.dumps(PAST[0]))
    paths = [str(tmp_path / "october"), str(tmp_path / "a.json")]

    history = read_history(paths, stdin=lambda: "")

    assert history.channels[CHANNEL].happened[0] == Happened(START, "Stream Start", stream_id(1))


def test_tags_are_kept_in_the_order_of_time() -> None:
    first, second = {"ivskit:managed": "true"}, {"ivskit:managed": "false"}
    log = [
        outcome("3:00", "Will Look Again", tags=first),
        outcome("1:00", "Will Look Again", tags=first),
        outcome("2:00", "Will Look Again", tags=second),
    ]

    history = read(json.dumps(log))

    assert [tags for _, tags in history.channels[CHANNEL].tags] == [first, second, first]


def test_what_is_about_no_channel_is_left_out() -> None:
    swept = outcome("1:00", "Streams Reconciled")
    swept["detail"] = {"at": "soon"}
    command = PAST[0] | {"source": "ivskit.command", "detail-type": "Stop Stream"}
    odd = outcome("2:00", "Will Look Again", tags={}) | {"resources": []}
    odd["detail"]["at"] = "soon"

    history = read(json.dumps([swept, command, odd]))

    assert history.events == 3
    assert [tags for _, tags in history.channels[CHANNEL].tags] == [{}]
    assert history.channels[CHANNEL].happened == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (json.dumps(PAST[0]) + "\n\n{broken", "-: is not JSON: .*line 3 column 2"),
        (
            json.dumps(PAST[0]) + "\n" + json.dumps(PAST[1] | {"time": 5}),
            "-, line 2: is not an EventBridge event: time: ",
        ),
        ('{"channels": {}, "steps": []}', "-.*: is a scenario, which is no past"),
    ],
)
def test_an_error_names_the_line(text: str, error: str) -> None:
    with pytest.raises(WrongUsage, match=error):
        read(text)
