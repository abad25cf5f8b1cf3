"""The endpoints that can be asked: the emulator in this process, any URL, and AWS."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config

from ivs_emulator.server import Server
from ivskit_local.conform.around import Around, Bare, Emulated
from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import Need

REGION = "us-west-2"
# Emulators take any.
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
# Endpoints are asked what an SDK would refuse, and refusals are answers.
CONFIG = Config(
    retries={"total_max_attempts": 1},
    parameter_validation=False,
    connect_timeout=5,
    read_timeout=30,
)


@contextmanager
def emulator(*, region: str = REGION, rates: bool = False) -> Iterator[Place]:
    """Our emulator, served in this process for as long as the block runs."""
    with Server(port=0, log=io.StringIO()) as server:
        yield at(server.url, region=region, rates=rates)


def at(url: str, *, region: str = REGION, rates: bool = False) -> Place:
    """Whatever answers there; whether it is our emulator is found out."""
    around: Around = Emulated(url) if Emulated.is_at(url) else Bare()
    return Place(_client(url, region), with_rates(around, rates=rates), run=new_run())


def with_rates(around: Around, *, rates: bool) -> Around:
    """The same, with leave to go to rates and quotas."""
    if rates:
        around.has = around.has | {Need.RATES}
    return around


def new_run() -> str:
    """The id of a run, which is the value of its tag."""
    return secrets.token_hex(4)


def _client(url: str, region: str) -> Any:
    make: Any = boto3.Session().client
    return make("ivs", region, endpoint_url=url, config=CONFIG, **CREDENTIALS)
