"""A fixture for your own tests: Amazon IVS in process, for any boto3 client.

pytest_plugins = ["ivs_emulator.pytest_plugin"]  # in your conftest.py

def test_my_rotation(ivs_emulator):
    ivs = boto3.client("ivs", "us-west-2")
    made = ivs.create_channel()
    ivs_emulator.go_live(made["channel"]["arn"])
    ...
    ivs_emulator.pass_time(30)
"""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from . import IVSBackend, StreamSession, backend, install
from .clock import CLOCK
from .everywhere import backends, run_due

ACCOUNT_ID = "123456789012"  # moto's, for every key that it does not know


class IvsEmulator:
    """The side of IVS that is not its API: encoders, time, events and faults."""

    def backend(self, region: str = "us-west-2") -> IVSBackend:
        """The state in one region: what there is, encoders, events, faults and limits."""
        return backend(ACCOUNT_ID, region)

    def go_live(self, channel_arn: str, *, reconnect_after: float | None = None) -> StreamSession:
        """An encoder connects with the channel's stream key, and time passes until it is live."""
        ivs = next(ivs for ivs in backends() if channel_arn in ivs.channels)
        (key,) = ivs.keys_of(channel_arn)
        session = ivs.connect(key.value, reconnect_after)
        self.pass_time(ivs.timing.to_start.total_seconds())
        return session

    def pass_time(self, seconds: float) -> None:
        """Advance IVS's time at once, and run what is due meanwhile."""
        CLOCK.advance(seconds)
        run_due()


@pytest.fixture
def ivs_emulator() -> Iterator[IvsEmulator]:
    """IVS for every boto3 client of the test; it begins empty, and no call leaves the process."""
    install()
    with mock_aws():
        yield IvsEmulator()
    CLOCK.reset()
