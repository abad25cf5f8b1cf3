"""Logs and counts outcomes: one line each, and one metric per name."""

import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from aws_lambda_powertools import Logger

from ivskit import names
from ivskit.outcomes import Outcome


class OutcomeLog:
    """The log and the metrics of one function.

    A metric is a line in CloudWatch's embedded metric format, in the namespace that the environment
    names for Powertools. Powertools itself takes longer for it than all else here, and would add
    the service as a dimension, so that alarms would not match.
    """

    def __init__(self, logger: Logger, *, function: str) -> None:
        self._logger = logger
        self._function = function
        self._definition = {
            "Namespace": os.environ["POWERTOOLS_METRICS_NAMESPACE"],
            "Dimensions": [["function", "outcome"]],
            "Metrics": [{"Name": names.OUTCOMES_METRIC, "Unit": "Count"}],
        }

    def record(self, outcomes: Sequence[Outcome], *, age: timedelta | None = None) -> None:
        """Log each, and count them; age: of an event of IVS when its handling began."""
        aged = {} if age is None else {"event_age_ms": age // timedelta(milliseconds=1)}
        for outcome in outcomes:
            said = outcome.model_dump(mode="json", exclude_none=True) | aged
            self._logger.info(outcome.name, **said)
        for name, count in Counter(outcome.name for outcome in outcomes).items():
            self._count(name, count)

    def _count(self, name: str, count: int) -> None:
        at = time.time_ns() // 1_000_000
        line = {
            "_aws": {"Timestamp": at, "CloudWatchMetrics": [self._definition]},
            "function": self._function,
            "outcome": name,
            names.OUTCOMES_METRIC: count,
        }
        print(json.dumps(line, separators=(",", ":")))
