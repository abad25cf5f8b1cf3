"""Errors sorted by what the caller does next."""

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from ivskit import errors
from ivskit.errors import translated


def client_error(code: str, status: int = 400, **response: Any) -> ClientError:
    """What botocore raises for an error of a service."""
    answer: Any = {
        "Error": {"Code": code, "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r-1"},
    }
    return ClientError(answer | response, "StopStream")


def test_every_error_that_ivs_declares_is_mapped_and_no_other_is_said_to_be() -> None:
    model = botocore.session.get_session().get_service_model("ivs")
    operations = [model.operation_model(name) for name in model.operation_names]
    declared = {shape.name for operation in operations for shape in operation.error_shapes}

    assert declared == set(errors.DECLARED)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ResourceNotFoundException", 404, errors.NotFound),
        ("ChannelNotBroadcasting", 404, errors.NotLive),
        ("ConflictException", 409, errors.Conflict),
        ("ServiceQuotaExceededException", 402, errors.QuotaExceeded),
        ("PendingVerification", 403, errors.AccessDenied),
        ("ValidationException", 400, errors.Invalid),
        ("ThrottlingException", 429, errors.Throttled),
        ("ThrottlingException", 400, errors.Throttled),
        ("StreamUnavailable", 503, errors.Unavailable),
        ("ExpiredTokenException", 403, errors.Unavailable),
        ("BrandNewException", 400, errors.Refused),
        ("BrandNewException", 429, errors.Throttled),
        ("BrandNewException", 500, errors.Unavailable),
    ],
)
def test_an_error_is_known_by_its_code_and_else_by_its_status(
    code: str, status: int, expected: type[errors.IvsError]
) -> None:
    with pytest.raises(errors.IvsError) as caught, translated("StopStream"):
        raise client_error(code, status)

    assert type(caught.value) is expected


def test_an_error_keeps_what_support_asks_for_and_the_original() -> None:
    original = client_error("ConflictException", 409, exceptionMessage="the channel is live")

    with pytest.raises(errors.Conflict) as caught, translated("StopStream"):
        raise original

    error = caught.value
    assert (error.operation, error.code) == ("StopStream", "ConflictException")
    assert (error.http_status, error.request_id) == (409, "r-1")
    assert str(error) == "StopStream: ConflictException: the channel is live"
    assert error.__cause__ is original


@pytest.mark.parametrize(
    "original",
    [
        ReadTimeoutError(endpoint_url="https://ivs"),
        ConnectTimeoutError(endpoint_url="https://ivs"),
        EndpointConnectionError(endpoint_url="https://ivs"),
    ],
)
def test_a_service_that_does_not_answer_is_unavailable(original: Exception) -> None:
    with pytest.raises(errors.Unavailable), translated("StopStream"):
        raise original


def test_what_botocore_does_not_even_send_is_invalid() -> None:
    with pytest.raises(errors.Invalid), translated("StopStream"):
        raise ParamValidationError(report="channelArn is missing")


def test_other_errors_are_left_alone() -> None:
    with pytest.raises(KeyError), translated("StopStream"):
        raise KeyError("ours")
