"""Whatever bytes come, the server answers them in HTTP and in JSON, without a 500, and goes on."""

import io
import json
import socket
from collections.abc import Iterator

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ivs_emulator.control import ROUTES
from ivs_emulator.operations import OPERATIONS
from ivs_emulator.server import Server
from ivs_emulator.service_model import input_shape

from .raw_http import Reply, connect, replies_of

ARN = "arn:aws:ivs:us-east-1:123456789012:channel/AbCdef1G2hij"

# What the routes and operations know, so that bytes get further than the door.
PATHS = [
    *(f"/{name}" for name in OPERATIONS),
    *(f"/_ivs/{pattern.replace('(?P<what>starve|recover|fail)', 'fail')}" for _, pattern in ROUTES),
    *("/", "*", "//[", "http://[", "/_ivs/", "/tags/", f"/tags/{ARN}", f"/tags/{ARN}?tagKeys=%FF"),
]
MEMBERS = sorted({name for operation in OPERATIONS for name in input_shape(operation).members})
FIELDS = [
    *("streamKey", "channelArn", "reconnect", "reconnectAfterSeconds", "priority", "video"),
    *("advanceSeconds", "faults", "seed", "viewers", "token", "origin", "country", "buckets"),
    *("channels", "takeoversPerStream", "startSeconds", "toStartSeconds", "kind", "count"),
]
# Not all of these are valid JSON, which is the point.
AWKWARD = [
    *("NaN", "Infinity", "-Infinity", "1e300", "1e999", "-1e999", "9" * 400, "-1", "0.1", "null"),
    *('"\\ud800"', '"\\u0000"', '""', "[[]]", "{}", "[{}]", "true", "[null]", f'"{ARN}"'),
    *('"sk_us-east-1_a_b?priority=x"', '"2099-01-01T00:00:00"', '"0001-01-01T00:00:00+14:00"'),
    *('["' + "x" * 200 + '"]', "[" * 3_000, '[{"kind": "slow", "seconds": 1e10}]'),
]

methods = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT"])
paths = st.sampled_from(PATHS) | st.text(st.characters(min_codepoint=33, max_codepoint=126)).map(
    lambda text: f"/{text}"
)
values = st.sampled_from(AWKWARD) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
).map(json.dumps)
objects = st.lists(st.tuples(st.sampled_from(MEMBERS + FIELDS), values), max_size=4).map(
    lambda members: (
        "{" + ", ".join(f'"{name}": {value}' for name, value in members) + "}"
    ).encode()
)
bodies = objects | st.binary(max_size=50) | values.map(str.encode)
headers = st.lists(
    st.sampled_from(
        [
            *(b"Host: [", b"Host: localhost", b"Host: ivs.eu-west-1.amazonaws.com", b"Host: \xff"),
            *(b"Authorization: AWS4-HMAC-SHA256", b"Authorization: AWS4 Credential=/////"),
            b"Authorization: AWS4-HMAC-SHA256 Credential=a/20261120/us-west-2/ivs/aws4_request",
            *(b"x-moto-account-id: 1", b"X-Amz-Target: IVS.ListChannels", b"Upgrade: h2c"),
            *(b"Transfer-Encoding: chunked", b"Content-Length: 3", b"Content-Encoding: gzip"),
            *(b"Expect: 100-continue", b"Content-Type: multipart/form-data; boundary=x"),
            *(b"Access-Control-Request-Headers: \xe9", b"Origin: null", b"Connection: upgrade"),
        ]
    )
    | st.binary(max_size=20),
    max_size=4,
)


@pytest.fixture(scope="module")
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(scope="module")
def server(log: io.StringIO) -> Iterator[Server]:
    with Server(port=0, throttling=None, log=log) as running:
        requests.post(f"{running.url}/CreateChannel", timeout=30)
        yield running


def exchange(server: Server, sent: bytes, method: str) -> list[Reply]:
    with connect(server) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        return replies_of(client, method)


def is_error_without_json(reply: Reply) -> bool:
    return reply.status >= 400 and not isinstance(json.loads(reply.body), dict)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(method=methods, path=paths, headers=headers, body=bodies)
@example(method="POST", path="/GetChannel", headers=[], body=b"[" * 50_000)
@example(method="PUT", path="/_ivs/faults", headers=[], body=b'{"faults": [{"kind": []}]}')
@example(method="POST", path="/_ivs/playback", headers=[], body=b'{"token": "\\ud800"}')
@example(method="PUT", path="/_ivs/buckets", headers=[], body=b'{"buckets": {"body": 1}}')
def test_every_request_is_answered_and_the_server_goes_on(
    server: Server, log: io.StringIO, method: str, path: str, headers: list[bytes], body: bytes
) -> None:
    head = b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), b"Host: x", *headers])
    sent = head + f"\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    replies = exchange(server, sent, method)

    assert replies
    assert all(reply.status != 500 for reply in replies), log.getvalue()
    if method != "HEAD":
        assert not any(map(is_error_without_json, replies))
    requests.put(f"{server.url}/_ivs/faults", json={"faults": []}, timeout=30)
    assert requests.get(f"{server.url}/_ivs/health", timeout=30).json()["status"] == "ok"
    assert "Traceback" not in log.getvalue()


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sent=st.binary(min_size=1, max_size=200))
def test_bytes_that_are_no_request_are_answered_too(
    server: Server, log: io.StringIO, sent: bytes
) -> None:
    replies = exchange(server, sent, "GET")

    assert all(400 <= reply.status < 500 for reply in replies)
    assert requests.get(f"{server.url}/_ivs/health", timeout=30).json()["status"] == "ok"
    assert "Traceback" not in log.getvalue()
