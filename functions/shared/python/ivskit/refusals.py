"""Answers a command that is not acted on: every error, and what was sent without its secrets."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ivskit.commands import LONGEST_ID
from ivskit.outcomes import CommandRefused
from ivskit.policy import Mode
from ivskit.redaction import redact

_LONGEST_ORIGINAL = 32_000


def refusal(
    event: Mapping[str, Any], errors: Sequence[str], *, mode: Mode, at: datetime
) -> CommandRefused:
    """The answer to the command in this event; its cause is the command's id where it has one."""
    cause = event["detail"].get("command_id")
    usable = isinstance(cause, str) and 0 < len(cause) <= LONGEST_ID
    return CommandRefused(
        command=event["detail-type"],
        cause=redact(cause) if usable else event["id"],
        reason=f"{len(errors)} error(s): {errors[0]}",
        mode=mode,
        at=at,
        event_id=event["id"],
        errors=tuple(errors),
        original=json.dumps(redact(event["detail"]))[:_LONGEST_ORIGINAL],
    )
