"""Replies as they come over a socket, checked to be well-formed by h11."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import h11

from ivs_emulator.server import Server


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(server.server_address[1])), timeout=10)


def replies_of(client: socket.socket, *methods: str) -> list[Reply]:
    """All replies until the server closes; raises h11.RemoteProtocolError for malformed ones.

    `methods`: those of the requests, in order, where a HEAD is among them.
    """
    received = b"".join(_received(client))
    replies = []
    for number in range(len(received)):
        method = methods[number] if number < len(methods) else "GET"
        reply, received = _next(received, method)
        replies.append(reply)
        # What is refused before its method is known has a body, also if it was a HEAD.
        if not received or reply.headers.get("connection") == "close":
            break
    return replies


def _received(client: socket.socket) -> Iterator[bytes]:
    while data := client.recv(65_536):
        yield data


def _next(received: bytes, method: str) -> tuple[Reply, bytes]:
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=10_000_000)
    reader.send(h11.Request(method=method, target="/", headers=[("Host", "localhost")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(received)
    reader.receive_data(b"")
    head, body = reader.next_event(), b""
    while isinstance(head, h11.InformationalResponse):
        head = reader.next_event()
    assert isinstance(head, h11.Response), head
    while isinstance(event := reader.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage), event
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in head.headers}
    return Reply(head.status_code, headers, body), bytes(reader.trailing_data[0])
