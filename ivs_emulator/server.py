"""IVS as a server for any SDK, with `/_ivs/` beside its API."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import AF_INET6, IPPROTO_TCP, SHUT_RDWR, TCP_NODELAY, socket
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread, current_thread, main_thread
from typing import Any, Protocol, TextIO

from . import install
from .application import ServerApplication
from .bus_elsewhere import BusElsewhere
from .clock import CLOCK
from .connections import Connection
from .control import Control
from .data_file import DataFile, DataFileRefused
from .everywhere import run_due
from .forwarding import Forwarding
from .models import IVSBackend, ivs_backends
from .readings import READINGS, Reading
from .throttling import Throttling

TICK_SECONDS = 0.2
# How long a signal may go unnoticed.
LOOK_SECONDS = 0.5


class Sender(Protocol):
    """Carries events to somebody else, such as `Forwarding`."""

    def send(self, event: dict[str, Any]) -> None:
        """Take the event at once; never raises."""

    def close(self) -> None:
        """Send what waits, if that is done soon."""


class Handler(BaseRequestHandler):
    """One connection, in a thread of its own, so that a slow one delays no other."""

    server: Server

    def handle(self) -> None:
        self.request.setsockopt(IPPROTO_TCP, TCP_NODELAY, True)
        Connection(self.request).serve(self.server.application)


class Server(ThreadingTCPServer):
    """Listens at once; `with` it runs beside the caller, until the block ends.

    `seed`: ids and keys repeat, also after a reset; without it they are random.
    `senders`: get every event, and are closed with the server. `data`: a file that keeps the
    state; raises DataFileRefused.
    """

    daemon_threads = True
    allow_reuse_address = True
    # Test suites connect with everything they have at once.
    request_queue_size = 1024

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 4567,
        *,
        throttling: Throttling | None = "token-bucket",
        reading: Reading = "strict",
        seed: int | None = None,
        senders: Sequence[Sender] = (),
        data: Path | None = None,
        log: TextIO = sys.stderr,
    ) -> None:
        if ":" in host:
            self.address_family = AF_INET6
        super().__init__((host, port), Handler)
        install(throttling=throttling, reading=reading)
        ivs_backends.clear()
        self._log = log
        control = Control(log, seed=seed)
        self._senders = senders
        for sender in senders:
            control.journal.subscribe(sender.send)
        self.application = ServerApplication(control, log)
        try:
            self._data = self._kept_in(data, control, log) if data else None
        except BaseException:
            self.server_close()
            _forget()
            raise
        self._clients: set[socket] = set()
        self._over = Event()

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return (
            f"http://[{host!s}]:{port}"
            if self.address_family == AF_INET6
            else f"http://{host!s}:{port}"
        )

    def __enter__(self) -> Server:
        if self._data:
            self._data.start()
        Thread(target=self._tick, daemon=True).start()
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.shutdown()
        self.server_close()
        for client in list(self._clients):
            with suppress(OSError):
                client.shutdown(SHUT_RDWR)
        for sender in self._senders:
            sender.close()
        if self._data:
            self._data.close()
        ivs_backends.clear()
        CLOCK.reset()
        _forget()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._clients.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._clients.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        traceback.print_exc(file=self._log)

    def wait(self) -> None:
        """Wait until the server stops, or Ctrl-C."""
        # A signal wakes no wait that is only about to begin: it is handled when that is over.
        while not self._over.wait(LOOK_SECONDS):
            pass

    def _kept_in(self, file: Path, control: Control, log: TextIO) -> DataFile:
        try:
            return DataFile(file, control, lambda: self.application.changing_calls, log)
        except DataFileRefused:
            self.server_close()
            raise

    def _tick(self) -> None:
        while not self._over.wait(TICK_SECONDS):
            run_due()


def _forget() -> None:
    """New backends are no longer those of a server."""
    IVSBackend.throttling = IVSBackend.shared = None
    IVSBackend.readings = READINGS["strict"]


def serve(
    host: str = "127.0.0.1",
    port: int = 4567,
    *,
    throttling: Throttling | None = "token-bucket",
    reading: Reading = "strict",
    seed: int | None = None,
    forward_to: str | None = None,
    events_to: str | None = None,
    data: Path | None = None,
    log: TextIO = sys.stderr,
) -> None:
    """Serve until Ctrl-C or SIGTERM; says in one line how to be used, then logs one line per call.

    `forward_to`: a webhook that each event is POSTed to; `events_to`: an emulator of EventBridge
    that gets them on its default bus. `data`: a file that keeps the state over a restart. Raises
    ValueError for a URL that is none, and DataFileRefused.
    """
    wanted = ((Forwarding, forward_to), (BusElsewhere, events_to))
    senders = [sender(url, log) for sender, url in wanted if url is not None]
    how: Any = {"throttling": throttling, "reading": reading, "seed": seed, "data": data}
    made = Server(host, port, senders=senders, log=log, **how)
    with _ended_by_sigterm(), made as server:
        try:
            print(f"IVS is ready: AWS_ENDPOINT_URL_IVS={server.url}", file=log, flush=True)
            server.wait()
        except KeyboardInterrupt:
            print("Stopped.", file=log, flush=True)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """What stops a service or a container ends the block as Ctrl-C does."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
