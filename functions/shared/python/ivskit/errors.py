"""What goes wrong between us and IVS, sorted by what the caller does next.

    IvsError
      Refused          wrong and will stay wrong: give up, say why
        NotFound         no such resource
        NotLive          the channel exists, and nothing is live on it
        Conflict         the resource is in use, or live
        QuotaExceeded    a count is at its limit
        AccessDenied     the role or the account may not
        Invalid          the request is malformed
      Unavailable      could not be served now: let the queue try again
        LeaseHeld        another function acts on this channel
        Throttled        too many calls a second

Matched by the error code, since most operations of IVS do not declare ThrottlingException.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError, ParamValidationError
from botocore.exceptions import ConnectionError as NoConnection


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
        super().__init__(f"{operation}: {code}: {message}" if operation else message)
        self.message = message
        self.operation = operation
        self.code = code
        self.http_status = http_status
        self.request_id = request_id


class Refused(IvsError):
    """Wrong and will stay wrong."""


class NotFound(Refused):
    """No such resource."""


class NotLive(Refused):
    """The channel exists, and nothing is live on it."""


class Conflict(Refused):
    """The resource is in use, or live."""


class QuotaExceeded(Refused):
    """A count is at its limit."""


class AccessDenied(Refused):
    """The role or the account may not."""


class Invalid(Refused):
    """The request is malformed."""


class Unavailable(IvsError):
    """Could not be served now."""


class LeaseHeld(Unavailable):
    """Another function acts on this channel."""


class Throttled(Unavailable):
    """Too many calls a second."""


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


def _kind(code: str, http_status: int) -> type[IvsError]:
    if code in BY_CODE:
        return BY_CODE[code]
    if http_status == _TOO_MANY_REQUESTS:
        return Throttled
    return Unavailable if http_status >= _SERVER_ERRORS else Refused


def _of(error: ClientError) -> IvsError:
    response: Mapping[str, Any] = error.response
    said = response.get("Error", {})
    meta = response.get("ResponseMetadata", {})
    code, status = said.get("Code", ""), meta.get("HTTPStatusCode", 0)
    return _kind(code, status)(
        # IVS puts its text into `exceptionMessage`, where botocore does not look for it.
        said.get("Message") or response.get("exceptionMessage", ""),
        operation=error.operation_name,
        code=code,
        http_status=status,
        request_id=meta.get("RequestId", ""),
    )


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Raise what botocore raises inside as one of ours, chained."""
    try:
        yield
    except ClientError as error:
        raise _of(error) from error
    except ParamValidationError as error:
        raise Invalid(str(error), operation=operation, code="ParamValidation") from error
    except (HTTPClientError, NoConnection) as error:
        raise Unavailable(str(error), operation=operation, code=type(error).__name__) from error
