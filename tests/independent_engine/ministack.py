"""MiniStack with roles enforced, in an environment and a folder of its own.

It checks the signature of every call and the policies of the caller's role. It speaks TLS, since
the policies of our queues, topics and bucket deny everything else.
"""

import os
import signal
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from uv import find_uv_bin

from tests.independent_engine.steps import Failed, until

VERSION = "1.5.33"
ACCOUNT, REGION = "123456789012", "us-west-2"
PROJECT = Path(__file__).parents[2]
# MiniStack takes the caller with this key for the account itself.
ROOT_KEY = "test"
STOP_SECONDS = 10


@dataclass(frozen=True)
class MiniStack:
    """Where it listens, and the certificate that it made for itself."""

    url: str
    certificate: Path

    def client(self, service: str) -> Any:
        """A client of the account's owner."""
        return _client(self, service)


@cache
def _client(engine: MiniStack, service: str) -> Any:
    # A session of its own, since threads must not share one while they make clients.
    make: Any = boto3.Session().client
    return make(
        service,
        REGION,
        endpoint_url=engine.url,
        verify=str(engine.certificate),
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
    )


def install(folder: Path, python: str) -> Path:
    """MiniStack's command, in a new environment in this folder; functions run on this Python."""
    environment = folder / "environment"
    _uv("venv", "--quiet", "--python", python, str(environment))
    interpreter = str(environment / "bin" / "python")
    _uv("pip", "install", "--quiet", "--python", interpreter, f"ministack=={VERSION}")
    return environment / "bin" / "ministack"


@contextmanager
def running(command: Path, folder: Path, *, ivs_url: str) -> Iterator[MiniStack]:
    """MiniStack and its functions, until the end of the block; they call IVS at this address."""
    port = _free_port()
    certificate = folder / "ministack-tls" / "server.crt"
    log = folder / "ministack.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [command],
            env=_environment(folder, certificate, port, ivs_url),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            start_new_session=True,
        )
    engine = MiniStack(f"https://localhost:{port}", certificate)
    try:
        until(lambda: _answers(process, engine, log), "MiniStack answers", seconds=120)
        yield engine
    finally:
        _end(process)


def _environment(folder: Path, certificate: Path, port: int, ivs_url: str) -> dict[str, str]:
    """Functions inherit it, so it holds nothing of this shell but where programs are."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "AUTH": "true",
        "USE_SSL": "1",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "AWS_CA_BUNDLE": str(certificate),
        "AWS_ENDPOINT_URL_IVS": ivs_url,
    }


def _answers(process: subprocess.Popen[bytes], engine: MiniStack, log: Path) -> bool:
    if process.poll() is not None:
        raise Failed(f"MiniStack ended with {process.returncode}:\n{log.read_text()[-2000:]}")
    with suppress(OSError):
        trust = ssl.create_default_context(cafile=engine.certificate)
        health = f"{engine.url}/_ministack/health"
        with urllib.request.urlopen(health, context=trust) as answer:  # noqa: S310 - our own URL
            return bool(answer.status == 200)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and its functions, which are in its process group and in no other."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _uv(*arguments: str) -> None:
    done = subprocess.run(
        [find_uv_bin(), *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed(f"uv {arguments[0]}: {done.stderr.strip()}")
