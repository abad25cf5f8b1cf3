"""The errors of calls to IVS, sorted by what the caller does next.

    IvsError
      Refused          invalid, and will stay invalid: give up, report why
        NotFound         no such resource
        NotLive          the channel exists, and nothing is live on it
        Conflict         the resource is in use, or live
        QuotaExceeded    a count is at its limit
        AccessDenied     the role or the account lacks permission
        Invalid          the request is malformed
          NotSent          found malformed here: names field, limit and value
      Unavailable      could not be served now: let the queue retry
        LeaseHeld        another function acts on this channel
        Throttled        too many calls a second
      Ambiguous        may or may not have been done: repeat it only where that is harmless

Errors are matched by code, since most operations of IVS do not declare ThrottlingException.
"""

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ParamValidationError,
    ProxyConnectionError,
    SSLError,
)
from botocore.exceptions import ConnectionError as NoConnection
from botocore.parsers import ResponseParserError


class IvsError(Exception):
    """An error with the operation, code, HTTP status, request id and message of the service."""

    def __init__(
        self,
        message: str,
        *,
        operation: str = "",
        code: str = "",
        http_status: int | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(": ".join(part for part in (operation, code, message) if part))
        self.message = message
        self.operation = operation
        self.code = code
        self.http_status = http_status
        self.request_id = request_id


class Refused(IvsError):
    """Invalid, and will stay invalid."""


class NotFound(Refused):
    """No such resource."""


class NotLive(Refused):
    """The channel exists, and nothing is live on it."""


class Conflict(Refused):
    """The resource is in use, or live."""


class QuotaExceeded(Refused):
    """A count is at its limit."""


class AccessDenied(Refused):
    """The role or the account lacks permission."""


class Invalid(Refused):
    """The request is malformed."""


class NotSent(Invalid):
    """The request is malformed, and was not sent: the field, its limit and its value.

    For a secret, `value` is only the size.
    """

    def __init__(self, operation: str, *, field: str, limit: str, value: object) -> None:
        super().__init__(f"{field}: {limit}, not {value}", operation=operation)
        self.field = field
        self.limit = limit
        self.value = value


class Unavailable(IvsError):
    """Could not be served now."""


class LeaseHeld(Unavailable):
    """Another function acts on this channel."""


class Throttled(Unavailable):
    """Too many calls a second."""


class Ambiguous(IvsError):
    """May or may not have been done: the answer was lost, or the service failed half-way."""


# Declared by botocore's ivs model.
DECLARED: Mapping[str, type[IvsError]] = {
    "AccessDeniedException": AccessDenied,
    "ChannelNotBroadcasting": NotLive,
    "ConflictException": Conflict,
    "InternalServerException": Unavailable,
    "PendingVerification": AccessDenied,
    "ResourceNotFoundException": NotFound,
    "ServiceQuotaExceededException": QuotaExceeded,
    "ServiceUnavailable": Unavailable,
    "StreamUnavailable": Unavailable,
    "ThrottlingException": Throttled,
    "ValidationException": Invalid,
}
# Common to all services, and declared by none.
_COMMON: Mapping[str, type[IvsError]] = {
    "ExpiredTokenException": Unavailable,
    "IncompleteSignature": AccessDenied,
    "InternalFailure": Unavailable,
    "NotAuthorized": AccessDenied,
    "OptInRequired": AccessDenied,
    "RequestEntityTooLargeException": Invalid,
    "RequestExpired": Unavailable,
    "Throttling": Throttled,
    "TooManyRequestsException": Throttled,
    "UnknownOperationException": Refused,
    "UnrecognizedClientException": AccessDenied,
}
BY_CODE: Mapping[str, type[IvsError]] = {**_COMMON, **DECLARED}
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500

# What botocore raises for a call; its other errors are about the client's configuration.
FROM_BOTOCORE = (
    ClientError,
    HTTPClientError,
    NoConnection,
    ParamValidationError,
    ResponseParserError,
)
# Nothing can have reached the service.
_NOT_DONE = (
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ProxyConnectionError,
    SSLError,
)
# botocore's report quotes values, which may be secret and span several lines. The name of a
# parameter may end with the name of a tag.
_NAME = r"[\w.:/=+\-@ \[\]]+"
_PARAMETER = re.compile(
    rf'^(Missing required parameter in {_NAME}: "\w+"|Unknown parameter in {_NAME}: "\w+"'
    rf"|Invalid (?:type|value|length|key) for parameter {_NAME}(?=, value: ))",
    re.MULTILINE,
)


def kind_of(code: str, http_status: int = 0) -> type[IvsError]:
    """The class of an error by its code, or by its HTTP status where the code is unknown."""
    if code in BY_CODE:
        return BY_CODE[code]
    if http_status == _TOO_MANY_REQUESTS:
        return Throttled
    return Unavailable if http_status >= _SERVER_ERRORS else Refused


def translate(error: Exception, operation: str) -> IvsError:
    """An error of botocore as an IvsError, chained, without the values that botocore quotes."""
    if isinstance(error, ClientError):
        ours = _answered(error)
    elif isinstance(error, ParamValidationError):
        wrong = "; ".join(_PARAMETER.findall(str(error))) or "malformed arguments"
        return Invalid(wrong, operation=operation, code="ParamValidation")
    else:
        ours = Unavailable(str(error), operation=operation, code=type(error).__name__)
    ours.__cause__ = error
    return ours


def is_ambiguous(error: BaseException | None) -> bool:
    """Whether the service may have carried out a call for which botocore raised this."""
    if isinstance(error, ClientError):
        ours = _answered(error)
        failed = (ours.http_status or 0) >= _SERVER_ERRORS
        return failed and not isinstance(ours, Throttled)
    return isinstance(error, FROM_BOTOCORE) and not isinstance(error, _NOT_DONE)


def _answered(error: ClientError) -> IvsError:
    response: Mapping[str, Any] = error.response
    said = response.get("Error", {})
    meta = response.get("ResponseMetadata", {})
    code, status = said.get("Code", ""), meta.get("HTTPStatusCode", 0)
    return kind_of(code, status)(
        # IVS puts its text into `exceptionMessage`, where botocore does not look for it.
        said.get("Message") or response.get("exceptionMessage", ""),
        operation=error.operation_name,
        code=code,
        http_status=status,
        request_id=meta.get("RequestId", ""),
    )
