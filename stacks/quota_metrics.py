"""How much of the quotas of IVS the account uses, as CloudWatch counts it."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

_PERIOD, _AN_HOUR = Duration.minutes(5), Duration.hours(1)


def share_of_quota(resource: str) -> cloudwatch.MathExpression:
    """How much of a quota of IVS the account uses in this region, in percent."""
    name = resource[0].lower() + resource[1:]
    return cloudwatch.MathExpression(
        expression=f"100 * {name} / SERVICE_QUOTA({name})",
        using_metrics={name: _usage(resource, _PERIOD)},
        label=f"{resource}, % of the quota",
        period=_PERIOD,
    )


def share_in_an_hour(resource: str) -> cloudwatch.MathExpression:
    """How much of the quota is used in an hour, at the growth of the last hour, in percent."""
    name = f"{resource[0].lower()}{resource[1:]}Hourly"
    return cloudwatch.MathExpression(
        expression=f"100 * ({name} + 3600 * RATE({name})) / SERVICE_QUOTA({name})",
        using_metrics={name: _usage(resource, _AN_HOUR)},
        label=f"{resource}, % in an hour at this growth",
        period=_AN_HOUR,
    )


def _usage(resource: str, period: Duration) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Usage",
        metric_name="ResourceCount",
        dimensions_map={
            "Service": "IVS",
            "Type": "Resource",
            "Resource": resource,
            "Class": "None",
        },
        statistic=cloudwatch.Stats.MAXIMUM,
        period=period,
    )
