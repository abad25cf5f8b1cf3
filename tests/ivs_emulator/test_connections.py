"""What comes over a socket: well-formed, malformed, in pieces, at once, and given up."""

import io
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from ivs_emulator import connections
from ivs_emulator.connections import MAX_BODY_BYTES
from ivs_emulator.server import Server

from .raw_http import Reply, connect, replies_of

HOST = "Host: localhost\r\n"
Send = Callable[..., list[Reply]]


@pytest.fixture(scope="module")
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(scope="module")
def server(log: io.StringIO) -> Iterator[Server]:
    with Server(port=0, throttling=None, log=log) as running:
        yield running


@pytest.fixture
def send(server: Server) -> Send:
    """Send bytes as they are; answers the replies until the server closes the connection."""

    def call(sent: str | bytes, *, half_close: bool = False) -> list[Reply]:
        with connect(server) as client:
            client.sendall(sent.encode() if isinstance(sent, str) else sent)
            if half_close:
                client.shutdown(socket.SHUT_WR)
            return replies_of(client)

    return call


def post(path: str, headers: str, body: str, *, close: bool = True) -> str:
    connection = "Connection: close\r\n" if close else ""
    return f"POST {path} HTTP/1.1\r\n{HOST}{connection}{headers}\r\n{body}"


def message_of(reply: Reply) -> str:
    return str(json.loads(reply.body)["message"])


def test_a_chunked_body_is_read(send: Send) -> None:
    chunks = '8\r\n{"name":\r\n9\r\n"chunked"\r\n1;x=y\r\n}\r\n0\r\nTrailer: x\r\n\r\n'

    (reply,) = send(post("/CreateChannel", "Transfer-Encoding: chunked\r\n", chunks))

    assert json.loads(reply.body)["channel"]["name"] == "chunked"


def test_what_follows_a_chunked_body_is_the_next_request(send: Send) -> None:
    chunked = post(
        "/ListChannels", "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n", close=False
    )

    first, second = send(chunked + post("/ListStreams", "Content-Length: 2\r\n", "{}"))

    assert "channels" in json.loads(first.body)
    assert "streams" in json.loads(second.body)


@pytest.mark.parametrize(
    ("headers", "body", "complaint"),
    [
        ("Content-Length: abc\r\n", "{}", "bad Content-Length"),
        ("Content-Length: -1\r\n", "{}", "bad Content-Length"),
        ("Content-Length: 1e3\r\n", "{}", "bad Content-Length"),
        ("Content-Length: 2, 3\r\n", "{}", "conflicting Content-Length"),
        ("Content-Length: 2\r\nContent-Length: 3\r\n", "{}", "conflicting Content-Length"),
        (f"Content-Length: {'9' * 30}\r\n", "{}", "bad Content-Length"),
        (f"Content-Length: {MAX_BODY_BYTES + 1}\r\n", "{}", "must be at most 1048576"),
        ("Content-Length: 99999999999\r\n", "{}", "must be at most 1048576"),
        ("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n", "illegal chunk header"),
        ("Transfer-Encoding: chunked\r\n", "2\r\n{}xx0\r\n\r\n", "malformed chunk footer"),
        ("No colon\r\n", "", "illegal header line"),
        ("X: \x00\r\n", "", "illegal header line"),
    ],
)
def test_a_malformed_request_is_a_400_that_says_why(
    send: Send, headers: str, body: str, complaint: str
) -> None:
    (reply,) = send(post("/ListChannels", headers, body))

    assert reply.status == 400
    assert complaint in message_of(reply)
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize(
    "sent",
    [
        f"POST /ListChannels HTTP/1.1\r\n{HOST}Content-Length: 50\r\n\r\n{{}}",
        f"POST /ListChannels HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n5\r\n{{}}",
        f"POST /ListChannels HTTP/1.1\r\n{HOST}",
        "POST /List",
    ],
)
def test_a_request_that_ends_too_soon_is_a_400(send: Send, sent: str) -> None:
    (reply,) = send(sent, half_close=True)

    assert reply.status == 400


def test_a_request_that_stops_half_way_is_a_400_after_a_while(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PAUSE_SECONDS", 0.2)

    (reply,) = send(post("/ListChannels", "Content-Length: 50\r\n", "{}"))

    assert reply.status == 400
    assert "Content-Length may be too large" in message_of(reply)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n", 400),
        (f"GET http://[ HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n", 400),
        (f"GET /{'a' * 300_000} HTTP/1.1\r\n{HOST}\r\n", 431),
        ("GET / HTTP/1.1\r\n" + HOST * 50_000, 431),
        (post("/ListChannels", "Transfer-Encoding: gzip\r\n", "x"), 501),
        (f"CONNECT localhost:80 HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n", 501),
        (f"GET http://localhost/_ivs/health HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n", 200),
        ("GET /_ivs/health HTTP/1.0\r\n\r\n", 200),
    ],
)
def test_whatever_comes_is_answered_in_json(send: Send, sent: str | bytes, status: int) -> None:
    (reply,) = send(sent)

    assert reply.status == status
    assert reply.headers["content-type"] == "application/json"
    assert isinstance(json.loads(reply.body), dict)


def test_a_client_that_sends_too_much_gets_the_answer_all_the_same(send: Send) -> None:
    size = 4 * MAX_BODY_BYTES

    (reply,) = send(post("/ListChannels", f"Content-Length: {size}\r\n", " " * size))

    assert reply.status == 400
    assert message_of(reply) == f"Content-Length = {size}: must be at most {MAX_BODY_BYTES}."


def test_chunks_add_up_to_at_most_the_same(send: Send) -> None:
    chunk = f"10000\r\n{' ' * 0x10000}\r\n"

    (reply,) = send(post("/ListChannels", "Transfer-Encoding: chunked\r\n", chunk * 17))

    assert reply.status == 400
    assert message_of(reply) == f"The body must have at most {MAX_BODY_BYTES} bytes."


def test_what_fails_in_a_connections_thread_is_logged(
    server: Server, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(connections.Connection, "_receive", fail)
    with connect(server) as client:
        assert replies_of(client) == []

    assert "ZeroDivisionError" in log.getvalue()
    log.truncate(0)


def test_a_client_that_waits_for_100_continue_gets_it(server: Server) -> None:
    with connect(server) as client:
        head = post("/ListChannels", "Expect: 100-continue\r\nContent-Length: 2\r\n", "")
        client.sendall(head.encode())
        interim = client.recv(1_000)
        client.sendall(b"{}")
        (reply,) = replies_of(client)

    assert interim.startswith(b"HTTP/1.1 100 ")
    assert reply.status == 200


def test_a_body_that_comes_byte_by_byte_is_read(server: Server) -> None:
    with connect(server) as client:
        for byte in post("/CreateChannel", "Content-Length: 15\r\n", '{"name":"slow"}'):
            client.sendall(byte.encode())
        (reply,) = replies_of(client)

    assert json.loads(reply.body)["channel"]["name"] == "slow"


def test_a_hundred_sockets_at_once_are_answered_within_a_second(server: Server) -> None:
    began = time.perf_counter()
    clients = [connect(server) for _ in range(100)]
    with ThreadPoolExecutor(100) as pool:
        asked = post("/ListChannels", "Content-Length: 2\r\n", "{}").encode()
        list(pool.map(lambda client: client.sendall(asked), clients))
        replies = [reply for answered in pool.map(replies_of, clients) for reply in answered]
    took = time.perf_counter() - began
    for client in clients:
        client.close()

    assert [reply.status for reply in replies] == [200] * 100
    assert took < 2  # a second on a machine of its own; with a backlog of 5 it took 30


def test_who_waits_for_a_slow_answer_keeps_nobody_else_waiting(server: Server) -> None:
    slow: Any = {"faults": [{"kind": "slow", "operation": "ListStreams", "seconds": 1}]}
    requests.put(f"{server.url}/_ivs/faults", json=slow, timeout=30)

    with ThreadPoolExecutor(80) as pool:
        waiting = [pool.submit(requests.post, f"{server.url}/ListStreams") for _ in range(80)]
        time.sleep(0.3)
        began = time.perf_counter()
        requests.get(f"{server.url}/_ivs/health", timeout=30)
        took = time.perf_counter() - began
        assert all(answer.result().status_code == 200 for answer in waiting)
    requests.put(f"{server.url}/_ivs/faults", json={"faults": []}, timeout=30)

    assert took < 0.5


def test_a_client_that_gives_up_leaves_no_traceback(server: Server, log: io.StringIO) -> None:
    for sent in ("", "POST /Li", post("/ListChannels", "Content-Length: 2\r\n", "{}") * 20):
        client = connect(server)
        # Closed with a reset, which what is being sent to it then meets.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        client.sendall(sent.encode())
        client.close()
    requests.get(f"{server.url}/_ivs/health", timeout=30)

    assert "Traceback" not in log.getvalue()


def test_a_page_of_any_origin_may_ask(server: Server) -> None:
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-amz-date",
    }

    preflight = requests.options(f"{server.url}/GetChannel", headers=asked, timeout=30)
    refused = requests.post(f"{server.url}/GetChannel", "{}", headers=asked, timeout=30)

    assert (preflight.status_code, preflight.content) == (204, b"")
    assert preflight.headers["Access-Control-Allow-Headers"] == "authorization,x-amz-date"
    assert "PUT" in preflight.headers["Access-Control-Allow-Methods"]
    for answer in (preflight, refused):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "x-amzn-ErrorType" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("path", ["/", "/_ivs/health", "/_ivs/events"])
def test_head_is_get_without_the_body(server: Server, path: str) -> None:
    with requests.Session() as session:
        head = session.head(server.url + path, timeout=30)
        body = session.get(server.url + path, timeout=30)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(body.content))


def test_what_is_malformed_after_a_head_is_answered_with_a_body(server: Server) -> None:
    with connect(server) as client:
        client.sendall(f"HEAD / HTTP/1.1\r\n{HOST}\r\nnonsense\r\n\r\n".encode())
        head, malformed = replies_of(client, "HEAD")

    assert (head.status, head.body) == (200, b"")
    assert malformed.status == 400
    assert "illegal request line" in message_of(malformed)


@pytest.mark.parametrize(
    ("method", "path", "takes"),
    [
        ("GET", "/ListChannels", "OPTIONS, POST"),
        ("HEAD", "/ListChannels", "OPTIONS, POST"),
        ("PUT", "/tags/arn", "DELETE, GET, OPTIONS, POST"),
    ],
)
def test_another_method_than_an_operations_is_not_allowed(
    server: Server, method: str, path: str, takes: str
) -> None:
    answer = requests.request(method, server.url + path, timeout=30)

    assert (answer.status_code, answer.headers["Allow"]) == (405, takes)


@pytest.mark.parametrize("path", ["/GetChannel", "/_ivs/encoders", "/_ivs/faults", "/_ivs/reset"])
@pytest.mark.parametrize(
    "body",
    [b"\xff", '{"a": 1}'.encode("utf-16"), b"[" * 50_000, b"[" * 100_000, b'{"a":' * 100_000],
)
def test_a_body_that_is_no_json_is_a_400(server: Server, path: str, body: bytes) -> None:
    method = "PUT" if path.endswith("faults") else "POST"

    answer = requests.request(method, server.url + path, data=body, timeout=30)

    assert answer.status_code == 400
    assert answer.json()["message"]


def test_a_call_with_much_too_much_in_it_is_answered_briefly(server: Server) -> None:
    answer: Any = requests.post(
        f"{server.url}/BatchGetChannel", json={"arns": ["x"] * 100_000}, timeout=30
    )

    assert answer.status_code == 400
    assert answer.json()["message"] == "arns: must have at most 50 items, has 100000"
