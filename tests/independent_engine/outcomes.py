"""What functions publish on the ivskit bus, read through a rule and a queue of our own."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from ivskit.commands import Command
from tests.independent_engine.ivs import Ivs
from tests.independent_engine.ministack import MiniStack
from tests.independent_engine.steps import check

BUS, NAME = "ivskit-dev", "independent-engine"
WAIT_SECONDS = 60


@dataclass
class Outcomes:
    """The outcomes so far; while it waits, events of IVS are delivered."""

    engine: MiniStack
    ivs: Ivs
    seen: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sqs, self._events = self.engine.client("sqs"), self.engine.client("events")

    def watch(self) -> None:
        """Send all outcomes to a queue of ours."""
        self._queue = self._sqs.create_queue(QueueName=NAME)["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        arn = asked["Attributes"]["QueueArn"]
        self._sqs.set_queue_attributes(QueueUrl=self._queue, Attributes={"Policy": _policy(arn)})
        pattern = json.dumps({"source": ["ivskit.outcome"]})
        self._events.put_rule(Name=NAME, EventBusName=BUS, EventPattern=pattern)
        target = {"Id": NAME, "Arn": arn}
        put = self._events.put_targets(Rule=NAME, EventBusName=BUS, Targets=[target])
        check(put["FailedEntryCount"] == 0, "the rule of ours has its target")

    def leave(self) -> None:
        """Remove the rule, since a bus that has one of ours cannot be deleted, and the queue."""
        self._events.remove_targets(Rule=NAME, EventBusName=BUS, Ids=[NAME])
        self._events.delete_rule(Name=NAME, EventBusName=BUS)
        self._sqs.delete_queue(QueueUrl=self._queue)

    def send(self, command: Command) -> str:
        """Put a person's command on the bus; its id."""
        put = self._events.put_events(Entries=[command.entry(BUS)])
        check(put["FailedEntryCount"] == 0, f"the bus takes {command.detail_type}")
        return command.command_id

    def wait(self, name: str, **fields: object) -> dict[str, Any]:
        """The details of the first outcome of this name with these fields."""
        return self.wait_for(1, name, **fields)[0]

    def wait_for(self, count: int, name: str, **fields: object) -> list[dict[str, Any]]:
        """The details of as many such outcomes, in the order in which they came."""
        deadline = time.monotonic() + WAIT_SECONDS
        while len(found := self._matching(name, fields)) < count:
            names = [each["detail-type"] for each in self.seen]
            late = f"{name} {fields} within {WAIT_SECONDS} s; there were {names}"
            check(time.monotonic() < deadline, late)
            self._receive()
        return found

    def _matching(self, name: str, fields: dict[str, object]) -> list[dict[str, Any]]:
        details = [each["detail"] for each in self.seen if each["detail-type"] == name]
        return [each for each in details if fields.items() <= each.items()]

    def _receive(self) -> None:
        self.ivs.deliver_events(self.engine)
        received = self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=1
        )
        for message in received.get("Messages", []):
            self.seen.append(json.loads(message["Body"]))
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])


def _policy(queue_arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
