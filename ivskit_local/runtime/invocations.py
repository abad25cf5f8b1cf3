"""An invocation: a batch of records in a handler, and which call belongs to which record."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from ivskit import names
from ivskit_local.runtime.calls import Call, Caller, Request
from ivskit_local.runtime.deliveries import Delivery, Event, Reaction


@dataclass(eq=False)
class Record:
    """One queue message in an invocation."""

    message_id: str
    receipt_handle: str
    event: Event
    delivery: Delivery | None
    trail: Sequence[str] = ()
    calls: list[Call] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    outcomes: list[Mapping[str, Any]] = field(default_factory=list)
    closed: bool = False
    ms: float = 0.0

    def is_about(self, event_id: object) -> bool:
        """Whether an outcome that names this event can be this record's."""
        detail = self.event.get("detail")
        looked_at = detail.get("event_id") if isinstance(detail, dict) else None
        known = (self.event.get("id"), looked_at, self.message_id)
        return event_id is not None and event_id in known


@dataclass(eq=False)
class Invocation(Caller):
    """A batch of records on its way through a handler.

    A handler works on one record after the other, and ends each by publishing its outcome or by
    changing its visibility: what it does in between belongs to that record.
    """

    records: list[Record] = field(default_factory=list)
    began: float = field(default_factory=perf_counter)

    def __post_init__(self) -> None:
        self._mark = 0.0

    @property
    def current(self) -> Record:
        """The record being worked on; the last one once all are done."""
        return next((record for record in self.records if not record.closed), self.records[-1])

    def note_line(self, line: str) -> None:
        """The function printed this."""
        self.current.lines.append(line)

    def note_call(self, call: Call, request: Request) -> None:
        """The function made this call; it may be the one that ends a record."""
        super().note_call(call, request)
        self.current.calls.append(call)
        match (call.service, call.operation):
            case ("events", "PutEvents") if call.error is None:
                self._note_outcomes(request.parameters["Entries"])
            case ("sqs", "ChangeMessageVisibility"):
                self._given_back(request.parameters["ReceiptHandle"])
            case ("sqs", "ChangeMessageVisibilityBatch"):
                for entry in request.parameters["Entries"]:
                    self._given_back(entry["ReceiptHandle"])

    def _note_outcomes(self, entries: Sequence[Mapping[str, str]]) -> None:
        for entry in (one for one in entries if one["Source"] == names.OUTCOME):
            outcome = {**json.loads(entry["Detail"]), "name": entry["DetailType"]}
            record = self._record_of(outcome)
            if not record.closed:
                # The last of several is the record's own; completed earlier work comes first.
                record.outcomes.append(outcome)
        for record in self.records:
            if record.outcomes:
                self._close(record)

    def _record_of(self, outcome: Mapping[str, Any]) -> Record:
        about = [record for record in self.records if record.is_about(outcome.get("event_id"))]
        # One event may have come as several records, each about a channel of its own.
        arn = outcome.get("channel_arn")
        about = [record for record in about if _channel(record.event) == arn] or about
        unfinished = [record for record in about if not record.closed]
        return next(iter(unfinished or about), self.current)

    def _given_back(self, receipt_handle: str) -> None:
        for record in self.records:
            if record.receipt_handle == receipt_handle:
                self._close(record)

    def _close(self, record: Record) -> None:
        if not record.closed:
            record.closed = True
            record.ms, self._mark = self._elapsed() - self._mark, self._elapsed()

    def _elapsed(self) -> float:
        """Real milliseconds, without those in which other threads had the baton."""
        return (perf_counter() - self.began - self.task.waited) * 1000

    def finish(self, failed: Mapping[str, str], *, died: bool) -> Sequence[Reaction]:
        """Add the reaction to every record's delivery; failed: message id to error.

        A record that was finished when the function died counts as done, though it is retried.
        Returns the reactions that belong to no delivery: those to recurring schedules.
        """
        unasked: list[Reaction] = []
        for record in self.records:
            self._close(record)
            over = died and bool(record.outcomes)
            error = None if over else failed.get(record.message_id)
            reactions = unasked if record.delivery is None else record.delivery.reactions
            reactions.append(self._reaction(record, error))
        return unasked

    def _reaction(self, record: Record, error: str | None) -> Reaction:
        *before, said = record.outcomes if error is None and record.outcomes else [{}]
        return Reaction(
            function=self.function,
            outcome=said.get("name"),
            reason=said.get("reason"),
            channel_arn=said.get("channel_arn") or _channel(record.event),
            calls=tuple(record.calls),
            ms=round(record.ms, 3),
            error=error,
            at=next((call.at for call in (*record.calls, *reversed(self.calls))), None),
            before=[(each["name"], each["reason"]) for each in before],
            event=record.event,
            message_id=record.message_id,
        )


def _channel(event: Event) -> str | None:
    """The channel that an event names."""
    detail = event.get("detail")
    fields = detail if isinstance(detail, dict) else {}
    several = fields.get("channel_arns") or event.get("resources")
    named = [fields.get("channel_arn"), *(several if isinstance(several, list) else ())]
    return next((str(one) for one in named if one), None)


def last_error(lines: Sequence[str]) -> str | None:
    """The last error in a structured log."""
    return next(filter(None, map(_logged_error, reversed(lines))), None)


def _logged_error(line: str) -> str | None:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return None
    if not isinstance(entry, dict) or entry.get("level") not in ("ERROR", "CRITICAL"):
        return None
    return next(_error_texts(entry), None)


def _error_texts(entry: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(entry.get("error"), str):
        yield entry["error"]
    if isinstance(entry.get("exception"), str):
        yield entry["exception"].strip().rpartition("\n")[2]
    yield str(entry.get("message"))
