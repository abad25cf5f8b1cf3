"""The contracts of commands, outcomes and changes, for programs in other languages.

`python -m ivskit_local.contracts` writes them to events/.
"""

import json
from pathlib import Path
from typing import Any

from ivskit_local.contracts.asyncapi import asyncapi
from ivskit_local.contracts.described import described
from ivskit_local.contracts.schemas import Schema, own_schemas
from ivskit_local.contracts.typescript import typescript


def texts(events: Path) -> dict[str, str]:
    """Every generated file, by its path below this folder, which has the schemas of IVS."""
    ours = {f"schemas/{path}": schema for path, schema in own_schemas().items()}
    all_events = [*described(ours | _of_ivs(events))]
    return {
        **{path: _json(schema) for path, schema in ours.items()},
        "contracts/asyncapi.json": _json(asyncapi(all_events)),
        "contracts/ivskit.ts": typescript(all_events),
    }


def _of_ivs(events: Path) -> dict[str, Schema]:
    found = (events / "schemas" / "ivs").glob("*.json")
    return {path.relative_to(events).as_posix(): json.loads(path.read_text()) for path in found}


def _json(content: Any) -> str:
    return json.dumps(content, indent=2) + "\n"


def write(events: Path) -> None:
    """Write every generated file below the folder."""
    for path, text in texts(events).items():
        file = events / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
