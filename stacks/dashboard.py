"""The dashboard: outcomes, duration, errors and throttles of each function, and its queues."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from ivskit import names

from .event_function import EventFunction
from .settings import Settings

_PERIOD = Duration.minutes(5)


class Dashboard(Construct):
    """One dashboard; the account's first three cost nothing."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: Sequence[EventFunction],
        dead_letters: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        queues = [queue.name for function in functions for queue in function.queues]
        namespace = names.metrics_namespace(settings.stage)
        cloudwatch.Dashboard(
            self,
            "Board",
            dashboard_name=f"ivskit-{settings.stage}",
            default_interval=Duration.days(1),
            widgets=[
                [_outcomes(namespace, function.package) for function in functions],
                [
                    _of_functions("Duration, p99", "Duration", "p99", functions),
                    _of_functions("Errors", "Errors", "Sum", functions),
                    _of_functions("Throttles", "Throttles", "Sum", functions),
                ],
                [
                    _of_queues("Oldest message", "ApproximateAgeOfOldestMessage", queues),
                    _of_queues("Dead letters", "ApproximateNumberOfMessagesVisible", dead_letters),
                ],
            ],
        )


def _outcomes(namespace: str, package: str) -> cloudwatch.GraphWidget:
    """A search finds every outcome of the function, also those that are new."""
    wanted = f'MetricName="{names.OUTCOMES_METRIC}" function="{package}"'
    search = f"SEARCH('{{{namespace},function,outcome}} {wanted}', 'Sum', 300)"
    # The CDK takes quoted words for metrics unless using_metrics is given.
    expression = cloudwatch.MathExpression(
        expression=search, using_metrics={}, label="", period=_PERIOD
    )
    return cloudwatch.GraphWidget(title=f"{package}: outcomes", width=8, left=[expression])


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
    namespace: str, metric: str, statistic: str, dimensions: dict[str, str]
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=metric,
        statistic=statistic,
        dimensions_map=dimensions,
        label=next(iter(dimensions.values())),
        period=_PERIOD,
    )
