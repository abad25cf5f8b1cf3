"""PutEvents as EventBridge answers it: entry by entry, and strict."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivskit_local.runtime.buses import Buses
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.clock import Clock
from ivskit_local.runtime.deliveries import Delivery, Event
from ivskit_local.runtime.gate import Proceed, Response
from ivskit_local.runtime.invocations import Invocation

MOST_ENTRIES = 10
LARGEST_REQUEST = 256 * 1024


@dataclass(frozen=True)
class Published:
    """An event that a function put on a bus."""

    function: str
    bus: str
    at: datetime
    event: Event


class PutEvents:
    """The operation, in one world."""

    def __init__(
        self, clock: Clock, buses: Buses, deliver: Callable[[Event, str], Delivery]
    ) -> None:
        self.published: list[Published] = []
        self._clock = clock
        self._buses = buses
        self._deliver = deliver

    def __call__(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        """Answer a request; outside of any function, each event is a delivery of its own."""
        request.validate()
        entries = request.parameters["Entries"]
        if len(entries) > MOST_ENTRIES:
            raise request.refused(
                "ValidationException",
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
                f"Member must have length less than or equal to {MOST_ENTRIES}",
            )
        if sum(map(_size, entries)) > LARGEST_REQUEST:
            raise request.refused(
                "ValidationException", "Total size of the entries in the request is over the limit."
            )
        results = [self._put(entry, caller) for entry in entries]
        failed = sum("ErrorCode" in result for result in results)
        return {
            "FailedEntryCount": failed,
            "Entries": results,
            "ResponseMetadata": {"HTTPStatusCode": 200, "RetryAttempts": 0},
        }

    def _put(self, entry: Mapping[str, Any], caller: Caller | None) -> Mapping[str, str]:
        refusal = self._refusal(entry)
        if refusal is not None:
            return {"ErrorCode": refusal[0], "ErrorMessage": refusal[1]}
        event = self._buses.envelope(entry)
        name = entry.get("EventBusName", "default")
        if isinstance(caller, Invocation):
            self._publish(event, name, caller)
        else:
            self._deliver(event, name)
        return {"EventId": event["id"]}

    def _publish(self, event: Event, name: str, caller: Invocation) -> None:
        bus = self._buses.named(name)
        self.published.append(Published(caller.function, bus.name, self._clock.now, event))
        self._buses.route(bus, event, caller.current.delivery)

    def _refusal(self, entry: Mapping[str, Any]) -> tuple[str, str] | None:
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
                return "InvalidArgument", message
        if entry["Source"].startswith("aws."):
            return "NotAuthorizedForSourceException", "Not authorized for the source."
        if not _is_object(entry["Detail"]):
            return "MalformedDetail", "Detail is malformed."
        if self._buses.find(entry.get("EventBusName", "default")) is None:
            return "InvalidArgument", f"Event bus {entry['EventBusName']} does not exist."
        return None


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except json.JSONDecodeError:
        return False


def _size(entry: Mapping[str, Any]) -> int:
    """As EventBridge counts: the texts in UTF-8, and 14 bytes for a time."""
    texts = [entry.get(name, "") for name in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources", [])
    return sum(len(text.encode()) for text in texts) + (14 if "Time" in entry else 0)
