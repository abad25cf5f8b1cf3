"""Queues and what polls them for functions: batches, partial failures, retries, redrive.

moto keeps the messages, with their delays, visibility and receive counts. There is no
long polling: a queue is polled after a call changed it, and when a message becomes visible.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from moto.sqs.exceptions import QueueDoesNotExist, ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend, sqs_backends

from ivskit_local.runtime.batches import event_of, failed_records, record_of
from ivskit_local.runtime.clock import Clock, Due
from ivskit_local.runtime.deliveries import Delivery, Provenance, Reaction
from ivskit_local.runtime.fifo import Fifo
from ivskit_local.runtime.functions import Function
from ivskit_local.runtime.invocations import Invocation, Record
from ivskit_local.runtime.lambdas import Answer, Lambdas
from ivskit_local.runtime.permissions import Place

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(milliseconds=1)
# Lambda stops a loop of functions and queues after this many invocations.
LONGEST_LOOP = 16
# Lambda begins with five pollers and adds more; five are enough to be concurrent.
POLLERS = 5


@dataclass(eq=False)
class EventSource:
    """An event source mapping: this queue's messages, in batches, to that function."""

    queue: str
    function: Function
    batch_size: int = 10
    window: timedelta = timedelta()
    concurrency: int = POLLERS
    reports_failures: bool = False
    running: int = field(default=0, init=False)
    waiting: Due | None = field(default=None, init=False)


@dataclass(frozen=True)
class Attempt:
    """The last attempt at a message, and how it failed."""

    function: str
    error: str


class Queues:
    """The queues of one world, as functions see them."""

    def __init__(
        self, clock: Clock, place: Place, lambdas: Lambdas, provenance: Provenance
    ) -> None:
        self.sources: list[EventSource] = []
        self.failures: dict[str, Attempt] = {}
        self.unasked: list[Reaction] = []
        self.fifo = Fifo(clock, place)
        self._clock = clock
        self._place = place
        self._lambdas = lambdas
        self._provenance = provenance
        self._due: dict[str, datetime | None] = {}
        # The earliest of them, while it is known.
        self._first: tuple[datetime | None] | None = None

    @cached_property
    def _backend(self) -> SQSBackend:
        return sqs_backends[self._place.account][self._place.region]

    def exists(self, name: str) -> bool:
        return name in self._backend.queues

    def send(
        self,
        name: str,
        body: str,
        delivery: Delivery | None,
        *,
        group: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> None:
        """Put a message into a queue, on behalf of an AWS service."""
        texts = {
            key: {"DataType": "String", "StringValue": value}
            for key, value in (attributes or {}).items()
        }
        message = self._backend.send_message(name, body, message_attributes=texts, group_id=group)
        self._provenance.trace(message.id, delivery)
        self.stir(name)

    def redrive(self, name: str) -> None:
        """Move a queue's dead letters back into it, as new messages."""
        dead_letters = self._backend.queues[name].dead_letter_queue
        if dead_letters is None:
            return
        given_up = list(dead_letters._messages)
        self._backend.purge_queue(dead_letters.name)
        for message in given_up:
            self.send(name, message.body, self._provenance.of(message.id))

    def redrive_from(self, dead_letters: str) -> int | None:
        """Move what is in this dead-letter queue back; how much, or None if it is of no queue."""
        for source in self.sources:
            queue = self._backend.queues.get(source.queue)
            its_own = queue.dead_letter_queue if queue is not None else None
            if its_own is not None and its_own.name == dead_letters:
                moved = len(its_own._messages)
                self.redrive(source.queue)
                return moved
        return None

    def reconfigure(self, changed: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        """Invoke functions with other variables from now on."""
        for source in self.sources:
            variables = changed(source.function.variables)
            source.function = replace(source.function, variables=variables)

    def stir(self, name: str) -> None:
        """A call changed this queue: poll it, if it is still there."""
        for source in self.sources:
            if source.queue == name:
                self._forget_due(name)
                if self.exists(name):
                    self._poll(source)

    # A source of due things, for the clock.

    def next_due(self) -> datetime | None:
        """When the next message becomes visible that isn't yet."""
        if self._first is None:
            moments = [self._queue_due(source.queue) for source in self.sources]
            self._first = (min((one for one in moments if one is not None), default=None),)
        return self._first[0]

    def run_due(self, now: datetime) -> None:
        """Take what became visible."""
        for source in self.sources:
            moment = self._queue_due(source.queue)
            if moment is not None and moment <= now:
                self.stir(source.queue)

    def _forget_due(self, name: str) -> None:
        self._due.pop(name, None)
        self._first = None

    def _queue_due(self, name: str) -> datetime | None:
        if name not in self._due:
            queue = self._backend.queues.get(name)
            self._due[name] = self._appears_next(queue._messages) if queue is not None else None
        return self._due[name]

    def _appears_next(self, messages: Sequence[Message]) -> datetime | None:
        """When the first message shows itself that is hidden or delayed."""
        # Over thousands of messages, moto's own properties would ask for the time of each.
        now = self._clock.milliseconds()
        moments = (max(one.visible_at, one.delayed_until) for one in messages)
        hidden = min((moment for moment in moments if moment >= now), default=None)
        if hidden is None:
            return None
        # To moto a message is still invisible at the very moment that its timeout is over.
        return max(_EPOCH + timedelta(milliseconds=hidden), self._clock.now + _INSTANT)

    # Polling.

    def _poll(self, source: EventSource) -> None:
        if source.window and not self._window_is_over(source):
            return
        while source.running < source.concurrency and (batch := self._receive(source)):
            batch = [message for message in batch if not self._stopped(source, message)]
            if batch:
                source.running += 1
                self._invoke(source, batch)

    def _window_is_over(self, source: EventSource) -> bool:
        """A batch that is not full waits for more, as long as the mapping says."""
        there = len(self._backend.queues[source.queue].messages)
        if there >= source.batch_size or (source.waiting and source.waiting.at <= self._clock.now):
            if source.waiting:
                source.waiting.cancelled, source.waiting = True, None
            return True
        if there and not source.waiting:
            over = self._clock.now + source.window
            source.waiting = self._clock.at(over, lambda: self.stir(source.queue))
        return False

    def _receive(self, source: EventSource) -> Sequence[Message]:
        queue: Queue = self._backend.queues[source.queue]
        self.fifo.free_groups(source.queue)
        batch = self._backend.receive_message(
            source.queue, source.batch_size, 0, int(vars(queue)["visibility_timeout"]), ["All"]
        )
        self._forget_due(source.queue)
        if queue.dead_letter_queue is not None:
            self.stir(queue.dead_letter_queue.name)
        return batch

    def _stopped(self, source: EventSource, message: Message) -> bool:
        """Whether Lambda ends a loop here: the message goes only to the dead letters."""
        trail = self._provenance.trail_of(message.id)
        if source.function.may_loop or trail.count(source.function.physical_name) < LONGEST_LOOP:
            return False
        self._delete(source.queue, str(message.receipt_handle))
        dead_letters = self._backend.queues[source.queue].dead_letter_queue
        if dead_letters is not None:
            sent = self._backend.send_message(dead_letters.name, message.body)
            self._provenance.trace(sent.id, self._provenance.of(message.id))
            error = f"stopped by Lambda: {LONGEST_LOOP} invocations in a loop"
            self.failures[sent.id] = Attempt(source.function.name, error)
        return True

    def _invoke(self, source: EventSource, batch: Sequence[Message]) -> None:
        arn = self._place.arn("sqs", source.queue)
        payload = {"Records": [record_of(one, arn, self._place.region) for one in batch]}
        records = [self._traced(message) for message in batch]

        def done(invocation: Invocation, answer: Answer) -> None:
            self._finish(source, invocation, answer)

        self._lambdas.start(source.function, json.dumps(payload), records, done)

    def _traced(self, message: Message) -> Record:
        return Record(
            message_id=message.id,
            receipt_handle=str(message.receipt_handle),
            event=event_of(message.body),
            delivery=self._provenance.of(message.id),
            trail=self._provenance.trail_of(message.id),
        )

    # The end of a batch.

    def _finish(self, source: EventSource, invocation: Invocation, answer: Answer) -> None:
        failed = failed_records(
            invocation.records, answer, reports_failures=source.reports_failures
        )
        for record in invocation.records:
            if record.message_id in failed:
                error = failed[record.message_id]
                self.failures[record.message_id] = Attempt(source.function.name, error)
            else:
                self._delete(source.queue, record.receipt_handle)
        self.unasked += invocation.finish(failed, died=answer.error is not None)
        source.running -= 1
        self.stir(source.queue)

    def _delete(self, queue: str, receipt_handle: str) -> None:
        try:
            self._backend.delete_message(queue, receipt_handle)
        except (ReceiptHandleIsInvalid, QueueDoesNotExist):
            return  # purged or deleted meanwhile
