"""Calling `ivskit replay` as its users do, in the project's folder."""

import json
from pathlib import Path
from typing import Any

import pytest

from ivskit_cli.main import main
from tests.samples import EVENTS

ROOT = Path(__file__).parents[2]


END = str(EVENTS / "stream-state-change.stream-end.json")


OBSERVED = {"policy.grace": "10s", "policy.mode": "observe"}


CREATED = str(EVENTS / "stream-state-change.session-created.json")


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What `ivskit replay --json` prints."""
    main(["replay", "--json", *arguments])
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def outcomes(event: dict[str, Any]) -> list[str | None]:
    """The outcomes of everything that an event caused."""
    return [reaction["outcome"] for reaction in event["reactions"]]


def a_scenario(folder: Path, *, live: bool, **more: Any) -> str:
    """A file with a show that goes live, and must be or not."""
    scenario = {
        "tells": "A show is live.",
        "channels": {"show": {"tags": {"ivskit:managed": "true"}}},
        "steps": [
            {"at": "0s", "do": "go live", "channel": "show"},
            {"at": "10m", "do": "hang up", "channel": "show"},
            {"at": "10m20s", "do": "go live", "channel": "show"},
        ],
        "expect": {"channels": {"show": {"live": live}}},
        **more,
    }
    file = folder / "show.json"
    file.write_text(json.dumps(scenario))
    return str(file)
