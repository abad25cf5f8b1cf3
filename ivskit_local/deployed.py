"""What is deployed of a stage, reached with the credentials of the shell."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from ivskit_local.not_done import NotDone


@contextmanager
def told_in_a_line(parameter: str, *, question: str) -> Iterator[None]:
    """Raise NotDone for what AWS answers; where the parameter is not there, with this question."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            where = "in this account and region"
            raise NotDone(f"there is no parameter {parameter} {where}: {question}") from error
        raise NotDone(str(error)) from error
    except BotoCoreError as error:
        raise NotDone(str(error)) from error
