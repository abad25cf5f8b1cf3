"""Answers a refused command: every error, and what was sent without its secrets."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ivskit.automation.questions import AnyQuestion
from ivskit.commands import LONGEST_ID, LONGEST_SENDER
from ivskit.outcomes import CommandRefused
from ivskit.policy.values import Mode
from ivskit.redaction import redact

_LONGEST_ORIGINAL = 32_000


def refusal(
    event: Mapping[str, Any], errors: Sequence[str], *, mode: Mode, at: datetime
) -> CommandRefused:
    """The answer to the command in this event; its cause is the command's id where it has one."""
    detail = event["detail"]
    return CommandRefused(
        command=str(redact(event["detail-type"])),
        cause=_text(detail.get("command_id"), LONGEST_ID) or event["id"],
        reason=f"{len(errors)} error(s): {errors[0]}",
        mode=mode,
        at=at,
        event_id=event["id"],
        sender=_text(detail.get("sender"), LONGEST_SENDER),
        errors=tuple(errors),
        original=_original(detail),
    )


def objection(question: AnyQuestion, reason: str, *, mode: Mode, at: datetime) -> CommandRefused:
    """The answer to a valid command that does not act, and why."""
    command = question.command
    if command is None:
        raise ValueError("only a command is refused")
    return CommandRefused(
        **question.outcome_fields(reason, mode, at),
        command=command.detail_type,
        errors=(reason,),
        original=_original(command.model_dump(mode="json", exclude_defaults=True)),
    )


def _text(value: object, longest: int) -> str | None:
    usable = isinstance(value, str) and 0 < len(value) <= longest
    return str(redact(value)) if usable else None


def _original(detail: Any) -> str:
    return json.dumps(redact(detail))[:_LONGEST_ORIGINAL]
