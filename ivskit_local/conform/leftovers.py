"""What earlier runs have left: found by the tag and the name, and deleted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ivskit_local.conform.made import TAG
from ivskit_local.conform.place import Place

LISTS = {
    "ListChannels": "channels",
    "ListPlaybackKeyPairs": "keyPairs",
    "ListPlaybackRestrictionPolicies": "playbackRestrictionPolicies",
    "ListRecordingConfigurations": "recordingConfigurations",
    "ListAdConfigurations": "adConfigurations",
    "ListFailoverSlateConfigurations": "failoverSlateConfigurations",
}
PAGE = 100


def folder() -> Path:
    """Where ledgers are, one for each run that has not ended."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "ivskit" / "conform"


def unfinished() -> Iterator[tuple[Path, str, str]]:
    """The ledger, the id and the region of each run of this machine whose process is gone."""
    for path in sorted(folder().glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        first = json.loads(lines[0]) if lines else {"process": os.getpid()}
        if not _runs(first["process"]):
            yield path, str(first["run"]), str(first["region"])


def _runs(process: int) -> bool:
    """Whether a process of this machine has this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def tagged(place: Place, run: str | None) -> list[str]:
    """The ARNs of all that has the tag of this run, or of any."""
    return [
        item["arn"]
        for operation, member in LISTS.items()
        for item in _items(place, operation, member)
        if TAG in item.get("tags", {}) and run in (None, item["tags"][TAG])
    ]


def _items(place: Place, operation: str, member: str) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        answer = place.must(operation, maxResults=PAGE, **token)
        yield from answer[member]
        if not answer.get("nextToken"):
            return
        token = {"nextToken": answer["nextToken"]}
