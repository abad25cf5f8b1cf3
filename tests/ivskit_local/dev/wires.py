"""A stage that `ivskit dev` serves, and clients of boto3 that know nothing but its address."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.ivskit_local.dev.services import service

REGION = "us-west-2"
BUS = "ivskit-dev"


@dataclass(frozen=True)
class Served:
    """Where the world is."""

    port: int

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def client(self, service: str, *, region: str = REGION, **config: Any) -> Any:
        """A client of boto3."""
        session: Any = boto3.session.Session()
        return session.client(
            service,
            endpoint_url=self.address,
            region_name=region,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )


@contextmanager
def served() -> Iterator[Served]:
    """A stage whose time runs so fast that no test waits; it outlives all that is asked."""
    with service("--speed", "60") as running:
        yield Served(int(running.url.rpartition(":")[2]))
        assert running.process.poll() is None


def refusal(call: Any, *given: Any, **named: Any) -> tuple[str, str]:
    """The code and the message of the error that a call raises."""
    with pytest.raises(ClientError) as caught:
        call(*given, **named)
    response = caught.value.response
    assert response["ResponseMetadata"]["RequestId"]
    return response["Error"]["Code"], response["Error"]["Message"]
