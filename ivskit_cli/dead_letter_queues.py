"""The dead-letter queues of a stage, and what is in them; reading leaves every message there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from ivskit import names
from ivskit_cli.checks import Account
from ivskit_cli.deployed import client_of
from ivskit_local.errors import WrongUsage

_DEAD_LETTERS = "-dead-letters"
# A message that was read is hidden this long at most; it is let go at once.
_HIDDEN_SECONDS = 30
MOST_READ = 1_000
# The queue of metadata is named for what is in it.
_FUNCTIONS = {"metadata": "push-metadata"}


@dataclass(frozen=True)
class Letter:
    """A message that was given up; error_code and error_message: why it could not be delivered."""

    queue: "DeadLetterQueue"
    message_id: str
    body: str
    sent_at: datetime
    error_code: str | None = None
    error_message: str | None = None

    @cached_property
    def event(self) -> Mapping[str, Any]:
        """What it asked for, in the shape of an event; empty where it is none."""
        try:
            event = json.loads(self.body)
        except ValueError:
            return {}
        return event if isinstance(event, dict) else {}

    @property
    def detail(self) -> Mapping[str, Any]:
        """The detail of its event; empty where it has none."""
        detail = self.event.get("detail")
        return detail if isinstance(detail, dict) else {}

    @property
    def event_id(self) -> str:
        """The event that began it all: a look-again message names it."""
        return str(self.detail.get("event_id") or self.event.get("id") or self.message_id)

    @property
    def replayable(self) -> str:
        """Its body; what a schedule sent gets the account, region and time that a replay needs."""
        if self.event.get("source") != names.SCHEDULE:
            return self.body
        _, _, _, region, account, _ = self.queue.arn.split(":")
        place = {"account": account, "region": region, "time": self.sent_at.isoformat()}
        return json.dumps({"version": "0", "resources": [], **place, **self.event})

    @property
    def what(self) -> str:
        """What it asked for, in a few words with an id."""
        name = self.detail.get("purpose") or self.detail.get("event_name")
        kind = name or self.event.get("detail-type") or "a message that is no event"
        ids = ("command_id", "stream_id", "job", "cause")
        about = next((self.detail[each] for each in ids if self.detail.get(each)), self.event_id)
        return f"{kind} {about}"


@dataclass(frozen=True)
class DeadLetterQueue:
    """A dead-letter queue; name: without stage and ending, as a person types it."""

    url: str
    arn: str
    full_name: str
    name: str
    count: int

    @property
    def function(self) -> str:
        """The name by which its function's log begins."""
        return _FUNCTIONS.get(self.name, self.name)


class DeadLetters:
    """The dead-letter queues of one stage."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._sqs = client_of("sqs")
        account = Account(stage, client_of)
        if account.published("bus") is None:
            # Asked for itself, so that the error is that of every other command.
            client_of("ssm").get_parameter(Name=f"/ivskit/{stage}/bus")
        self._others = [each for each in account.stages if each.startswith(f"{stage}-")]

    def queues(self) -> list[DeadLetterQueue]:
        """All of them, also those that are empty; by name."""
        return sorted(self._queues(), key=lambda queue: queue.name)

    def called(self, wanted: Sequence[str]) -> list[DeadLetterQueue]:
        """Those that are called so, or all without names; raises WrongUsage."""
        found = self.queues()
        known = {name: each for each in found for name in (each.name, each.full_name)}
        unknown = [name for name in wanted if name not in known]
        if unknown:
            every = ", ".join(each.name for each in found)
            raise WrongUsage(f"stage {self._stage} has no queue {unknown[0]}; it has {every}")
        return [known[name] for name in dict.fromkeys(wanted)] if wanted else found

    def read(self, queue: DeadLetterQueue) -> list[Letter]:
        """What is in a queue, oldest first, 1,000 at most."""
        found: dict[str, Letter] = {}
        handles: dict[str, str] = {}
        try:
            for message in self._received(queue):
                handles[message["MessageId"]] = message["ReceiptHandle"]
                found[message["MessageId"]] = _letter(queue, message)
        finally:
            self._let_go(queue, list(handles.values()))
        return sorted(found.values(), key=lambda letter: letter.sent_at)

    def _queues(self) -> Iterator[DeadLetterQueue]:
        prefix = f"ivskit-{self._stage}-"
        for page in self._sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix):
            for url in page.get("QueueUrls", ()):
                full_name = url.rpartition("/")[2]
                if _DEAD_LETTERS in full_name and not self._is_of_another(full_name):
                    yield self._queue(url, full_name, prefix)

    def _is_of_another(self, full_name: str) -> bool:
        return any(full_name.startswith(f"ivskit-{other}-") for other in self._others)

    def _queue(self, url: str, full_name: str, prefix: str) -> DeadLetterQueue:
        asked = ["ApproximateNumberOfMessages", "QueueArn"]
        said = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
        name = full_name.removeprefix(prefix).partition(_DEAD_LETTERS)[0]
        count = int(said["ApproximateNumberOfMessages"])
        return DeadLetterQueue(url, said["QueueArn"], full_name, name, count)

    def _received(self, queue: DeadLetterQueue) -> Iterator[Mapping[str, Any]]:
        read = 0
        while read < MOST_READ:
            answer = self._sqs.receive_message(
                QueueUrl=queue.url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=_HIDDEN_SECONDS,
                # A short poll asks only some of the servers.
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["SentTimestamp"],
                MessageAttributeNames=["All"],
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            read += len(messages)
            yield from messages

    def _let_go(self, queue: DeadLetterQueue, handles: Sequence[str]) -> None:
        for first in range(0, len(handles), 10):
            entries = [
                {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for number, handle in enumerate(handles[first : first + 10])
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=queue.url, Entries=entries)


def _letter(queue: DeadLetterQueue, message: Mapping[str, Any]) -> Letter:
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    said = message.get("MessageAttributes", {})
    code, text = (said.get(name, {}).get("StringValue") for name in ("ERROR_CODE", "ERROR_MESSAGE"))
    return Letter(queue, message["MessageId"], message["Body"], sent, code, text)


def is_command(letter: Letter) -> bool:
    """Whether a person or an application asked for it."""
    return letter.event.get("source") == names.COMMAND
