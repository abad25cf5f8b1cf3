"""Catches failures of single steps, since inserted messages must not be retried."""

import traceback
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import (
    MetricResolutionError,
    MetricUnitError,
    MetricValueError,
    SchemaValidationError,
)
from botocore.exceptions import BotoCoreError

from ivskit.errors import FROM_BOTOCORE, IvsError, Unavailable
from ivskit.redaction import redact

T = TypeVar("T")

# What calls to AWS and metrics raise.
_OF_CALLS = (*FROM_BOTOCORE, BotoCoreError, IvsError, OSError)
_OF_METRICS = (MetricResolutionError, MetricUnitError, MetricValueError, SchemaValidationError)
# What a bug raises: even then nothing may be inserted twice.
_OF_BUGS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
FAILURES = (*_OF_CALLS, *_OF_METRICS, *_OF_BUGS)


class Boundary:
    """Isolates the failure of one step from the rest of the invocation.

    When an invocation fails, all its messages are retried, and those that were inserted would be
    inserted again. So expected errors, bugs included, are logged and returned to the caller;
    anything else, such as a lack of memory, ends the invocation.
    """

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def attempt(self, step: Callable[[], T], failure: str, **about: Any) -> T | Exception:
        """What the step returns, or the exception that it raised, after logging it as `failure`."""
        try:
            return step()
        except FAILURES as error:
            self._log(failure, error, about)
            return error

    def _log(self, failure: str, error: Exception, about: Mapping[str, Any]) -> None:
        """Log the error, for a bug with its origin, but without chained exceptions.

        botocore's errors may quote a secret, and the logger's own stack trace prints them.
        """
        where = () if isinstance(error, Unavailable) else traceback.format_tb(error.__traceback__)
        stack = redact("".join(where)) or None
        self._logger.error(failure, error=described(error), stack=stack, **about)


def described(error: Exception) -> str:
    """The error in one line, without secrets."""
    return str(redact(f"{type(error).__name__}: {error}"))
