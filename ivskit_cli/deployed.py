"""A deployed stage, reached with the credentials of the shell, and what its errors mean."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from ivskit.formats import NewerRelease
from ivskit_local.errors import NotDone

_NOT_THERE = {"ParameterNotFound", "ResourceNotFoundException", "QueueDoesNotExist"}
_NOT_ALLOWED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "RequestExpired"}


def client_of(service: str) -> Any:
    """A client as the shell configures it; raises NotDone where that configuration is invalid."""
    make: Any = boto3.client
    try:
        return make(service)
    except BotoCoreError as error:
        raise NotDone(_of_this_shell(error)) from error
    except ValueError as error:  # an endpoint that is no URL, a number of attempts that is none
        raise NotDone(f"a setting for AWS in this shell is invalid: {error}") from error


@contextmanager
def one_line_errors(what: str, *, question: Callable[[], str]) -> Iterator[None]:
    """Turn errors of AWS into NotDone, each with what to do about it.

    what: the parameter, log group or queue without which the stage is not deployed; where it is
    missing, the error asks this question.
    """
    try:
        yield
    except ClientError as error:
        raise NotDone(_of_aws(error, what, question())) from error
    except BotoCoreError as error:
        raise NotDone(_of_this_shell(error)) from error
    except NewerRelease as error:
        raise NotDone(str(error)) from error


def is_deployed(stage: str, *, with_what: str = "") -> Callable[[], str]:
    """The question that an error asks where something of the stage is missing."""

    def question() -> str:
        # By then a client was made, and with it the session.
        region = boto3.DEFAULT_SESSION.region_name if boto3.DEFAULT_SESSION else None
        return f"is stage {stage} deployed in {region or 'this account and region'}{with_what}?"

    return question


def _of_aws(error: ClientError, what: str, question: str) -> str:
    code = error.response["Error"]["Code"]
    if code in _NOT_THERE:
        return f"there is no {what}: {question}"
    if code in _NOT_ALLOWED:
        return f"these credentials may not do that, have somebody allow it: {error}"
    if code in _EXPIRED:
        return f"these credentials are no longer valid, sign in again: {error}"
    return str(error)


def _of_this_shell(error: BotoCoreError) -> str:
    if isinstance(error, NoRegionError):
        return f"{error} Set AWS_DEFAULT_REGION, or AWS_PROFILE to a profile that has one."
    if isinstance(error, NoCredentialsError):
        return f"{error}. Sign in, or set AWS_PROFILE."
    return str(error)
