"""The sample events, and arbitrary values for tests that do not care which."""

import json
from functools import cache
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[1] / "events"
SCHEMAS = EVENTS / "schemas"
SAMPLES = sorted(EVENTS.glob("*.json"))
SCENARIOS = sorted((EVENTS / "scenarios").glob("*.json"))
CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
STREAM = "st-1A2b3c4D5e6F78ghij9Klmn"


@cache
def _text(name: str) -> str:
    return (EVENTS / f"{name}.json").read_text()


def sample(name: str, **detail: Any) -> dict[str, Any]:
    """A sample event by its file's name, with some of its detail replaced."""
    event: dict[str, Any] = json.loads(_text(name))
    event["detail"] |= detail
    return event
