"""Where failures are taken, since what was inserted must not come back."""

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

# What calls to AWS raise, and the making of metrics.
_OF_CALLS = (*FROM_BOTOCORE, BotoCoreError, IvsError, OSError)
_OF_METRICS = (MetricResolutionError, MetricUnitError, MetricValueError, SchemaValidationError)
# What a bug of ours raises: for it, too, nothing may be inserted twice.
_OF_BUGS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
FAILURES = (*_OF_CALLS, *_OF_METRICS, *_OF_BUGS)


class Boundary:
    """Keeps what one step raises from the rest of the invocation.

    An invocation that fails has all its messages come back, and those that were inserted would be
    inserted again. So what is known to go wrong in it, a bug included, is logged and handed to
    whoever tried; anything else, such as a lack of memory, ends the invocation.
    """

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def attempt(self, step: Callable[[], T], failure: str, **about: Any) -> T | Exception:
        """What the step answers, or what it raised, once that is logged under this name."""
        try:
            return step()
        except FAILURES as error:
            self._log(failure, error, about)
            return error

    def _log(self, failure: str, error: Exception, about: Mapping[str, Any]) -> None:
        """Of a surprise also where it came from, but not what else was raised on the way.

        What botocore raises may quote a secret, and the logger's own stack trace prints it.
        """
        where = () if isinstance(error, Unavailable) else traceback.format_tb(error.__traceback__)
        stack = redact("".join(where)) or None
        self._logger.error(failure, error=described(error), stack=stack, **about)


def described(error: Exception) -> str:
    """The error in a line, without what is secret."""
    return str(redact(f"{type(error).__name__}: {error}"))
