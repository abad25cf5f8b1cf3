"""Copies of a client share what never differs, and nothing else."""

from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from ivskit_local.runtime.shared_clients import shared_clients, whole

EVENT = "provide-client-params.ivs.Unknown"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")


def client(service: str = "ivs", **config: Any) -> Any:
    """A client of a session of its own, as each sandbox has one."""
    made: Any = Session()
    with shared_clients():
        return made.create_client(service, config=Config(**config))


def test_a_copy_is_made_from_the_first_of_its_service_and_configuration() -> None:
    first, second, other = client(), client(), client(read_timeout=3)

    assert first is not second
    assert first._serializer is second._serializer
    assert other.meta.config.read_timeout == 3
    assert first.meta.config.read_timeout == 60


def test_a_copy_has_its_own_handlers() -> None:
    first, second = client(), client()
    seen: list[str] = []
    first.meta.events.register_first(EVENT, lambda **_: seen.append("first"))
    for each in (first, second):
        each.meta.events.emit(EVENT)

    assert seen == ["first"]
    assert whole(first) is not whole(second)
    assert whole(first) is whole(first)


def test_a_client_that_points_elsewhere_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    client()
    monkeypatch.setenv("AWS_ENDPOINT_URL_IVS", "http://127.0.0.1:4567")
    elsewhere = client()

    assert elsewhere.meta.endpoint_url == "http://127.0.0.1:4567"
    assert whole(elsewhere) is elsewhere


def test_another_region_is_another_client(monkeypatch: pytest.MonkeyPatch) -> None:
    client()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    assert client().meta.region_name == "eu-west-1"


def test_a_service_that_needs_http_is_not_shared() -> None:
    assert whole(first := client("s3")) is first
