"""Logs and counts outcomes: one line each, and one metric per name."""

from collections import Counter
from collections.abc import Sequence

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from ivskit import names
from ivskit.outcomes import Outcome


class OutcomeLog:
    """The log and the metrics of one function."""

    def __init__(self, logger: Logger, *, function: str) -> None:
        self._logger = logger
        self._function = function

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Log each, and count them."""
        for outcome in outcomes:
            self._logger.info(outcome.name, **outcome.model_dump(mode="json", exclude_none=True))
        for name, count in Counter(outcome.name for outcome in outcomes).items():
            self._count(name, count)

    def _count(self, name: str, count: int) -> None:
        with single_metric(
            name=names.OUTCOMES_METRIC, unit=MetricUnit.Count, value=count
        ) as metric:
            # Powertools would add the service as a dimension, and alarms would not match.
            metric.service = ""
            metric.add_dimension("function", self._function)
            metric.add_dimension("outcome", name)
