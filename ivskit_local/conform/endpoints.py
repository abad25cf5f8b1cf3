"""The endpoints that can be asked: the emulator in this process, any URL, and AWS."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from ivs_emulator import Reading
from ivs_emulator.server import Server
from ivskit_local.conform import leftovers
from ivskit_local.conform.around import Around, Bare, Emulated
from ivskit_local.conform.aws import Aws, EmulatedWithBus
from ivskit_local.conform.beside import Beside, Client, delete_all, left_names
from ivskit_local.conform.made import Ledger
from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import Need
from ivskit_local.conform.video import Encoders, ffmpeg
from ivskit_local.errors import NotDone, WrongUsage

REGION = "us-west-2"
# Emulators take any credentials.
ANY = "test"
# Endpoints are asked what an SDK would refuse, and refusals are answers.
CONFIG = Config(
    retries={"total_max_attempts": 1},
    parameter_validation=False,
    connect_timeout=5,
    read_timeout=30,
)


@contextmanager
def emulator(
    *, region: str = REGION, rates: bool = False, reading: Reading = "strict"
) -> Iterator[Place]:
    """Our emulator, served in this process for as long as the block runs."""
    with Server(port=0, reading=reading, log=io.StringIO()) as server:
        yield at(server.url, region=region, rates=rates)


def at(url: str, *, region: str = REGION, rates: bool = False, bus: str | None = None) -> Place:
    """Whatever answers there; whether it is our emulator is found out.

    `bus`: an emulator of EventBridge and SQS that gets the events of ours. Raises WrongUsage where
    the events of another emulator are wanted.
    """
    run = new_run()
    session = boto3.Session(ANY, ANY, region_name=region)
    around: Around = Emulated(url) if Emulated.is_at(url) else Bare()
    if bus:
        if Need.EVENTS not in around.has:
            raise WrongUsage(f"--bus: the endpoint {url} is not ivskit's emulator")
        clients = _clients(session, endpoint_url=bus)
        around = EmulatedWithBus(url, Beside(clients, run, region, Ledger(None, run)))
    ivs = _ivs(session, endpoint_url=url)
    return Place(ivs, with_rates(around, rates=rates), run=run)


class Account:
    """AWS, in one region, as the usual environment or a profile gives access to it.

    Raises WrongUsage without a region in which IVS is, or for an unknown profile.
    """

    def __init__(self, profile: str | None, region: str | None) -> None:
        try:
            self._session = boto3.Session(profile_name=profile, region_name=region)
        except BotoCoreError as error:
            raise WrongUsage(f"--profile: {error}") from error
        regions = self._session.get_available_regions("ivs")
        self.region = self._session.region_name
        if self.region not in regions:
            raise WrongUsage(f"--region: {self.region} must be one of {', '.join(regions)}")
        self.clients = _clients(self._session)

    def place(self, *, rates: bool) -> Place:
        """What a run asks; every create is written into a ledger first."""
        run = new_run()
        ledger = Ledger(leftovers.folder() / f"{run}.jsonl", run, region=self.region)
        program = ffmpeg()
        encoders = Encoders(program) if program else None
        around = Aws(Beside(self.clients, run, self.region, ledger), encoders)
        return Place(_ivs(self._session), with_rates(around, rates=rates), run=run, ledger=ledger)

    def clean(self, run: str | None) -> list[str]:
        """Delete what a run has left, or all runs; answers what is still left.

        Raises NotDone where AWS does not say what there is.
        """
        place = self.place(rates=False)
        try:
            for arn in leftovers.tagged(place, run):
                place.made.adopt(arn)
            names = [n for n in left_names(self.clients) if run is None or n.endswith(run)]
        except BotoCoreError as error:
            raise NotDone(str(error)) from error
        place.close()
        return place.made.left + [w for name in names for w in delete_all(self.clients, name)]


def with_rates(around: Around, *, rates: bool) -> Around:
    """The same, with leave to go to rates and quotas."""
    if rates:
        around.has = around.has | {Need.RATES}
    return around


def new_run() -> str:
    """The id of a run, which is the value of its tag."""
    return secrets.token_hex(4)


def _clients(session: boto3.Session, **how: Any) -> Client:
    make: Any = session.client
    return cache(lambda service: make(service, **how))


def _ivs(session: boto3.Session, **how: Any) -> Any:
    make: Any = session.client
    return make("ivs", config=CONFIG, **how)
