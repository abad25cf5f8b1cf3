"""Reads what a stage remembers of channels: the items of its memory table, and changes nothing."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ivskit import formats, names
from ivskit_cli.deployed import client_of

# The attributes that say how a channel stands; none of them holds the value of a key.
# Only the sweep's own item has its round.
READ = (
    "blocked",
    "causes",
    "intent",
    "key",
    "lockout",
    "restricted",
    "round",
    "session",
    "stopping",
)
_MOST_ITEMS = 100
Item = Mapping[str, Any]


class MemoryRead:
    """The memory table of a stage; `what` is the parameter that names it."""

    def __init__(self, stage: str) -> None:
        parameter = client_of("ssm").get_parameter(Name=names.memory_parameter(stage))
        self._table: str = parameter["Parameter"]["Value"]
        self._client = client_of("dynamodb")

    def of(self, arns: Iterable[str]) -> dict[str, Item]:
        """What is remembered of these channels, by ARN; a channel may have nothing."""
        wanted = list(arns)
        found: dict[str, Item] = {}
        while wanted:
            some, wanted = wanted[:_MOST_ITEMS], wanted[_MOST_ITEMS:]
            answer = self._client.batch_get_item(RequestItems={self._table: _request(some)})
            for item in answer["Responses"][self._table]:
                found[item["channel_arn"]["S"]] = _parsed(item)
            missed = answer["UnprocessedKeys"].get(self._table, {"Keys": []})["Keys"]
            wanted += [key["channel_arn"]["S"] for key in missed]
        return found


def _request(arns: Iterable[str]) -> dict[str, Any]:
    return {
        "Keys": [{"channel_arn": {"S": arn}} for arn in arns],
        "ProjectionExpression": ", ".join(["channel_arn", "v", *(f"#{name}" for name in READ)]),
        "ExpressionAttributeNames": {f"#{name}": name for name in READ},
    }


def _parsed(item: Mapping[str, Any]) -> Item:
    formats.check_item(item, formats.MEMORY, what="memory of the channel")
    return {name: json.loads(item[name]["S"]) for name in READ if name in item}


def moment(text: object) -> datetime | None:
    """A time in an item."""
    return datetime.fromisoformat(text) if isinstance(text, str) else None
