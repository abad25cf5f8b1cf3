"""What all parts of a random day are made with: steps as dictionaries, and spans in seconds."""

from typing import Any

MINUTE, HOUR = 60, 3_600
DAY = 8 * HOUR
# A step of a scenario; its moment is in seconds until the day is whole.
Step = dict[str, Any]


def act(at: int, channel: str, do: str, **more: Any) -> Step:
    """Somebody does something about a channel, which may be impossible at that moment."""
    return {"at": at, "do": do, "channel": channel, "may_fail": True, **more}
