"""What of an invocation's failures is kept from it, and what is not."""

import io
import json

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import SchemaValidationError
from botocore.exceptions import ClientError, NoCredentialsError

from ivskit.errors import NotLive, Throttled
from push_metadata.boundary import Boundary

KNOWN = [
    ClientError({"Error": {"Code": "Throttling"}}, "PutEvents"),
    NoCredentialsError(),
    NotLive("it is not live", operation="PutMetadata", code="ChannelNotBroadcasting"),
    Throttled("too often", operation="PutMetadata", code="ThrottlingException"),
    ConnectionResetError("gone"),
    SchemaValidationError("no namespace"),
    KeyError("a bug"),
    RecursionError("too deep"),
    TypeError("a bug"),
    UnicodeEncodeError("utf-8", "x", 0, 1, "a bug"),
    ZeroDivisionError("a bug"),
    AttributeError("a bug"),
]


def failing(error: BaseException) -> None:
    """A step that fails so."""
    raise error


@pytest.mark.parametrize("error", KNOWN, ids=lambda error: type(error).__name__)
def test_what_is_known_to_go_wrong_is_logged_and_handed_over(
    error: Exception,
) -> None:
    printed = io.StringIO()
    # Loggers of one name share what they print to.
    boundary = Boundary(Logger(service=f"boundary of {error!r}", stream=printed))

    assert boundary.attempt(lambda: failing(error), "Step failed", tries=2) is error

    log = json.loads(printed.getvalue())
    assert (log["message"], log["tries"]) == ("Step failed", 2)
    assert log["error"].startswith(f"{type(error).__name__}: ")


@pytest.mark.parametrize("error", [MemoryError(), SystemExit(1), KeyboardInterrupt()])
def test_anything_else_ends_the_invocation(error: BaseException) -> None:
    boundary = Boundary(Logger(service="boundary"))

    with pytest.raises(type(error)):
        boundary.attempt(lambda: failing(error), "Step failed")
