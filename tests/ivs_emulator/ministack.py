"""MiniStack, another emulator of AWS, as its users start it, in an environment of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.independent_engine.ministack import install

READY_SECONDS = 60


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Its endpoint, until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, log = f"http://127.0.0.1:{port}", folder / "ministack.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [install(folder, sys.executable)],
            env=_environment(folder, port),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=folder,
        )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(url):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


def _answers(url: str) -> bool:
    with suppress(OSError):
        health = f"{url}/_ministack/health"
        with urllib.request.urlopen(health, timeout=30) as answer:  # noqa: S310 - our own URL
            return bool(answer.status == 200)
    return False
