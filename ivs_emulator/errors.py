"""What the API answers when it refuses, one class per code; the statuses are the model's."""

from typing import ClassVar


class ApiError(Exception):
    """An error answer: a code, a status and a text."""

    code: ClassVar[str]
    status: ClassVar[int]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ValidationException(ApiError):
    code, status = "ValidationException", 400


class IncompleteSignature(ApiError):
    """Common to all AWS services, so no model declares it."""

    code, status = "IncompleteSignature", 400


class ServiceQuotaExceededException(ApiError):
    code, status = "ServiceQuotaExceededException", 402


class ResourceNotFoundException(ApiError):
    code, status = "ResourceNotFoundException", 404


class ChannelNotBroadcasting(ApiError):
    code, status = "ChannelNotBroadcasting", 404


class ConflictException(ApiError):
    code, status = "ConflictException", 409


class ThrottlingException(ApiError):
    """Any operation may answer this, declared or not."""

    code, status = "ThrottlingException", 429


class InternalServerException(ApiError):
    code, status = "InternalServerException", 500


class ServiceUnavailable(ApiError):
    code, status = "ServiceUnavailable", 503


class NotImplementedByEmulator(ApiError):
    """The operation may exist on AWS, but not here; not to be mistaken for a 404."""

    code, status = "NotImplemented", 501


def not_found(arn: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Resource: {arn} not found")
