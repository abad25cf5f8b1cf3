"""What functions send to themselves and to each other, as an event that can be replayed.

Such a message has no account, region and time of its own: those of its channel, and of what it is
about, take their places.
"""

from collections.abc import Mapping
from typing import Any

from ivskit import names

_REVOCATION = (names.REVOCATION_SOURCE, names.FORMER_REVOCATION_SOURCE)


def completed(value: Any) -> Any:
    """The message as an event; whatever is no message of ivskit is returned as it is.

    Raises ValueError for a message that works only in the deployment that sent it.
    """
    if not isinstance(value, dict) or "account" in value:
        return value
    detail = value.get("detail")
    if not isinstance(detail, dict):
        return value
    if value.get("source") in _REVOCATION:
        raise ValueError(
            f"is a message of the revocation {detail.get('job', '?')}, which works only with the"
            " table of jobs: replay its command, or redrive the message"
        )
    time = detail.get(_TIMES.get(str(value.get("source")), ""))
    arn = _channel_of(detail)
    if time is None or arn is None:
        return value
    return {"version": "0", **_place(arn), "time": time, "resources": [], **value}


# Which field of the detail says when the message is due, or was sent.
_TIMES = {names.COMMAND: "issued_at", names.LOOK_AGAIN_SOURCE: "due"}


def _channel_of(detail: Mapping[str, Any]) -> str | None:
    named = [detail.get("channel_arn"), *(detail.get("channel_arns") or ())]
    return next((arn for arn in named if isinstance(arn, str) and arn.count(":") == 5), None)


def _place(arn: str) -> dict[str, str]:
    _, _, _, region, account, _ = arn.split(":")
    return {"account": account, "region": region}
