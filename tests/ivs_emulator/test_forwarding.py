"""Events that go on to a webhook."""

import io
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

import ivs_emulator
from ivs_emulator import forwarding, outbox
from ivs_emulator.forwarding import Forwarding
from ivs_emulator.server import Server, serve

from .conftest import name_of
from .webhook import Webhook, listening


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with listening() as running:
        yield running


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox.Outbox.__init__, "__kwdefaults__", {"pauses": (0.0, 0.0)})


def event(name: str) -> dict[str, Any]:
    return {"id": name, "detail-type": "IVS Stream State Change"}


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def place_of(hook: Webhook) -> str:
    return hook.url.removesuffix("/hook/secret")


def test_a_server_posts_each_event_in_order(hook: Webhook, log: io.StringIO) -> None:
    to_application = Forwarding(hook.url, log)
    with Server(port=0, throttling=None, senders=[to_application], log=log) as server:
        remote = boto3.client("ivs", "eu-west-1", endpoint_url=server.url)
        key = remote.create_channel()["streamKey"]["value"]
        there = ivs_emulator.backend("123456789012", "eu-west-1")
        there.timing.to_start *= 0
        there.connect(key)
        posted = [hook.came.get(timeout=30) for _ in range(2)]

    assert [name_of(body) for _, body in posted] == ["Session Created", "Stream Start"]
    assert {kind for kind, _ in posted} == {"application/json"}
    assert [body for _, body in posted] == list(there.events)


def test_what_fails_is_tried_again_before_what_comes_after_it(
    hook: Webhook, log: io.StringIO, no_pauses: None
) -> None:
    hook.statuses = [500, 302]
    to_application = Forwarding(hook.url, log)
    to_application.send(event("a"))
    to_application.send(event("b"))

    assert hook.ids(4) == ["a", "a", "a", "b"]
    to_application.close()
    assert log.getvalue() == ""


def test_an_event_is_given_up_after_three_tries_with_a_line_in_the_log(
    hook: Webhook, log: io.StringIO, no_pauses: None
) -> None:
    hook.statuses = [500, 404, 503]
    to_application = Forwarding(hook.url, log)
    to_application.send(event("a"))
    to_application.send(event("b"))

    assert hook.ids(4) == ["a", "a", "a", "b"]
    to_application.close()
    assert log.getvalue() == (
        f"forwarding to {place_of(hook)}: IVS Stream State Change a was given up:"
        " the answer was 503\n"
    )


def test_a_webhook_that_is_not_there_gets_a_line_for_each_event(
    log: io.StringIO, no_pauses: None
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        to_nobody = Forwarding(f"http://127.0.0.1:{port}", log)
        to_nobody.send(event("a"))
        to_nobody.send(event("b"))
        until(lambda: log.getvalue().count("\n") == 2)
    to_nobody.close()

    assert "IVS Stream State Change a was given up: Connection refused\n" in log.getvalue()


def test_a_webhook_that_does_not_answer_is_waited_for_only_so_long(
    hook: Webhook, log: io.StringIO, no_pauses: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "ANSWER_SECONDS", 0.05)
    hook.gate.clear()
    to_application = Forwarding(hook.url, log)
    to_application.send(event("a"))
    until(lambda: "a was given up: ReadTimeoutError\n" in log.getvalue())
    to_application.close()


def test_a_webhook_that_is_slow_slows_nobody_and_loses_what_has_no_room(
    hook: Webhook, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "ROOM", 2)
    monkeypatch.setattr(outbox, "LEAVE_SECONDS", 0.05)
    hook.gate.clear()
    to_application = Forwarding(hook.url, log)
    to_application.send(event("a"))
    assert hook.ids(1) == ["a"]  # and is not answered
    for name in "bcd":
        to_application.send(event(name))

    assert "IVS Stream State Change d was dropped: 2 others wait already\n" in log.getvalue()
    to_application.close()
    assert log.getvalue().endswith(f"forwarding to {place_of(hook)}: 2 events were not sent\n")


def test_closing_sends_what_waits_and_pauses_no_more(hook: Webhook, log: io.StringIO) -> None:
    hook.statuses = [500, 500]
    to_application = Forwarding(hook.url, log)
    for name in "ab":
        to_application.send(event(name))
    assert hook.ids(1) == ["a"]
    began = time.monotonic()
    to_application.close()

    assert hook.ids(1) == ["b"]
    assert time.monotonic() - began < outbox.PAUSES[0]
    assert log.getvalue().count("was given up") == 2


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://host/", "http://", "http:///x", "http://h:x", "http://h:0", "http://h/ x"],
)
def test_a_url_that_is_none_is_refused(url: str, log: io.StringIO) -> None:
    with pytest.raises(ValueError, match="must be an http or https URL") as refused:
        serve(port=0, forward_to=url, log=log)
    assert repr(url) in str(refused.value)


def test_a_url_with_a_password_is_refused_without_a_word_of_it(log: io.StringIO) -> None:
    with pytest.raises(ValueError, match="must have no user and no password") as refused:
        Forwarding("https://me:secret@host/", log)
    assert "secret" not in str(refused.value)
