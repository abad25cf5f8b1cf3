"""An application with a webhook, over real sockets."""

import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class Webhook:
    """What came, and how it is answered: with these statuses, then with 204; `gate`: not before."""

    def __init__(self) -> None:
        self.came: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.statuses: list[int] = []
        self.gate = Event()
        self.gate.set()
        self.url = ""

    def ids(self, count: int) -> list[str]:
        """The ids of the next events."""
        return [self.came.get(timeout=30)[1]["id"] for _ in range(count)]


@contextmanager
def listening() -> Iterator[Webhook]:
    hook = Webhook()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.came.put((self.headers["Content-Type"], json.loads(body)))
            hook.gate.wait(10)
            self.send_response(hook.statuses.pop(0) if hook.statuses else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        hook.url = f"http://127.0.0.1:{server.server_address[1]}/hook/secret"
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield hook
        finally:
            hook.gate.set()
            server.shutdown()
