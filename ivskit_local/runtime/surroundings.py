"""What surrounds a world in its process: an environment without AWS, moto, and shared clients."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

from moto import mock_aws
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.models import MockAWS, botocore_stubber, responses_mock

from ivs_emulator import IVSBackend
from ivskit_local.runtime.botocore_once import made_once
from ivskit_local.runtime.permissions import Place
from ivskit_local.runtime.sandboxes import new_session
from ivskit_local.runtime.shared_clients import shared_clients


@contextmanager
def no_configuration(place: Place) -> Iterator[None]:
    """No developer's own AWS configuration takes part."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    ours = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_DEFAULT_REGION": place.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "MOTO_ACCOUNT_ID": place.account,
    }
    with patch.dict(os.environ, others | ours, clear=True):
        yield


@contextmanager
def empty_account(place: Place) -> Iterator[None]:
    """moto, with nothing in it."""
    # To know all regions of a service, moto reads the service's whole model. In the second it
    # looks for the URLs that it answers.
    here = [place.region, "us-east-1"]
    with (
        made_once(),
        shared_clients(),
        # What a server in this process shares among its backends is not this account's.
        patch.object(IVSBackend, "shared", None),
        patch.object(MockAWS, "_enable_patching", _enable_patching),
        mock_aws(),
        patch.object(BackendDict, "__getitem__", _of_account),
        patch.object(AccountSpecificBackend, "_generate_regions", lambda *_: here),
    ):
        yield


_enable: Callable[..., None] = vars(MockAWS)["_enable_patching"]
# A thousand patterns of URLs by method, for whoever calls AWS with the library requests.
_URLS: dict[str, list[Any]] = {}
_HTTP: Any = responses_mock


def _enable_patching(mock: MockAWS, reset: bool = True) -> None:
    """What moto does, without making its patterns again for each world."""
    if not _URLS:
        _enable(mock, reset)
        _URLS.update(_HTTP._registry._registered)
        return
    botocore_stubber.enabled = True
    if reset:
        mock.reset()
    _HTTP.start()
    _HTTP._registry._registered.update({name: [*urls] for name, urls in _URLS.items()})


_make: Callable[[BackendDict[Any], str], Any] = vars(BackendDict)["__getitem__"]


def _of_account(backends: BackendDict[Any], account: str) -> Any:
    """What moto gives, without its lock and its lists where the account is there."""
    return dict.get(backends, account) or _make(backends, account)


@cache
def client_of(service: str, region: str) -> Any:
    """Clients know nothing of any world, and making one takes longer than what it is used for."""
    session: Any = new_session()  # typed, it would want the service as a literal
    return session.client(
        service,
        region_name=region,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - nothing checks signatures
    )
