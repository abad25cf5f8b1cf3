"""The JSON schemas of our own events and of scenarios: `python -m ivskit_local.schemas` writes
events/schemas.

IVS's own schemas stand beside them; they are taken over from its documentation, not generated.
"""

import json
from pathlib import Path
from typing import Any

from ivskit import commands, names, outcomes
from ivskit.commands import Command
from ivskit.outcomes import Outcome
from ivskit_local.scenarios.format import Scenario

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}


def slug(detail_type: str) -> str:
    """A detail type as the name of a file: `IVS Stream State Change` is `stream-state-change`."""
    return detail_type.removeprefix("IVS ").lower().replace(" ", "-")


def own_schemas() -> dict[str, dict[str, Any]]:
    """Every schema of ours, by its path below events/schemas."""
    commanded = commands.BY_DETAIL_TYPE.items()
    published = outcomes.BY_NAME.items()
    return {
        **{f"commands/{slug(name)}.json": _of_command(name, model) for name, model in commanded},
        **{f"outcomes/{slug(name)}.json": _of_outcome(name, model) for name, model in published},
        f"schedules/{slug(names.SWEEP)}.json": _envelope(
            names.SCHEDULE, names.SWEEP, {"type": "object"}
        ),
        "scenario.json": {"$schema": _DIALECT, **Scenario.model_json_schema()},
    }


def _of_command(detail_type: str, model: type[Command]) -> dict[str, Any]:
    return _envelope(names.COMMAND, detail_type, model.model_json_schema(mode="validation"))


def _of_outcome(detail_type: str, model: type[Outcome]) -> dict[str, Any]:
    return _envelope(names.OUTCOME, detail_type, model.model_json_schema(mode="serialization"))


def _envelope(source: str, detail_type: str, detail: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "version": _TEXT,
        "id": _TEXT,
        "source": {"const": source},
        "account": _TEXT,
        "time": {"type": "string", "format": "date-time"},
        "region": _TEXT,
        "resources": {"type": "array", "items": _TEXT},
        "detail-type": {"const": detail_type},
        "detail": {name: value for name, value in detail.items() if name != "$defs"},
    }
    return {
        "$schema": _DIALECT,
        "title": detail_type,
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "$defs": detail.get("$defs", {}),
    }


def write(folder: Path) -> None:
    """Write every schema of ours below the folder."""
    for path, schema in own_schemas().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(schema, indent=2) + "\n")


if __name__ == "__main__":
    write(Path("events/schemas"))
