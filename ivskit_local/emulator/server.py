"""IVS as a server for any SDK, with `/_ivs/` beside its API."""

from __future__ import annotations

import json
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import perf_counter
from typing import Any, TextIO
from urllib.parse import parse_qs, urlsplit

from . import install
from .api import ApiRequest, answer
from .clock import CLOCK
from .control import PREFIX, Control, run_due
from .faults import ConnectionDropped, TimedOut
from .models import IVSBackend, ivs_backends
from .throttling import Throttling

TICK_SECONDS = 0.2
BUG = (
    500,
    {"Content-Type": "application/json", "x-amzn-ErrorType": "InternalServerException"},
    b'{"message": "the emulator itself has failed, see its log"}',
)


class Handler(BaseHTTPRequestHandler):
    """One connection; SDKs keep it open."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        began = perf_counter()
        headers: dict[str, Any]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, headers, answer = self._answer(body)
        except (ConnectionDropped, TimedOut) as lost:
            self.close_connection = True
            self._log(f"no answer {type(lost).__name__}", began)
            return
        except Exception:  # a bug of the emulator: the caller and the log shall both know
            traceback.print_exc(file=self.server.log)
            status, headers, answer = BUG
        self._log(f"{status} {headers.get('x-amzn-ErrorType', '')}", began)
        self._send(status, headers, answer)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server's names

    def _answer(self, body: bytes) -> tuple[int, dict[str, Any], bytes]:
        if self.path.startswith(PREFIX):
            path = self.path.partition("?")[0]
            status, said = self.server.control.answer(self.command, path, body)
            return status, {"Content-Type": "application/json"}, json.dumps(said).encode()
        url = urlsplit(f"http://{self.headers.get('Host', 'localhost')}{self.path}")
        query = parse_qs(url.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = answer(ApiRequest(self.command, url.path, query, headers, body), url.netloc)
        return said.status, said.headers, said.body.encode()

    def _send(self, status: int, headers: dict[str, Any], answer: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, str(value))
        if status != 204:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer if status != 204 else b"")

    def _log(self, said: str, began: float) -> None:
        milliseconds = (perf_counter() - began) * 1000
        line = f"{self.command} {self.path} -> {said.rstrip()} ({milliseconds:.1f} ms)"
        print(line, file=self.server.log, flush=True)


class Server(ThreadingHTTPServer):
    """Listens at once; `with` it runs beside the caller, until the block ends."""

    daemon_threads = True

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 4567,
        *,
        throttling: Throttling | None = "token-bucket",
        log: TextIO = sys.stderr,
    ) -> None:
        super().__init__((host, port), Handler)
        install(throttling=throttling)
        ivs_backends.clear()
        self.control = Control()
        self.log = log
        self._over = Event()

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def __enter__(self) -> Server:
        Thread(target=self._tick, daemon=True).start()
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.shutdown()
        self.server_close()
        ivs_backends.clear()
        CLOCK.reset()
        IVSBackend.throttling = IVSBackend.shared_faults = None

    def wait(self) -> None:
        """Until the server is over, or somebody interrupts."""
        self._over.wait()

    def _tick(self) -> None:
        while not self._over.wait(TICK_SECONDS):
            run_due()


def serve(
    host: str = "127.0.0.1",
    port: int = 4567,
    *,
    throttling: Throttling | None = "token-bucket",
    log: TextIO = sys.stderr,
) -> None:
    """Serve until Ctrl-C; says in one line how to be used, then logs one line per call."""
    with Server(host, port, throttling=throttling, log=log) as server:
        try:
            print(f"IVS is ready: AWS_ENDPOINT_URL_IVS={server.url}", file=log, flush=True)
            server.wait()
        except KeyboardInterrupt:
            print("Stopped.", file=log, flush=True)
