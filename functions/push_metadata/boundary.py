"""Where whatever comes is taken, since what was inserted must not come back."""

import traceback
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aws_lambda_powertools import Logger

from ivskit.errors import Unavailable
from ivskit.redaction import redact

T = TypeVar("T")


class Boundary:
    """Keeps what one step raises from the rest of the invocation.

    An invocation that fails has all its messages come back, and those that were inserted would be
    inserted again. So nothing that may go wrong in it, a bug included, is let out; it is logged.
    """

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def attempt(self, step: Callable[[], T], failure: str, **about: Any) -> T | Exception:
        """What the step answers, or what it raised, once that is logged under this name."""
        try:
            return step()
        except Exception as error:
            self._log(failure, error, about)
            return error

    def _log(self, failure: str, error: Exception, about: Mapping[str, Any]) -> None:
        """Of a surprise also where it came from, but not what else was raised on the way.

        What botocore raises may quote what is secret, and the logger's own stack would tell it.
        """
        where = () if isinstance(error, Unavailable) else traceback.format_tb(error.__traceback__)
        stack = redact("".join(where)) or None
        self._logger.error(failure, error=told(error), stack=stack, **about)


def told(error: Exception) -> str:
    """The error in a line, without what is secret."""
    return str(redact(f"{type(error).__name__}: {error}"))
