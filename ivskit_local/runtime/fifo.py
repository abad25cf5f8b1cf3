"""FIFO queues as SQS has them, where moto has them otherwise.

A repeat is one for five minutes, also when the first is gone already, and within its group only if
the queue says so; sequence numbers grow; a group is locked while any message of it is in flight,
and free again, from its first message on, when all of them are back.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from moto.sqs.models import Queue, SQSBackend, sqs_backends

from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.clock import Clock
from ivskit_local.runtime.gate import Proceed, Response
from ivskit_local.runtime.permissions import Place

REPEATS_FOR = timedelta(minutes=5)
# Twenty digits, and not consecutive, as those of SQS.
_FIRST_NUMBER, _STEP = 18849496460467696128, 256

Entry = Mapping[str, Any]
Key = tuple[str, str, str]


class Fifo:
    """What is known of the FIFO queues of one world."""

    def __init__(self, clock: Clock, place: Place) -> None:
        self._clock = clock
        self._place = place
        self._numbers = count(_FIRST_NUMBER, _STEP)
        self._sent: dict[Key, tuple[datetime, Mapping[str, Any]]] = {}

    @property
    def _backend(self) -> SQSBackend:
        return sqs_backends[self._place.account][self._place.region]

    def send(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        """SendMessage."""
        queue = self._queue(request)
        if queue is None:
            return proceed(request.parameters)
        key = _key(queue, request.parameters)
        known = self._known(key)
        if known is not None:
            return dict(known)
        response = proceed(self._unmistakable(queue, request.parameters))
        return dict(self._noted(queue, key, response))

    def send_batch(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        """SendMessageBatch."""
        queue = self._queue(request)
        if queue is None:
            return proceed(request.parameters)
        entries = request.parameters["Entries"]
        keys = {entry["Id"]: _key(queue, entry) for entry in entries}
        first = {key: name for name, key in reversed(keys.items()) if self._known(key) is None}
        wanted = set(first.values())
        fresh = [self._unmistakable(queue, one) for one in entries if one["Id"] in wanted]
        response: Response = {"Successful": [], "ResponseMetadata": {"HTTPStatusCode": 200}}
        if fresh:
            response = proceed({**request.parameters, "Entries": fresh})
        for said in response["Successful"]:
            said |= self._noted(queue, keys[said["Id"]], said)
        return {**response, "Successful": self._with_repeats(keys, response["Successful"])}

    def free_groups(self, name: str) -> None:
        """To moto a message that is back keeps its group locked until somebody receives it."""
        queue = self._backend.queues[name]
        for message in list(queue.pending_messages):
            if message.visible:
                queue.pending_messages.discard(message)

    def _queue(self, request: Request) -> Queue | None:
        name = request.parameters["QueueUrl"].rpartition("/")[2]
        queue = self._backend.queues.get(name)
        return queue if queue is not None and queue.fifo_queue else None

    def _known(self, key: Key) -> Mapping[str, Any] | None:
        sent, said = self._sent.get(key, (None, None))
        return said if sent is not None and self._clock.now - sent < REPEATS_FOR else None

    def _unmistakable(self, queue: Queue, entry: Entry) -> Entry:
        """An entry that moto takes for no repeat; without an id it may well refuse it."""
        by_content = vars(queue)["content_based_deduplication"]
        if not by_content and not entry.get("MessageDeduplicationId"):
            return entry
        return {**entry, "MessageDeduplicationId": str(next(self._numbers))}

    def _noted(self, queue: Queue, key: Key, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer with the message's number, remembered for its repeats."""
        number = str(next(self._numbers))
        [message] = [one for one in queue._messages if one.id == said["MessageId"]]
        message.deduplication_id, message.sequence_number = key[2], number
        noted = {**said, "SequenceNumber": number}
        self._sent[key] = (self._clock.now, noted)
        return noted

    def _with_repeats(
        self, keys: Mapping[str, Key], fresh: Sequence[Mapping[str, Any]]
    ) -> list[Mapping[str, Any]]:
        done = {said["Id"] for said in fresh}
        known = {name: self._known(key) for name, key in keys.items() if name not in done}
        return [*fresh, *({**said, "Id": name} for name, said in known.items() if said)]


def _key(queue: Queue, entry: Entry) -> Key:
    """What two messages share if the second is a repeat."""
    content = hashlib.sha256(entry["MessageBody"].encode()).hexdigest()
    group = entry.get("MessageGroupId", "")
    within = group if vars(queue)["deduplication_scope"] == "messageGroup" else ""
    return queue.name, within, entry.get("MessageDeduplicationId") or content
