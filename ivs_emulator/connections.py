"""HTTP/1.1 over one socket: requests in, answers out; h11 knows the protocol."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from socket import SHUT_WR, socket
from typing import Protocol

import h11

from .excerpts import excerpt

MAX_HEAD_BYTES = 65_536
MAX_BODY_BYTES = 1_048_576
# How long a request that has begun may pause, and an answer may take to be read; between requests
# a client may idle.
PAUSE_SECONDS = 5.0
ANSWER_SECONDS = 60.0
LINGER_SECONDS = 1.0
CHUNK_BYTES = 65_536


class BadRequest(Exception):
    """The input is not HTTP/1.1, or a request that this server does not take."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Request:
    """One request; names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    # Sent after the body, part by part, until the client goes.
    stream: Iterator[bytes] | None = None


class Application(Protocol):
    """The application that answers requests."""

    def answer(self, request: Request) -> Answer | None:
        """The answer; None to close the connection without one."""

    def refuse(self, bad: BadRequest) -> Answer:
        """The answer to what could not be read; the connection closes after it."""


class Connection:
    """One connection of a client; SDKs keep it open."""

    def __init__(self, client: socket) -> None:
        self._socket = client
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._only_head = False

    def serve(self, application: Application) -> None:
        """Answer requests until the client or an answer closes the connection."""
        with suppress(OSError):
            try:
                while (request := self._receive()) and (answer := application.answer(request)):
                    self._send(answer)
                    if self._http.our_state is not h11.DONE:
                        return
                    self._http.start_next_cycle()
            except BadRequest as bad:
                self._send(application.refuse(bad))
                self._linger()

    def _receive(self) -> Request | None:
        """The next request, or None when the client is done; raises BadRequest."""
        self._only_head = False
        try:
            head = self._next_event()
            if not isinstance(head, h11.Request):
                return None
            self._only_head = head.method == b"HEAD"
            headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
            body = self._body(int(headers.get("content-length", 0)))
        except h11.RemoteProtocolError as error:
            why = f"The request is not valid HTTP/1.1: {excerpt(str(error))}."
            raise BadRequest(why, status=error.error_status_hint) from error
        except TimeoutError as error:
            late = f"The request is incomplete: nothing more came for {PAUSE_SECONDS:g} s."
            raise BadRequest(f"{late} Its Content-Length may be too large.") from error
        return Request(head.method.decode(), head.target.decode(), headers, body)

    def _body(self, announced: int) -> bytes:
        if announced > MAX_BODY_BYTES:
            raise BadRequest(f"Content-Length = {announced}: must be at most {MAX_BODY_BYTES}.")
        body = bytearray()
        while isinstance(event := self._next_event(), h11.Data):
            body += event.data
            if len(body) > MAX_BODY_BYTES:
                raise BadRequest(f"The body must have at most {MAX_BODY_BYTES} bytes.")
        return bytes(body)

    def _next_event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                self._socket.sendall(self._http.send(go_on) or b"")
            self._socket.settimeout(None if self._is_idle() else PAUSE_SECONDS)
            self._http.receive_data(self._socket.recv(CHUNK_BYTES))
        return event

    def _is_idle(self) -> bool:
        begun, _ = self._http.trailing_data
        return self._http.their_state is h11.IDLE and not begun

    def _send(self, answer: Answer) -> None:
        said = dict(answer.headers)
        if answer.status != HTTPStatus.NO_CONTENT and answer.stream is None:
            said["Content-Length"] = str(len(answer.body))
        headers = [(name.encode(), value.encode("latin-1")) for name, value in said.items()]
        reason = HTTPStatus(answer.status).phrase.encode()
        head = h11.Response(status_code=answer.status, headers=headers, reason=reason)
        sent = [self._http.send(head)]
        if not self._only_head:
            sent.append(self._http.send(h11.Data(data=answer.body)))
        self._socket.settimeout(ANSWER_SECONDS)
        if answer.stream is not None and not self._only_head:
            for part in answer.stream:
                self._socket.sendall(b"".join(sent) + (self._http.send(h11.Data(data=part)) or b""))
                sent = []
        sent.append(self._http.send(h11.EndOfMessage()))
        self._socket.sendall(b"".join(part or b"" for part in sent))

    def _linger(self) -> None:
        """Read on for a moment: closed with data unread, a socket takes its answer back."""
        self._socket.shutdown(SHUT_WR)
        deadline = time.monotonic() + LINGER_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            if not self._socket.recv(CHUNK_BYTES):
                return
