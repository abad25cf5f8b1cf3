"""GetMetricData of CloudWatch for the metrics of channels, from what encoders send."""

from collections.abc import Callable, Mapping
from typing import Any

from ivs_emulator import IVSBackend, metrics
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response

NAMESPACE = "AWS/IVS"
MOST_QUERIES = 500


class ChannelMetrics:
    """The operation, in one world; what asks for other metrics goes to moto."""

    def __init__(self, backend: Callable[[], IVSBackend]) -> None:
        self._backend = backend

    def __call__(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        """Answer a request about channels; raises ValidationError for too many queries."""
        parameters = request.parameters
        queries = parameters["MetricDataQueries"]
        if len(queries) > MOST_QUERIES:
            raise request.refused(
                "ValidationError",
                "The collection MetricDataQueries must not have a size greater than "
                f"{MOST_QUERIES}.",
            )
        if not all(_is_of_channel(each) for each in queries):
            return proceed(parameters)
        request.validate()
        results = [self._result(each, parameters) for each in queries]
        status = {"HTTPStatusCode": 200, "RetryAttempts": 0}
        return {"MetricDataResults": results, "Messages": [], "ResponseMetadata": status}

    def _result(self, query: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
        metric = query["MetricStat"]["Metric"]
        [dimension] = metric["Dimensions"]
        found = metrics.of_channel(
            self._backend(),
            dimension["Value"],
            metric["MetricName"],
            since=parameters["StartTime"],
            until=parameters["EndTime"],
        )
        if parameters.get("ScanBy", "TimestampDescending") == "TimestampDescending":
            found.reverse()
        return {
            "Id": query["Id"],
            "Label": metric["MetricName"],
            "Timestamps": [at for at, _ in found],
            "Values": [value for _, value in found],
            "StatusCode": "Complete",
        }


def _is_of_channel(query: Mapping[str, Any]) -> bool:
    """Whether it asks for the minutes of a metric that the emulator knows."""
    stat = query.get("MetricStat", {})
    metric = stat.get("Metric", {})
    dimensions = [each["Name"] for each in metric.get("Dimensions", [])]
    is_known = metric.get("Namespace") == NAMESPACE and metric.get("MetricName") in metrics.METRICS
    return is_known and dimensions == ["Channel"] and stat.get("Period") == 60
