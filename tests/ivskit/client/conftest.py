"""Ivs on the emulator, beside a plain boto3 client for the same account."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
import pytest
import time_machine
from botocore.config import Config
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from moto import mock_aws

import ivs_emulator
from ivskit.client import Ivs
from tests.ivskit.client.wire import Said, Wire

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

START = datetime(2026, 11, 20, 16, tzinfo=UTC)
ONE_TRY = Config(retries={"mode": "standard", "total_max_attempts": 1})


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time that stands still until it is shifted."""
    with time_machine.travel(START, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def backend(clock: time_machine.Traveller) -> Iterator[ivs_emulator.IVSBackend]:
    """An empty emulator."""
    ivs_emulator.install()
    with mock_aws():
        yield ivs_emulator.backend("123456789012", "us-west-2")


@pytest.fixture(scope="session")
def client() -> "IVSClient":
    """A client as anybody has it, but for retries, which would only slow failures down."""
    return boto3.client("ivs", config=ONE_TRY)


@pytest.fixture
def plain(client: "IVSClient", backend: ivs_emulator.IVSBackend) -> "IVSClient":
    """What one would use instead of the layer."""
    return client


@pytest.fixture
def ivs(plain: "IVSClient") -> Ivs:
    """The layer on an empty emulator."""
    return Ivs(plain)


@pytest.fixture
def channel(plain: "IVSClient") -> str:
    """The ARN of a channel with one key."""
    created = plain.create_channel(name="show", tags={"ivskit:managed": "true"})
    return created["channel"]["arn"]


@pytest.fixture(scope="session")
def public_key() -> str:
    """The public half of a new key pair on P-384, in PEM."""
    key = generate_private_key(SECP384R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def wire() -> Wire:
    """A client whose every request is answered with nothing."""
    return Wire(lambda *_: Said({}))
