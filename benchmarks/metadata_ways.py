"""Ways to push timed metadata: the function under test, and simpler ones, for metadata.py."""

import importlib.util
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from benchmarks.metadata_service import START, Sent, Service, arn
from ivskit.commands import PushMetadata
from ivskit_local.runtime.clock import Clock
from ivskit_local.runtime.sandboxes import own_loggers

HANDLER = Path(__file__).parents[1] / "functions/push_metadata/handler.py"
ENVIRONMENT = {
    "POWERTOOLS_SERVICE_NAME": "push_metadata",
    "POWERTOOLS_METRICS_NAMESPACE": "ivskit",
    "IVSKIT_STAGE": "dev",
    "IVSKIT_BUS": "ivskit-dev",
    "IVSKIT_QUEUE_URL": "https://sqs.us-west-2.amazonaws.com/1/metadata.fifo",
    "IVSKIT_DEAD_LETTERS_URL": "https://sqs.us-west-2.amazonaws.com/1/dead.fifo",
    "IVSKIT_POLICY": '{"channels":"all"}',
    "IVSKIT_COMMAND_CHANNELS": "all",
    "IVSKIT_MEMORY": "memory",
    "AWS_DEFAULT_REGION": "us-west-2",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}
REDELIVERED_AFTER = 30.0


class Handlers:
    """The function under test, with a copy of its module for each lane."""

    def __init__(self, service: Service, lanes: int, *, coalesce: bool) -> None:
        self._service = service
        self._coalesce = coalesce
        self._visible_in: dict[str, float] = {}
        self._modules = [_copy_of_handler(lane) for lane in range(lanes)]

    def work(self, lane: int, batch: Sequence[Sent]) -> tuple[Sequence[Sent], float]:
        records = [self._record(sent) for sent in batch]
        answer = self._modules[lane].handler({"Records": records}, Context())
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        left = [sent for sent in batch if sent.name in failed]
        seconds = max((self._visible_in.pop(sent.name, 180.0) for sent in left), default=0.0)
        return left, seconds

    def _record(self, sent: Sent) -> dict[str, Any]:
        command = PushMetadata.issue(
            command_id=sent.name,
            issued_at=START + timedelta(seconds=sent.at),
            channel_arns=[arn(sent.channel)],
            metadata=sent.metadata,
            coalesce=self._coalesce,
        )
        [message] = command.messages()
        return {
            "messageId": sent.name,
            "receiptHandle": sent.name,
            "body": message["MessageBody"],
            "attributes": {
                "ApproximateReceiveCount": "1",
                "MessageGroupId": message["MessageGroupId"],
                "SequenceNumber": str(18849496460467696128 + 256 * sent.number),
            },
        }

    def answer(self, client: Any, operation: str, asked: Mapping[str, Any]) -> Any:
        """The answer of AWS to a call of the handler."""
        if operation == "PutMetadata":
            return self._put(client, asked)
        if operation == "ChangeMessageVisibilityBatch":
            for entry in asked["Entries"]:
                self._visible_in[entry["ReceiptHandle"]] = entry["VisibilityTimeout"]
        if operation == "PutEvents":
            self._service.travel()
        return {
            "channels": [{"arn": one, "tags": {}} for one in asked.get("arns", ())],
            "Entries": [{"EventId": "1"} for _ in asked.get("Entries", ())],
            "Responses": {},
            "Parameter": {"Value": "off"},
        }

    def _put(self, client: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
        if self._service.put_metadata(asked["channelArn"], asked["metadata"]):
            return {}
        said: Any = {
            "Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"},
            "ResponseMetadata": {"HTTPStatusCode": 429},
        }
        raise client.exceptions.from_code("ThrottlingException")(said, "PutMetadata")


class Context:
    """The part of Lambda's context that the handler reads."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "x"

    def get_remaining_time_in_millis(self) -> int:
        """Enough."""
        return 30_000


def _copy_of_handler(lane: int) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"push_metadata_lane_{lane}", HANDLER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with own_loggers():  # or the next function of this name in the process would log to them
        spec.loader.exec_module(module)
    return module


@dataclass
class Sdk:
    """A plain client in botocore's standard mode: three attempts, exponential backoff."""

    service: Service
    random: Random = field(default_factory=lambda: Random(13))

    def push(self, sent: Sent) -> bool:
        text = json.dumps(sent.metadata)
        for attempt in range(3):
            if self.service.put_metadata(arn(sent.channel), text):
                return True
            self.service.clock.sleep(self.random.random() * 2**attempt)
        return False

    def work(self, lane: int, batch: Sequence[Sent]) -> tuple[Sequence[Sent], float]:
        """An event source's batch without pacing; what fails ends the batch."""
        for done, sent in enumerate(batch):
            if not self.push(sent):
                return batch[done:], REDELIVERED_AFTER
        return (), 0


class Loop:
    """Threads that each push whatever is next; what fails is lost.

    every: how long after the last push began the next begins, at least.
    """

    def __init__(self, clock: Clock, sdk: Sdk, threads: int, every: float = 0.0) -> None:
        self._every = timedelta(seconds=every)
        self._clock = clock
        self._sdk = sdk
        self._free = threads
        self._waiting: deque[Sent] = deque()

    def send(self, sent: Sent) -> None:
        self._waiting.append(sent)
        if self._free:
            self._free -= 1
            self._clock.threads.spawn("loop", self._run)

    def _run(self) -> None:
        while self._waiting:
            next_at = self._clock.now + self._every
            self._sdk.push(self._waiting.popleft())
            if next_at > self._clock.now:
                self._clock.sleep((next_at - self._clock.now).total_seconds())
        self._free += 1
