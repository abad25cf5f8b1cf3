"""The contracts of commands, outcomes and changes, for programs in other languages.

`python -m ivskit_local.contracts` writes them to events/.
"""

import json
from pathlib import Path

from ivskit_local.contracts.schemas import own_schemas


def texts() -> dict[str, str]:
    """Every generated file, by its path below events."""
    schemas = {f"schemas/{path}": schema for path, schema in own_schemas().items()}
    return {path: json.dumps(content, indent=2) + "\n" for path, content in schemas.items()}


def write(folder: Path) -> None:
    """Write every generated file below the folder."""
    for path, text in texts().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
