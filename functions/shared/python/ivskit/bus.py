"""Publishes outcomes on the ivskit bus."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ivskit import names
from ivskit.errors import Unavailable
from ivskit.outcomes import Outcome

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


class Bus:
    """The ivskit bus, seen from a function."""

    def __init__(self, client: "EventBridgeClient", *, name: str) -> None:
        self._client = client
        self._name = name

    def publish(self, outcomes: Sequence[Outcome]) -> None:
        """Publish all in one call; raises Unavailable when the bus took not every one."""
        answer = self._client.put_events(Entries=[self._entry(outcome) for outcome in outcomes])
        # PutEvents answers 200 also when it refused entries.
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
