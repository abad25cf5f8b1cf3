"""What ivskit remembers of channels, as far as the page shows it: read from its memory table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivskit import names

# DynamoDB returns no more items in one call.
_MOST_ITEMS = 100


@dataclass(frozen=True)
class Remembered:
    """The memory table at one moment.

    blocked: by channel, the command that blocks it; restricted: by channel, what is remembered of
    its restriction; sweep: what the newest sweep found.
    """

    blocked: Mapping[str, Mapping[str, Any]]
    restricted: Mapping[str, Mapping[str, Any]]
    sweep: Mapping[str, Any]

    def is_taken_down(self, channel_arn: str) -> bool:
        """Whether a take-down blocks the channel."""
        return bool(self.blocked.get(channel_arn, {}).get("taken_down"))

    def is_changing(self, channel_arn: str) -> bool:
        """Whether a change of the restriction waits for the end of a stream."""
        return "changing" in self.restricted.get(channel_arn, {})

    def unhealthy(self, stream_id: str) -> Sequence[str]:
        """The metrics of the stream that are unhealthy, in words."""
        return list(unhealthy(self.sweep, stream_id))

    @property
    def viewers(self) -> Sequence[tuple[datetime, float]]:
        """How many watched at each sweep of the last hour, where the sweep watches quotas."""
        points = self.sweep.get("points", ())
        return [(datetime.fromisoformat(at), viewers) for at, _, viewers in points]


def unhealthy(sweep: Mapping[str, Any], stream_id: str) -> Mapping[str, str]:
    """The metrics of a stream that the newest sweep found unhealthy, in words, and since when."""
    metrics: Mapping[str, Any] = sweep.get("health", {}).get(stream_id, {})
    begun = {name: each.get("since") for name, each in metrics.items()}
    return {name.replace("_", " "): since for name, since in begun.items() if since}


def remembered(client: Any, table: str, channel_arns: Sequence[str]) -> Remembered:
    """What the table has of these channels and of the sweep."""
    found: dict[str, dict[str, Any]] = {}
    wanted = [names.SWEEP_ITEM, *channel_arns]
    for first in range(0, len(wanted), _MOST_ITEMS):
        keys = [{"channel_arn": {"S": arn}} for arn in wanted[first : first + _MOST_ITEMS]]
        answer = client.batch_get_item(RequestItems={table: {"Keys": keys}})
        found |= {item["channel_arn"]["S"]: item for item in answer["Responses"][table]}
    sweep = _value(found.pop(names.SWEEP_ITEM, {}), "round")
    blocked = {arn: _value(item, "blocked") for arn, item in found.items() if "blocked" in item}
    restricted = {arn: _value(item, "restricted") for arn, item in found.items()}
    return Remembered(blocked, restricted, sweep)


def _value(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value: Mapping[str, Any] = json.loads(item[name]["S"]) if name in item else {}
    return value
