"""IVS in process, on a clock that stands still until a test moves it."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import time_machine
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP384R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from moto import mock_aws

import ivs_emulator
from ivs_emulator.clock import CLOCK
from ivs_emulator.control import Control

ACCOUNT = "123456789012"
REGION = "us-west-2"
NOW = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)

Refused = Callable[..., dict[str, Any]]


class Ask:
    """Asks a route under `/_ivs/`."""

    def __init__(self, control: Control) -> None:
        self.control = control

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        raw = b"" if body is None else json.dumps(body).encode()
        return self.control.answer(method, f"/_ivs/{path}", raw)


def name_of(event: dict[str, Any]) -> str:
    """What happened, whichever member of the detail says so."""
    members = ("event_name", "limit_name", "limit", "recording_status")
    return next(str(event["detail"][name]) for name in members if name in event["detail"])


class Clock:
    """Moves virtual time, and lets what is due by then happen, each thing at its moment."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def pass_by(self, seconds: float) -> None:
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        backend = ivs_emulator.backend(ACCOUNT, REGION)
        while (due := backend.agenda.next_due()) and due <= until:
            self._traveller.move_to(due)
            backend.agenda.run_due(due)
        self._traveller.move_to(until)


@pytest.fixture
def clock() -> Iterator[Clock]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield Clock(traveller)


@pytest.fixture
def backend(clock: Clock) -> Iterator[ivs_emulator.IVSBackend]:
    ivs_emulator.install()
    with mock_aws():
        yield ivs_emulator.backend(ACCOUNT, REGION)


@pytest.fixture(scope="session")
def client() -> Any:
    # A client as anybody has it, but for retries, which would only slow refusals down.
    return boto3.client("ivs", REGION, config=Config(retries={"total_max_attempts": 1}))


@pytest.fixture
def ivs(client: Any, backend: ivs_emulator.IVSBackend) -> Any:
    return client


@pytest.fixture
def refused() -> Refused:
    """Call something that must be refused; answers the code, the status and the message."""

    def call(operation: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        with pytest.raises(ClientError) as caught:
            operation(**arguments)
        response = caught.value.response
        return {
            "code": response["Error"]["Code"],
            "status": response["ResponseMetadata"]["HTTPStatusCode"],
            "message": response["Error"]["Message"],
        }

    return call


@pytest.fixture
def channel(ivs: Any) -> Any:
    """A channel and its key, as CreateChannel answers them."""
    return ivs.create_channel(name="show")


@pytest.fixture
def arn(channel: Any) -> str:
    return str(channel["channel"]["arn"])


@pytest.fixture
def key(channel: Any) -> Any:
    return channel["streamKey"]


@pytest.fixture(scope="session")
def private_keys() -> list[EllipticCurvePrivateKey]:
    return [generate_private_key(SECP384R1()) for _ in range(4)]


@pytest.fixture(scope="session")
def public_keys(private_keys: list[EllipticCurvePrivateKey]) -> list[str]:
    """The same in PEM, as ImportPlaybackKeyPair wants them."""
    return [
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        for key in private_keys
    ]


@pytest.fixture
def live(backend: ivs_emulator.IVSBackend, clock: Clock, key: Any) -> ivs_emulator.StreamSession:
    """The channel's session, past its Stream Start."""
    session = backend.connect(key["value"])
    clock.pass_by(7)
    return session


@pytest.fixture
def bus_events(backend: ivs_emulator.IVSBackend) -> Callable[[], list[tuple[str, str]]]:
    """The names and times of all events sent so far."""

    def names() -> list[tuple[str, str]]:
        return [(name_of(event), event["time"][11:19]) for event in backend.events]

    return names


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def ask(clock: Clock, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    # Before the backend is made, so that it shares the conditions.
    monkeypatch.setattr(ivs_emulator.IVSBackend, "shared", None)
    yield Ask(Control(log, seed=1))
    CLOCK.reset()


@pytest.fixture
def there(ask: Ask, backend: ivs_emulator.IVSBackend) -> ivs_emulator.IVSBackend:
    return backend
