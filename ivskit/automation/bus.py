"""Publishes outcomes on the ivskit bus."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ivskit import names
from ivskit.errors import Unavailable
from ivskit.outcomes import Outcome

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

    from ivskit.changes import MissedChange

# The limits of a PutEvents call: entries, and bytes with some room for what surrounds a detail.
_MOST_ENTRIES = 10
_LARGEST_CALL = 240_000


class Bus:
    """The ivskit bus, seen from a function."""

    def __init__(self, client: "EventBridgeClient", *, name: str) -> None:
        self._client = client
        self._name = name

    def publish(self, outcomes: Sequence[Outcome]) -> None:
        """Publish all, up to ten in a call; raises Unavailable when EventBridge refuses one."""
        for entries in _calls([self._entry(outcome) for outcome in outcomes]):
            self._put(entries)

    def republish(self, changes: Sequence["MissedChange"]) -> None:
        """Re-emit changes whose events were missed; raises Unavailable as above."""
        for entries in _calls([self._entry_of(change) for change in changes]):
            self._put(entries)

    def _put(self, entries: Sequence[Any]) -> None:
        answer = self._client.put_events(Entries=entries)
        # PutEvents answers 200 even when it refused entries.
        refused = [entry for entry in answer["Entries"] if "EventId" not in entry]
        if refused:
            code, message = refused[0].get("ErrorCode", ""), refused[0].get("ErrorMessage", "")
            raise Unavailable(message, operation="PutEvents", code=code)

    def _entry(self, outcome: Outcome) -> Any:
        return {
            "EventBusName": self._name,
            "Source": names.OUTCOME,
            "DetailType": outcome.name,
            "Detail": outcome.model_dump_json(exclude_none=True),
            "Resources": [outcome.channel_arn] if outcome.channel_arn else [],
        }

    def _entry_of(self, change: "MissedChange") -> Any:
        return {
            "EventBusName": self._name,
            "Source": names.RECONCILE,
            "DetailType": names.STREAM_STATE_CHANGE,
            "Time": change.at,
            "Detail": json.dumps(change.detail),
            "Resources": [change.channel_arn],
        }


def _calls(entries: Sequence[Any]) -> Iterator[Sequence[Any]]:
    call: list[Any] = []
    size = 0
    for entry in entries:
        adds = len(entry["Detail"].encode())
        if call and (len(call) == _MOST_ENTRIES or size + adds > _LARGEST_CALL):
            yield call
            call, size = [], 0
        call.append(entry)
        size += adds
    if call:
        yield call
