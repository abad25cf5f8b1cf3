"""Sessions share what botocore reads and its handlers, until one of them changes its own."""

from copy import copy
from typing import Any

import moto.core.loaders
import moto.core.utils
import pytest
from botocore.session import Session

from ivskit_local.runtime.botocore_once import LOADER, made_once

EVENT = "an-event.of-nobody"
# A handler of botocore's own.
BUILT_IN = "before-parameter-build.s3.PutObject"


def emitter() -> Any:
    with made_once():
        return Session().get_component("event_emitter")


def test_a_handler_belongs_to_the_session_that_registered_it() -> None:
    first, second = emitter(), emitter()
    seen: list[str] = []
    first.register(EVENT, lambda **_: seen.append("first"))
    later = copy(first)
    later.register(EVENT, lambda **_: seen.append("later"))

    for each in (second, emitter(), first):
        each.emit(EVENT)

    assert seen == ["first"]
    later.emit(EVENT)
    assert seen == ["first", "first", "later"]


def test_a_handler_that_one_session_removes_stays_with_the_others() -> None:
    first, second = emitter(), emitter()
    (handler, *_) = handlers(first)

    first.unregister(BUILT_IN, handler)

    assert handler not in handlers(first)
    assert handler not in handlers(copy(first))
    assert handler in handlers(second)


def handlers(emitter: Any) -> Any:
    return emitter._emitter._handlers.prefix_search(BUILT_IN)


def test_a_session_reads_its_configuration_when_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with made_once():
        session: Any = Session()
        monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")

        assert session.get_config_variable("retry_mode") == "adaptive"
        assert session.get_component("config_store") is session.get_component("config_store")


@pytest.mark.parametrize(
    ("service", "is_shared"),
    [
        ("dynamodb", True),
        ("events", True),
        ("ssm", True),
        # botocore adds to this for its clients, and moto to the others.
        ("secretsmanager", False),
        ("s3", False),
        ("sqs", False),
    ],
)
def test_moto_reads_its_own_model_only_where_it_adds_something(
    service: str, is_shared: bool
) -> None:
    with made_once():
        model = vars(moto.core.utils)["create_loader"]().load_service_model(service, "service-2")

    assert model == moto.core.loaders.create_loader().load_service_model(service, "service-2")
    assert (model is LOADER.load_service_model(service, "service-2")) is is_shared
    assert model["metadata"]["endpointPrefix"]
