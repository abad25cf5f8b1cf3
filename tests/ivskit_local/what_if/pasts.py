"""Events of the past as an export has them, and how they are judged."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ivskit.policy import KeySettings, PolicySettings
from ivskit_local.what_if.history import History, read_history
from ivskit_local.what_if.judged import Judged, judge
from ivskit_local.what_if.rules import load_rules
from ivskit_local.what_if.settings import Settings
from ivskit_local.what_if.tags import TagsOf
from tests.samples import sample
from tests.worlds import ROOT

START = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
CHANNEL = sample("stream-state-change.stream-end")["resources"][0]
MANAGED = {"ivskit:managed": "true"}
Event = dict[str, Any]


def stream_id(number: int) -> str:
    """The id of the nth stream."""
    return f"st-{number:023d}"


def happened(
    after: str | timedelta, name: str, number: int = 1, *, channel: str = CHANNEL
) -> Event:
    """An event of IVS about the nth stream, this long after START; `1:30` is an hour and a half."""
    kind = "stream-health-change.starvation-start" if "Starvation" in name else ""
    event = sample(kind or "stream-state-change.stream-end")
    at = START + (_span(after) if isinstance(after, str) else after)
    event["detail"] |= {"event_name": name, "stream_id": stream_id(number)}
    return event | {
        "id": f"{name} {number} at {after}",
        "time": at.isoformat().replace("+00:00", "Z"),
        "resources": [channel],
    }


def stream(begin: str, end: str, number: int = 1, *, channel: str = CHANNEL) -> list[Event]:
    """The start and the end of a stream."""
    return [
        happened(begin, "Stream Start", number, channel=channel),
        happened(end, "Stream End", number, channel=channel),
    ]


def outcome(after: str, name: str, *, channel: str = CHANNEL, **detail: Any) -> Event:
    """A line of the audit log about what ivskit did."""
    event = happened(after, name, channel=channel)
    at = {"at": event["time"], "channel_arn": channel}
    return event | {"source": "ivskit.outcome", "detail-type": name, "detail": at | detail}


def _span(text: str) -> timedelta:
    hours, minutes, *seconds = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))


def history_of(events: Iterable[Event], folder: Path) -> History:
    """What these events tell, as JSON Lines."""
    file = folder / "export.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    return read_history([str(file)], stdin=lambda: "")


def settings(policy: Mapping[str, Any], **keys: Any) -> Settings:
    """Settings of the stage dev."""
    return Settings(
        stage="dev",
        policy=PolicySettings.model_validate(policy),
        keys=KeySettings.model_validate(keys),
    )


def judged(
    events: Sequence[Event],
    folder: Path,
    policy: Mapping[str, Any],
    *,
    tags: Mapping[str, Mapping[str, str]] | None = None,
    assume_managed: bool = True,
    **keys: Any,
) -> Judged:
    """The verdict on these events under this policy, and under the default one."""
    return judge(
        history_of(events, folder),
        load_rules(ROOT),
        as_they_are=settings({}, **keys),
        as_set=settings(policy, **keys),
        tags=TagsOf(tags or {}, assume_managed=assume_managed),
    )
