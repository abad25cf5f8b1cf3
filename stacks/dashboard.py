"""The dashboard: the alarms, what IVS measures, and what the functions and their queues do."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from ivskit import names

from .event_function import EventFunction
from .log_metrics import EVENT_AGE
from .quota_metrics import share_in_an_hour, share_of_quota
from .settings import Settings

_PERIOD = Duration.minutes(5)
# Of the channels on the dashboard, so many lines.
_CHANNELS = 10
# Do so little that their alarms say enough; up to 50 metrics are free.
RARE = ("index_recordings", "restrict_playback", "rotate_playback_key", "take_down")


class Dashboard(Construct):
    """One dashboard; the account's first three cost nothing."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: Sequence[EventFunction],
        alarms: Sequence[cloudwatch.IAlarm],
        dead_letters: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        namespace = names.metrics_namespace(settings.stage)
        often = [function for function in functions if function.package not in RARE]
        queues = [queue.name for function in often for queue in function.queues]
        rare = tuple(function.name for function in functions if function.package in RARE)
        dead = [name for name in dead_letters if not name.startswith(rare)]
        cloudwatch.Dashboard(
            self,
            "Board",
            dashboard_name=f"ivskit-{settings.stage}",
            default_interval=Duration.days(1),
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=alarms, width=24, height=5)],
                _of_ivs(),
                [_outcomes(namespace, function.package) for function in functions],
                [
                    _of_functions("Duration, p99", "Duration", "p99", often),
                    _of_functions("Errors", "Errors", "Sum", often),
                    _of_functions("Throttles", "Throttles", "Sum", often),
                ],
                [
                    cloudwatch.GraphWidget(
                        title="Age of IVS events when handled, ms",
                        width=12,
                        left=[_line(namespace, EVENT_AGE, "p90", {}, label="p90")],
                    ),
                    _of_queues("Oldest message", "ApproximateAgeOfOldestMessage", queues),
                    _of_queues("Dead letters", "ApproximateNumberOfMessagesVisible", dead),
                ],
            ],
        )


def _of_ivs() -> list[cloudwatch.IWidget]:
    """What Amazon IVS measures in this region, whoever manages the channels."""
    return [
        cloudwatch.GraphWidget(
            title="IVS: live streams and viewers",
            width=8,
            left=[_line("AWS/IVS", "ConcurrentStreams", "Maximum", {}, label="streams")],
            right=[_line("AWS/IVS", "ConcurrentViews", "Maximum", {}, label="viewers")],
        ),
        cloudwatch.GraphWidget(
            title="IVS: share of the quotas",
            width=8,
            left=[
                of_quota(resource)
                for of_quota in (share_of_quota, share_in_an_hour)
                for resource in ("ConcurrentStreams", "ConcurrentViews")
            ],
        ),
        cloudwatch.GraphWidget(
            title="IVS: streams by health",
            width=8,
            left=[
                _search(
                    "SEARCH('{AWS/IVS,Health} MetricName=\"ConcurrentStreams\"', 'Maximum', 300)"
                )
            ],
        ),
        _channels("IVS: lowest bitrates", "IngestBitrate", "Average", "AVG, ASC"),
        _channels("IVS: most viewers", "ConcurrentViews", "Maximum", "MAX, DESC"),
    ]


def _channels(title: str, metric: str, statistic: str, order: str) -> cloudwatch.GraphWidget:
    """The first channels in this order."""
    found = f"SEARCH('{{AWS/IVS,Channel}} MetricName=\"{metric}\"', '{statistic}', 300)"
    first = _search(f"SLICE(SORT({found}, {order}), 0, {_CHANNELS})")
    return cloudwatch.GraphWidget(title=title, width=12, left=[first])


def _outcomes(namespace: str, package: str) -> cloudwatch.GraphWidget:
    """A search finds every outcome of the function, also those that are new."""
    wanted = f'MetricName="{names.OUTCOMES_METRIC}" function="{package}"'
    search = f"SEARCH('{{{namespace},function,outcome}} {wanted}', 'Sum', 300)"
    return cloudwatch.GraphWidget(title=f"{package}: outcomes", width=8, left=[_search(search)])


def _search(expression: str) -> cloudwatch.MathExpression:
    # The CDK takes quoted words for metrics unless using_metrics is given.
    return cloudwatch.MathExpression(
        expression=expression, using_metrics={}, label="", period=_PERIOD
    )


def _of_functions(
    title: str, metric: str, statistic: str, functions: Sequence[EventFunction]
) -> cloudwatch.GraphWidget:
    lines = [
        _line("AWS/Lambda", metric, statistic, {"FunctionName": function.name})
        for function in functions
    ]
    return cloudwatch.GraphWidget(title=title, width=8, left=lines)


def _of_queues(title: str, metric: str, queues: Sequence[str]) -> cloudwatch.GraphWidget:
    lines = [_line("AWS/SQS", metric, "Maximum", {"QueueName": name}) for name in queues]
    return cloudwatch.GraphWidget(title=title, width=12, left=lines)


def _line(
    namespace: str, metric: str, statistic: str, dimensions: dict[str, str], label: str = ""
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=metric,
        statistic=statistic,
        dimensions_map=dimensions,
        label=label or next(iter(dimensions.values())),
        period=_PERIOD,
    )
