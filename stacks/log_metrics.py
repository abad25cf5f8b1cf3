"""Metrics that CloudWatch counts in the logs of the functions, for alarms on them."""

from collections.abc import Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

from ivskit import names

from .event_function import EventFunction
from .settings import Settings

# Sweeps that found missed events.
LATE_EVENTS = "LateEvents"
LATE_EVENTS_PATTERN = (
    f'{{ ($.message = "{names.STREAMS_RECONCILED}") && '
    "(($.missed_starts > 0) || ($.missed_ends > 0)) }"
)
# Records that failed because IVS was called too often.
THROTTLED = "Throttled"
THROTTLED_PATTERN = '{ ($.message = "Record failed") && ($.error = "Throttled:*") }'
# The age of an event of IVS when its handling began, in milliseconds.
EVENT_AGE = "EventAge"
EVENT_AGE_PATTERN, EVENT_AGE_VALUE = "{ $.event_age_ms > 0 }", "$.event_age_ms"
# The two functions that act on events of IVS.
_ACT_ON_EVENTS = ("rotate_stream_key", "stop_stream")
# Those fail no record that IVS throttles: they put it off.
_PUT_IT_OFF = ("push_metadata", "revoke_viewers")


class LogMetrics(Construct):
    """The metrics; one costs nothing in an hour in which nothing matches."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: Sequence[EventFunction],
    ) -> None:
        super().__init__(scope, construct_id)
        self._namespace = names.metrics_namespace(settings.stage)
        for function in functions:
            # By its name: a reference would tie the two stacks together.
            log = logs.LogGroup.from_log_group_name(
                self, function.package, f"/ivskit/{settings.stage}/{function.package}"
            )
            if function.package == "reconcile_streams":
                self._count("Late", log, LATE_EVENTS, LATE_EVENTS_PATTERN)
            if function.package in _ACT_ON_EVENTS:
                age_id = f"{function.node.id}EventAge"
                self._count(age_id, log, EVENT_AGE, EVENT_AGE_PATTERN, EVENT_AGE_VALUE)
            if function.package not in _PUT_IT_OFF:
                self._count(f"{function.node.id}Throttled", log, THROTTLED, THROTTLED_PATTERN)

    def _count(
        self, filter_id: str, log: logs.ILogGroup, metric: str, pattern: str, value: str = "1"
    ) -> None:
        logs.MetricFilter(
            self,
            filter_id,
            log_group=log,
            filter_pattern=logs.FilterPattern.literal(pattern),
            metric_namespace=self._namespace,
            metric_name=metric,
            metric_value=value,
        )
