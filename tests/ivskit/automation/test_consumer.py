"""From a batch of queue records to outcomes."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import boto3
import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from ivskit.automation.bus import Bus
from ivskit.automation.consumer import Consumer, Message
from ivskit.automation.environment import Environment
from ivskit.automation.messages.look_again import LookAgain
from ivskit.automation.messages.sweep import Sweep
from ivskit.changes import StreamStateChange
from ivskit.commands import RotateStreamKey, TooLate
from ivskit.errors import Invalid
from ivskit.outcomes import Outcome, RotationSkipped
from tests.environments import every_function
from tests.samples import CHANNEL, STREAM, sample

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)


class Context:
    """As much of Lambda's context as a consumer looks at."""

    def __init__(self, seconds_left: float) -> None:
        self.seconds_left = seconds_left

    def get_remaining_time_in_millis(self) -> int:
        """Until Lambda stops the invocation."""
        return int(self.seconds_left * 1000)


@dataclass
class World:
    """A queue, a bus whose events end in a second queue, and what was reacted to."""

    consumer: Consumer
    queue_url: str
    published_url: str
    visibility: list[int]
    seen: list[tuple[Message, str]] = field(default_factory=list)
    failing: Exception | None = None
    seconds_left: float = 30
    answers: bool = True

    def react(self, message: Message, event_id: str) -> Sequence[Outcome]:
        """Remember the message, and keep the key."""
        self.seen.append((message, event_id))
        if self.failing is not None:
            raise self.failing
        if not self.answers:
            return []
        common = {"reason": "r", "mode": "enforce", "at": NOW, "event_id": event_id}
        return [RotationSkipped.model_validate({"cause": "c", **common})]

    def consume(self, *bodies: str, receive_count: int = 1) -> dict[str, Any]:
        """What Lambda gets back for these bodies."""
        sqs = boto3.client("sqs")
        for body in bodies:
            sqs.send_message(QueueUrl=self.queue_url, MessageBody=body)
        queue = self.queue_url.rpartition("/")[2]
        received = sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {"ApproximateReceiveCount": str(receive_count)},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-west-2:123456789012:{queue}",
            }
            for message in received["Messages"]
        ]
        context = cast("LambdaContext", Context(self.seconds_left))
        return dict(self.consumer.consume({"Records": records}, context, self.react))

    def published(self) -> list[dict[str, Any]]:
        """What went onto the bus."""
        received = boto3.client("sqs").receive_message(
            QueueUrl=self.published_url, MaxNumberOfMessages=10
        )
        return [json.loads(message["Body"]) for message in received.get("Messages", [])]


@pytest.fixture
def world() -> Iterator[World]:
    """A function's surroundings."""
    with mock_aws():
        sqs, events = boto3.client("sqs"), boto3.client("events")
        work = sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "180"})
        published = sqs.create_queue(QueueName="published")
        events.create_event_bus(Name="ivskit-dev")
        pattern = json.dumps({"source": ["ivskit.outcome"]})
        events.put_rule(Name="all", EventBusName="ivskit-dev", EventPattern=pattern)
        arn = "arn:aws:sqs:us-west-2:123456789012:published"
        events.put_targets(
            Rule="all", EventBusName="ivskit-dev", Targets=[{"Id": "published", "Arn": arn}]
        )
        visibility: list[int] = []
        sqs.meta.events.register(
            "provide-client-params.sqs.ChangeMessageVisibility",
            lambda params, **_: visibility.append(params["VisibilityTimeout"]),
        )
        consumer = Consumer(
            Environment.read(every_function("rotate_stream_key")),
            Bus(events, name="ivskit-dev"),
            sqs,
            logger=Logger(service="test"),
            clock=lambda: NOW,
        )
        yield World(consumer, work["QueueUrl"], published["QueueUrl"], visibility)


@pytest.fixture(autouse=True)
def metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    """The namespace that every function is given."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "ivskit")


def body(name: str, **detail: Any) -> str:
    """A sample as a queue carries it."""
    return json.dumps(sample(name, **detail))


def test_an_event_of_ivs_is_reacted_to_as_a_change(world: World) -> None:
    answer = world.consume(body("stream-state-change.stream-end"))

    [(message, event_id)] = world.seen
    assert isinstance(message, StreamStateChange)
    assert event_id == message.id
    assert answer == {"batchItemFailures": []}


def test_a_command_is_reacted_to_under_the_id_of_its_event(world: World) -> None:
    world.consume(body("command.rotate-stream-key"))

    [(message, event_id)] = world.seen
    assert isinstance(message, RotateStreamKey)
    assert event_id == sample("command.rotate-stream-key")["id"]


def test_looking_again_belongs_to_the_event_that_began_it_all(world: World) -> None:
    look = LookAgain(
        channel_arn=CHANNEL, purpose="verify key", cause=STREAM, since=NOW, due=NOW, event_id="e-0"
    )

    world.consume(look.message())

    assert world.seen == [(look, "e-0")]


def test_a_sweep_belongs_to_the_schedules_execution(world: World) -> None:
    event = {"id": "x-1", "source": "ivskit.schedule", "detail-type": "Sweep", "detail": {}}
    world.consume(json.dumps({**event, "time": "2026-11-20T17:00:00Z"}))

    [(message, event_id)] = world.seen
    assert isinstance(message, Sweep)
    assert (message.scheduled_at, event_id) == (NOW, "x-1")


def test_every_outcome_is_published_logged_and_counted_once(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "rotate_stream_key")
    world.consume(body("stream-state-change.stream-end"))

    [published] = world.published()
    assert published["detail-type"] == "Rotation Skipped"
    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [metric] = [line for line in counted if "_aws" in line]
    assert metric["Outcomes"] == 1
    assert (metric["function"], metric["outcome"]) == ("rotate_stream_key", "Rotation Skipped")
    # The dashboard and the alarms name exactly these.
    assert metric["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["function", "outcome"]]


def test_a_record_that_fails_comes_back_and_the_others_do_not(world: World) -> None:
    answer = world.consume("no json", body("stream-state-change.stream-end"))

    assert len(answer["batchItemFailures"]) == 1
    assert len(world.seen) == 1
    assert len(world.published()) == 1


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 1), (2, 2), (3, 5), (4, 10), (5, 30), (9, 600), (10, 0)]
)
def test_retries_are_quick_and_then_patient(world: World, tries: int, seconds: int) -> None:
    world.failing = KeyError("down")

    world.consume(body("stream-state-change.stream-end"), receive_count=tries)

    assert world.visibility == [seconds]


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://sqs"),
        ClientError({"Error": {"Code": "InternalError"}}, "ChangeMessageVisibility"),
    ],
)
def test_a_failure_to_shorten_the_wait_does_not_fail_the_other_records(
    world: World, error: Exception
) -> None:
    def fail(**_: Any) -> None:
        raise error

    world.failing = KeyError("down")
    events = world.consumer._sqs.meta.events
    events.register("before-call.sqs.ChangeMessageVisibility", fail)

    answer = world.consume(*[body("stream-state-change.stream-end")] * 2)

    assert len(answer["batchItemFailures"]) == 2


def test_a_surprising_event_of_ivs_raises_and_so_ends_in_dead_letters(world: World) -> None:
    answer = world.consume(body("stream-state-change.stream-end", event_name="Stream Down"))

    assert len(answer["batchItemFailures"]) == 1
    assert world.seen == []


def test_a_bad_command_is_refused_once_with_every_error_and_without_secrets(world: World) -> None:
    key = "sk_us-west-2_abcdABCDefgh_567890abcdef"

    answer = world.consume(body("command.rotate-stream-key", if_live="maybe", extra=key))

    assert answer == {"batchItemFailures": []}
    assert world.seen == []
    [refused] = world.published()
    assert refused["detail-type"] == "Command Refused"
    detail = refused["detail"]
    assert detail["cause"] == sample("command.rotate-stream-key")["detail"]["command_id"]
    assert [error.partition(":")[0] for error in detail["errors"]] == ["if_live", "extra"]
    assert key not in json.dumps(refused)


def test_a_command_without_an_id_is_refused_in_the_name_of_its_event(world: World) -> None:
    world.consume(body("command.rotate-stream-key", command_id=None))

    [refused] = world.published()
    assert refused["detail"]["cause"] == sample("command.rotate-stream-key")["id"]


def test_a_huge_bad_command_still_fits_an_event(world: World) -> None:
    world.consume(body("command.rotate-stream-key", extra="x" * 200_000))

    [refused] = world.published()
    assert len(refused["detail"]["original"]) == 32_000


def test_an_error_list_of_any_length_still_fits_an_event(world: World) -> None:
    strange = {f"{'x' * 500}{number}": "y" * 500 for number in range(300)}

    assert world.consume(body("command.rotate-stream-key", **strange)) == {"batchItemFailures": []}

    [refused] = world.published()
    errors = refused["detail"]["errors"]
    assert len(errors) == 51
    assert errors[-1] == "and 250 more"
    assert max(map(len, errors)) <= 400


def test_a_stream_key_in_a_persons_words_is_taken_out(world: World) -> None:
    key = "sk_us-west-2_abcdABCDefgh_567890abcdef"

    world.consume(body("command.rotate-stream-key", reason=f"{key} leaked", command_id=key))

    [(command, _)] = world.seen
    assert isinstance(command, RotateStreamKey)
    assert command.reason == "sk_(removed) leaked"
    assert key not in repr(command)


@pytest.mark.parametrize("command_id", ["sk_us-west-2_abcdABCDefgh_567890abcdef", "x" * 129, 7])
def test_a_refusal_repeats_no_strange_command_id(world: World, command_id: object) -> None:
    world.consume(body("command.rotate-stream-key", command_id=command_id, if_live="maybe"))

    [refused] = world.published()
    assert refused["detail"]["cause"] in (
        "sk_(removed)",
        sample("command.rotate-stream-key")["id"],
    )


def test_a_command_that_ivs_finds_malformed_is_refused_and_not_tried_again(world: World) -> None:
    world.failing = Invalid("arn: the region must be us-west-2", operation="GetChannel")

    assert world.consume(body("command.rotate-stream-key")) == {"batchItemFailures": []}

    [refused] = world.published()
    assert "the region must be us-west-2" in refused["detail"]["errors"][0]


def test_with_little_time_left_a_record_is_not_begun(world: World) -> None:
    world.seconds_left = 14

    answer = world.consume(body("command.rotate-stream-key"))

    assert len(answer["batchItemFailures"]) == 1
    assert world.seen == []
    assert world.visibility == [1]


def test_a_late_command_that_was_acted_on_is_answered_as_before(world: World) -> None:
    issued_at = (NOW - timedelta(days=1)).isoformat()

    world.consume(body("command.rotate-stream-key", issued_at=issued_at, command_id="c"))

    [(late, _)] = world.seen
    assert isinstance(late, TooLate)
    assert [event["detail-type"] for event in world.published()] == ["Rotation Skipped"]


def test_an_old_command_is_refused(world: World) -> None:
    world.answers = False
    issued_at = (NOW - timedelta(days=1)).isoformat()

    world.consume(body("command.rotate-stream-key", issued_at=issued_at))

    [refused] = world.published()
    assert refused["detail"]["errors"][0].startswith("max_age: the command is 1 day")


def test_a_command_from_an_archive_replay_is_refused(world: World) -> None:
    world.answers = False
    event = sample("command.rotate-stream-key") | {"replay-name": "yesterday"}

    world.consume(json.dumps(event))

    [refused] = world.published()
    assert refused["detail"]["errors"][0].startswith("replayed: ")


@pytest.mark.parametrize(("tries", "answers"), [(9, []), (10, ["Command Refused"])])
def test_a_command_that_goes_to_dead_letters_is_answered(
    world: World, tries: int, answers: Sequence[str]
) -> None:
    event = sample("command.rotate-stream-key", issued_at=NOW.isoformat())
    world.failing = ValueError("a surprise")

    answer = world.consume(json.dumps(event), receive_count=tries)

    assert len(answer["batchItemFailures"]) == 1
    published = world.published()
    assert [each["detail-type"] for each in published] == answers
    for each in published:
        assert each["detail"]["cause"] == event["detail"]["command_id"]
        assert each["detail"]["channel_arn"] == CHANNEL
        assert "failed 10 times" in each["detail"]["reason"]
