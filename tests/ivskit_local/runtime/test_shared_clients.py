"""Copies of a client share what never differs, and nothing else."""

from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.hooks import first_non_none_response
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
        return made.create_client(service, config=Config(retries={"mode": "standard"}, **config))


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


def test_a_copy_has_its_own_quota_of_retries() -> None:
    first, second = client(), client()
    retried = [delay for _ in range(200) if (delay := delay_after_failure(first)) is not None]

    assert 0 < len(retried) < 200
    assert delay_after_failure(first) is None
    assert delay_after_failure(second) is not None
    assert first.meta._whole is None


def delay_after_failure(of: Any) -> float | None:
    """How long botocore would wait after a call of this client that failed."""
    responses = of.meta.events.emit(
        "needs-retry.ivs.GetStream",
        response=(AWSResponse("", 500, HTTPHeaders(), None), {"Error": {"Code": "Internal"}}),
        endpoint=None,
        operation=of.meta.service_model.operation_model("GetStream"),
        attempts=1,
        caught_exception=None,
        request_dict={"context": {"retries": {"attempt": 1}}},
    )
    delay: float | None = first_non_none_response(responses)
    return delay


@pytest.mark.parametrize("late", [False, True])
def test_a_handler_of_retries_is_asked_without_a_whole_client(late: bool) -> None:
    of = client()
    if late:
        delay_after_failure(of)
    of.meta.events.register_first("needs-retry.ivs.GetStream", lambda **_: 7)

    assert delay_after_failure(of) == 7
    assert of.meta._whole is None


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
