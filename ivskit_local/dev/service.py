"""Starts a stage and its web server, and ends both with Ctrl-C."""

import logging
import socket
import sys
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import uvicorn

from ivs_emulator.forwarding import Forwarding
from ivskit_local.dev.link import Bug, Link
from ivskit_local.dev.server import application
from ivskit_local.dev.stage import Setup
from ivskit_local.errors import WrongUsage
from ivskit_local.runtime.synth import overrides_of, synthesize

HOST = "127.0.0.1"
# How often to look for events to forward.
_LOOK_SECONDS = 0.1


def run(
    root: Path,
    *,
    port: int,
    speed: float,
    paused: bool,
    seed: int,
    opens: bool,
    forward_to: str | None,
    settings: Sequence[tuple[str, Any]],
) -> None:
    """Serve until Ctrl-C; raises WrongUsage where the port is taken."""
    listening = _listen(port)
    url = f"http://{HOST}:{listening.getsockname()[1]}"
    templates = synthesize(root, overrides=overrides_of(settings))
    start = datetime.now(UTC).replace(microsecond=0)
    with Link(Setup(templates, root, seed, start), speed=speed, paused=paused) as link:
        print(f"The page: {url}\nAny SDK:  AWS_ENDPOINT_URL={url}", file=sys.stderr, flush=True)
        if opens:
            webbrowser.open(url)
        with _forwarding(link, forward_to):
            _serve(link, listening)


def _listen(port: int) -> socket.socket:
    """A socket on the port, before anything slow begins."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise WrongUsage(
            f"port {port}: {error.strerror}; --port 0 takes any that is free"
        ) from error
    return listening


@contextmanager
def _forwarding(link: Link, url: str | None) -> Iterator[None]:
    """Meanwhile, each event of IVS goes to a webhook."""
    if url is None:
        yield
        return
    forwarding, over = Forwarding(url, sys.stderr), Event()
    worker = Thread(target=_forward, args=(link, forwarding, over), daemon=True)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()
        forwarding.close()


def _forward(link: Link, forwarding: Forwarding, over: Event) -> None:
    while not over.wait(_LOOK_SECONDS):
        try:
            events = link.ask_now("emitted", {})
        except Bug:
            return
        for event in events:
            forwarding.send(event)


def _serve(link: Link, listening: socket.socket) -> None:
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    config = uvicorn.Config(
        application(link), log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    uvicorn.Server(config).run(sockets=[listening])
