"""Errors sorted by what the caller does next."""

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from ivskit import errors
from ivskit.errors import is_ambiguous, translate


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
    assert type(translate(client_error(code, status), "StopStream")) is expected


def test_an_error_keeps_what_support_asks_for_and_the_original() -> None:
    original = client_error("ConflictException", 409, exceptionMessage="the channel is live")

    error = translate(original, "StopStream")

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
        ResponseParserError("no JSON"),
    ],
)
def test_a_service_that_does_not_answer_is_unavailable(original: Exception) -> None:
    error = translate(original, "StopStream")

    assert type(error) is errors.Unavailable
    assert error.code == type(original).__name__
    assert error.__cause__ is original


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (
            "Invalid type for parameter metadata, value: {s}, type: <class 'int'>",
            "Invalid type for parameter metadata",
        ),
        (
            "Invalid length for parameter viewerSessions[3].viewerId, value: {s}, valid min: 1\n"
            'Missing required parameter in viewerSessions[4]: "channelArn"\n'
            'Unknown parameter in input: "ARN", must be one of: arn, {s}',
            "Invalid length for parameter viewerSessions[3].viewerId; "
            'Missing required parameter in viewerSessions[4]: "channelArn"; '
            'Unknown parameter in input: "ARN"',
        ),
        (
            "Invalid type for parameter tags.ivskit:hold-until @a/b=c, value: {s}, type: <class",
            "Invalid type for parameter tags.ivskit:hold-until @a/b=c",
        ),
        ("something new about {s}", "malformed arguments"),
    ],
)
def test_what_botocore_does_not_even_send_is_invalid_and_its_values_are_not_shown(
    report: str, message: str
) -> None:
    error = translate(ParamValidationError(report=report.format(s="hunter2\nhunter2")), "X")

    assert type(error) is errors.Invalid
    assert error.message == message
    assert error.__cause__ is None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (client_error("InternalServerException", 500), True),
        (client_error("ServiceUnavailable", 503), True),
        (client_error("ThrottlingException", 503), False),
        (client_error("ThrottlingException", 429), False),
        (client_error("ChannelNotBroadcasting", 404), False),
        (ReadTimeoutError(endpoint_url="https://ivs"), True),
        (ConnectionClosedError(endpoint_url="https://ivs"), True),
        (ResponseParserError("no JSON"), True),
        (ConnectTimeoutError(endpoint_url="https://ivs"), False),
        (EndpointConnectionError(endpoint_url="https://ivs"), False),
        (ParamValidationError(report="channelArn is missing"), False),
        (KeyError("ours"), False),
        (None, False),
    ],
)
def test_only_a_call_that_got_through_and_was_not_answered_is_ambiguous(
    error: Exception | None, expected: bool
) -> None:
    assert is_ambiguous(error) is expected


def test_what_was_not_sent_names_field_limit_and_value() -> None:
    error = errors.NotSent("PutMetadata", field="metadata", limit="at most 1024 bytes", value=1025)

    assert str(error) == "PutMetadata: metadata: at most 1024 bytes, not 1025"
    assert (error.field, error.limit, error.value) == ("metadata", "at most 1024 bytes", 1025)
    assert isinstance(error, errors.Invalid)
