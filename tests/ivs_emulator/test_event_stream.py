"""Events as a stream, and by number."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

import ivs_emulator
from ivs_emulator import event_stream, journal
from ivs_emulator.server import Server

from .conftest import Ask, name_of

STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def server(log: io.StringIO) -> Iterator[Server]:
    with Server(port=0, throttling=None, log=log) as running:
        yield running


@pytest.fixture
def arn(server: Server) -> str:
    made = requests.post(f"{server.url}/CreateChannel", json={}, timeout=30).json()
    return str(made["channel"]["arn"])


def control(server: Server, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(method, f"{server.url}/_ivs/{path}", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def go_live(server: Server, arn: str) -> None:
    control(server, "POST", "encoders", {"channelArn": arn})
    control(server, "POST", "clock", {"advanceSeconds": 7})


@contextmanager
def reading(server: Server, query: str = "", **headers: str) -> Iterator[Iterator[Any]]:
    """The lines of a stream that are not empty, as they come."""
    url = f"{server.url}/_ivs/events{query}"
    with requests.get(url, headers={**STREAM, **headers}, stream=True, timeout=30) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        yield (line for line in answer.iter_lines(chunk_size=1, decode_unicode=True) if line)


def take(lines: Iterator[str], count: int) -> list[tuple[int, str]]:
    """The numbers and names of the next events."""
    found: list[tuple[int, str]] = []
    while len(found) < count:
        line = next(lines)
        if line.startswith(":"):
            continue
        assert line == "event: event"
        number = int(next(lines).removeprefix("id: "))
        found.append((number, name_of(json.loads(next(lines).removeprefix("data: ")))))
    return found


def test_a_stream_begins_with_what_was_sent_and_goes_on_with_what_is_sent_now(
    server: Server, arn: str
) -> None:
    go_live(server, arn)
    with reading(server) as lines:
        assert take(lines, 2) == [(1, "Session Created"), (2, "Stream Start")]
        control(server, "DELETE", f"encoders/{arn[-12:]}")
        assert take(lines, 2) == [(3, "Stream End"), (4, "Session Ended")]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("?since=1", {}),
        ("", {"Last-Event-ID": "1"}),
        # A reader that comes back repeats the address that it began with.
        ("?since=0", {"Last-Event-ID": "1"}),
    ],
)
def test_a_stream_begins_after_the_event_that_the_reader_names(
    server: Server, arn: str, query: str, headers: dict[str, str]
) -> None:
    go_live(server, arn)
    with reading(server, query, **headers) as lines:
        assert take(lines, 1) == [(2, "Stream Start")]


def test_a_reader_with_a_number_of_an_earlier_run_misses_nothing(server: Server, arn: str) -> None:
    with reading(server, "?since=500") as lines:
        assert next(lines) == ":"
        go_live(server, arn)
        assert take(lines, 2) == [(1, "Session Created"), (2, "Stream Start")]
    with reading(server, "?since=500") as lines:
        assert take(lines, 1) == [(1, "Session Created")]


def test_readers_hold_up_nobody_and_go_quietly(
    server: Server, arn: str, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "SILENCE_SECONDS", 0.01)
    with reading(server) as one, reading(server) as other:
        assert next(one) == next(other) == ":"
        go_live(server, arn)
        assert take(one, 2) == take(other, 2)
    # Both have gone, which the server notices as it writes on.
    go_live(
        server, requests.post(f"{server.url}/CreateChannel", timeout=30).json()["channel"]["arn"]
    )

    assert control(server, "GET", "events")["last"] == 4
    assert "Traceback" not in log.getvalue()


def test_a_head_of_a_stream_has_no_body(server: Server) -> None:
    answer = requests.head(f"{server.url}/_ivs/events", headers=STREAM, timeout=30)

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("since", ["x", "-1", "1.5", "", "1" * 19, "\u0661"])
def test_a_bad_number_gets_a_sentence(server: Server, since: str) -> None:
    said = f'since must be the number of an event, or 0, not "{since}".'
    for headers in ({}, STREAM):
        answer = requests.get(
            f"{server.url}/_ivs/events", params={"since": since}, headers=headers, timeout=30
        )
        assert (answer.status_code, answer.json()["message"]) == (400, said)


def test_the_document_has_the_events_since_a_number_and_the_number_of_the_last(
    ask: Ask, there: ivs_emulator.IVSBackend, arn_here: str
) -> None:
    def since(number: int) -> tuple[list[str], int]:
        _, said = ask.control.answer("GET", "/_ivs/events", b"", {"since": str(number), "x": "y"})
        return [name_of(event) for event in said["events"]], said["last"]

    assert since(0) == ([], 0)
    ask("POST", "encoders", {"channelArn": arn_here})
    ask("POST", "clock", {"advanceSeconds": 7})
    assert since(0) == (["Session Created", "Stream Start"], 2)
    assert since(1) == (["Stream Start"], 2)
    assert since(2) == ([], 2)


@pytest.fixture
def arn_here(there: ivs_emulator.IVSBackend, ivs: Any) -> str:
    return str(ivs.create_channel()["channel"]["arn"])


def test_numbers_go_on_after_a_reset_and_the_stream_says_what_it_lacks(
    ask: Ask, there: ivs_emulator.IVSBackend, ivs: Any, arn_here: str
) -> None:
    ask("POST", "encoders", {"channelArn": arn_here})
    ask("POST", "reset")
    assert ask("GET", "events")[1] == {"events": [], "last": 1}
    again = ivs.create_channel()["channel"]["arn"]
    ask("POST", "encoders", {"channelArn": again})

    first = next(event_stream.stream(ask.control.journal, {}, {}).stream or iter([]))

    assert first.startswith(b": 1 events before this one are no longer kept\n\nevent: event\nid: 2")


def test_the_oldest_events_are_dropped_first() -> None:
    kept = journal.Journal()
    for number in range(1, journal.EVENTS_KEPT + 3):
        kept.add({"n": number})

    assert kept.after(0)[0] == (3, {"n": 3})
    assert kept.after(10_000) == [(10_001, {"n": 10_001}), (10_002, {"n": 10_002})]
