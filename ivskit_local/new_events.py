"""Makes an event from a sample: with its own id and time, some fields changed, and valid."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from ivskit import names
from ivskit.changes import parse_change
from ivskit.commands import DETAIL_TYPES, parse_command
from ivskit.redaction import redacted_errors
from ivskit_local.errors import WrongUsage
from ivskit_local.event_files import Found
from ivskit_local.samples import check_events

Settings = Iterable[tuple[str, Any]]


def new_event(sample: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The event that happens now; raises WrongUsage where a setting makes it invalid."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    event = {**deepcopy(dict(sample)), "id": str(uuid4()), "time": now}
    if event["source"] == names.COMMAND:
        event["detail"] |= {"command_id": str(uuid4()), "issued_at": now}
    for path, value in settings:
        _set(event, path, value)
    check_events([Found("--set", "", event)])
    _check(event)
    return event


def _set(event: dict[str, Any], path: str, value: Any) -> None:
    """Set the field of this path, or take it out where the value is null."""
    *parents, name = path.split(".")
    within: Any = event
    for parent in parents:
        within = within.setdefault(parent, {})
        if not isinstance(within, dict):
            raise WrongUsage(f"--set {path}: {parent} is no object, and has no fields")
    if value is None:
        within.pop(name, None)
    else:
        within[name] = value


def _check(event: Mapping[str, Any]) -> None:
    if event["source"] == names.COMMAND and event["detail-type"] not in DETAIL_TYPES:
        raise WrongUsage(
            f"detail-type: must be one of {', '.join(DETAIL_TYPES)}; not {event['detail-type']!r}"
        )
    try:
        if event["source"] == names.COMMAND:
            parse_command(event)
        elif event["source"] in (names.IVS, names.RECONCILE):
            parse_change(event)
    except ValidationError as error:
        raise WrongUsage(f"{event['detail-type']}: {'; '.join(redacted_errors(error))}") from error
