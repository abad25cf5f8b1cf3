"""What is counted in logs is what the functions log."""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import boto3
import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from ivskit.automation.bus import Bus
from ivskit.automation.consumer import Consumer
from ivskit.automation.environment import Environment
from ivskit.automation.outcome_log import OutcomeLog
from ivskit.errors import LeaseHeld, Throttled
from ivskit.outcomes import RotationSkipped, StreamsReconciled
from stacks.log_metrics import EVENT_AGE_PATTERN, LATE_EVENTS_PATTERN, THROTTLED_PATTERN
from tests.environments import every_function
from tests.samples import sample
from tests.stacks.synthesized import Template

FILTER = "AWS::Logs::MetricFilter"
NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)


def matches(pattern: str, line: str) -> bool:
    """As CloudWatch Logs matches the terms of our patterns: = with * at the end, and >."""
    said = json.loads(line)

    def holds(term: re.Match[str]) -> str:
        value, than = said.get(term[1]), json.loads(term[3])
        if term[2] == ">":
            return str(value is not None and value > than)
        if str(than).endswith("*"):
            return str(str(value).startswith(than[:-1]))
        return str(value == than)

    truth = re.sub(r'\$\.(\w+) (=|>) ("[^"]*"|\d+)', holds, pattern.strip("{ }"))
    return bool(eval(truth.replace("&&", "and").replace("||", "or")))  # noqa: S307  # our own text


@pytest.fixture
def log(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[Logger, io.StringIO]:
    """A logger like that of a function, and what it writes."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "ivskit/dev")
    stream = io.StringIO()
    # Loggers of one name share the stream of the first.
    return Logger(service=request.node.name, stream=stream), stream


@pytest.mark.parametrize(
    ("starts", "ends", "late"), [(0, 0, False), (1, 0, True), (0, 2, True), (3, 1, True)]
)
def test_a_sweep_that_missed_something_counts(
    log: tuple[Logger, io.StringIO], starts: int, ends: int, late: bool
) -> None:
    logger, stream = log
    swept = StreamsReconciled(
        cause="sweep",
        reason="any",
        mode="enforce",
        at=NOW,
        event_id="any",
        live=9,
        missed_starts=starts,
        missed_ends=ends,
        unfinished=0,
        unshut=0,
        idle=0,
        visited=0,
        keys=0,
        calls={},
    )

    OutcomeLog(logger, function="reconcile_streams").record([swept])

    [line] = stream.getvalue().splitlines()
    assert matches(LATE_EVENTS_PATTERN, line) is late


class Context:
    """As much of Lambda's context as a consumer looks at."""

    def get_remaining_time_in_millis(self) -> int:
        """Until Lambda stops the invocation."""
        return 30_000


CONTEXT = cast(LambdaContext, Context())
OUTCOME = RotationSkipped(cause="any", reason="any", mode="enforce", at=NOW, event_id="any")


def consumer_of(logger: Logger, queue: str) -> Consumer:
    """A consumer of this queue."""
    environment = Environment.read({**every_function("any"), "IVSKIT_QUEUE_URL": queue})
    bus = Bus(boto3.client("events"), name="default")
    return Consumer(environment, bus, boto3.client("sqs"), logger=logger, clock=lambda: NOW)


def record_of(event: dict[str, Any], tries: str = "1") -> dict[str, Any]:
    """The record that brings an event."""
    return {
        "messageId": "any",
        "receiptHandle": "any",
        "body": json.dumps(event),
        "attributes": {
            "ApproximateReceiveCount": tries,
            "ApproximateFirstReceiveTimestamp": "1",
        },
        "eventSourceARN": "arn:aws:sqs:us-west-2:123456789012:any",
        "eventSource": "aws:sqs",
        "awsRegion": "us-west-2",
    }


@pytest.fixture
def queue() -> Iterator[Any]:
    """The URL of a queue."""
    with mock_aws():
        yield boto3.client("sqs").create_queue(QueueName="any")["QueueUrl"]


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (Throttled("too many", operation="StopStream", code="ThrottlingException"), True),
        (LeaseHeld("somebody acts on it"), False),
        (KeyError("Throttled:"), False),
    ],
)
def test_a_record_that_ivs_throttled_counts(
    log: tuple[Logger, io.StringIO], queue: str, error: Exception, counts: bool
) -> None:
    logger, stream = log
    record = record_of(sample("stream-state-change.stream-end"))

    def fail(*_: object) -> Any:
        raise error

    consumer_of(logger, queue).consume({"Records": [record]}, CONTEXT, fail)

    lines = [line for line in stream.getvalue().splitlines() if "Record failed" in line]
    assert [matches(THROTTLED_PATTERN, line) for line in lines] == [counts]


@pytest.mark.parametrize(
    ("source", "tries", "age"),
    [("aws.ivs", "1", 9_000), ("aws.ivs", "2", None), ("ivskit.reconcile", "1", None)],
)
def test_the_age_of_an_event_is_logged_when_ivs_sent_it(
    log: tuple[Logger, io.StringIO], queue: str, source: str, tries: str, age: int | None
) -> None:
    """Not at a later try, nor where the sweep re-emits what is late anyway."""
    logger, stream = log
    consumer = consumer_of(logger, queue)
    event = sample("stream-state-change.stream-end") | {"source": source}
    event["time"] = "2026-11-20T16:59:51Z"

    consumer.consume({"Records": [record_of(event, tries)]}, CONTEXT, lambda *_: [OUTCOME])

    [line] = [line for line in stream.getvalue().splitlines() if OUTCOME.name in line]
    assert json.loads(line).get("event_age_ms") == age
    assert matches(EVENT_AGE_PATTERN, line) is (age is not None)


def test_the_logs_of_functions_are_counted_under_the_stage(
    monitoring: Template, automation: Template
) -> None:
    logs = {each["LogGroupName"] for each in automation.resources("AWS::Logs::LogGroup").values()}
    found = [
        (
            each["LogGroupName"].rpartition("/")[2],
            each["FilterPattern"],
            each["MetricTransformations"],
        )
        for each in monitoring.resources(FILTER).values()
    ]

    assert {each["LogGroupName"] for each in monitoring.resources(FILTER).values()} <= logs
    assert {package for package, pattern, _ in found if pattern == LATE_EVENTS_PATTERN} == {
        "reconcile_streams"
    }
    assert {package for package, pattern, _ in found if pattern == THROTTLED_PATTERN} == {
        "plan_revocation",
        "queue_metadata",
        "reconcile_streams",
        "restrict_playback",
        "rotate_playback_key",
        "rotate_stream_key",
        "stop_stream",
        "take_down",
    }
    assert {package for package, pattern, _ in found if pattern == EVENT_AGE_PATTERN} == {
        "rotate_stream_key",
        "stop_stream",
    }
    named = {
        LATE_EVENTS_PATTERN: ("LateEvents", "1"),
        THROTTLED_PATTERN: ("Throttled", "1"),
        EVENT_AGE_PATTERN: ("EventAge", "$.event_age_ms"),
    }
    for _, pattern, [metric] in found:
        assert metric["MetricNamespace"] == "ivskit/dev"
        assert (metric["MetricName"], metric["MetricValue"]) == named[pattern]
