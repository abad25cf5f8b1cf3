"""A deployed stage, reached with the credentials of the shell."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ivskit.formats import NewerRelease
from ivskit_local.errors import NotDone


def client_of(service: str) -> Any:
    """A client as the shell configures it; raises NotDone where that configuration is invalid."""
    make: Any = boto3.client
    try:
        return make(service)
    except BotoCoreError as error:
        raise NotDone(str(error)) from error
    except ValueError as error:  # an endpoint that is no URL, a number of attempts that is none
        raise NotDone(f"a setting for AWS in this shell is invalid: {error}") from error


@contextmanager
def one_line_errors(parameter: str, *, question: str) -> Iterator[None]:
    """Turn errors of AWS into NotDone; a missing parameter is reported with this question."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            where = "in this account and region"
            raise NotDone(f"there is no parameter {parameter} {where}: {question}") from error
        raise NotDone(str(error)) from error
    except (BotoCoreError, NewerRelease) as error:
        raise NotDone(str(error)) from error
