"""A world behind a web server, both in one process: run it with `python -m`.

It prints its port, and serves until its standard input is closed. A request takes virtual time, so
that what it causes happens.
"""

import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import perf_counter

from ivskit_local.dev.wire import Wire
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.worlds import ROOT

_MOMENT = timedelta(milliseconds=50)


class Handler(BaseHTTPRequestHandler):
    """Answers one request per connection."""

    protocol_version = "HTTP/1.1"
    world: World
    wire: Wire

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        self.close_connection = True
        if not self.raw_requestline or not self.parse_request():
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        began = perf_counter()
        while True:
            answer = self.wire.answer(self.command, self.path, dict(self.headers.items()), body)
            self.world.run_for(_MOMENT)
            if perf_counter() - began >= answer.waits:
                break
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(answer.body)), "Connection": "close", **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        return None


def main() -> None:
    templates = synthesize(ROOT)
    with World(templates, project_root=ROOT, start=datetime.now(UTC)) as world:
        Handler.world, Handler.wire = world, Wire(world)
        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            print(server.server_port, flush=True)
            stop = threading.Event()
            threading.Thread(target=when_closed, args=(stop.set,), daemon=True).start()
            server.timeout = 0.1
            while not stop.is_set():
                server.handle_request()
                world.run_for(_MOMENT)


def when_closed(act: Callable[[], None]) -> None:
    """Wait for the end of standard input."""
    sys.stdin.read()
    act()


if __name__ == "__main__":
    main()
