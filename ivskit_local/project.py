"""The project that the `ivskit` command is run in, as its cdk.json describes it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ivskit_local.errors import WrongUsage

_HERE = Path(__file__).parents[1]
IN_WHEEL = _HERE / "ivskit_cdk"
# ivskit's own project: cdk.json, functions/ and events/. In the wheel they lie beside the stacks.
OWN = IN_WHEEL if IN_WHEEL.is_dir() else _HERE


def context_of(project_root: Path) -> Mapping[str, Any]:
    """The context in cdk.json; raises WrongUsage where that cannot be read."""
    path = project_root / "cdk.json"
    try:
        # As bytes: editors write byte order marks, which json knows.
        project = json.loads(path.read_bytes())
    except OSError as error:
        raise WrongUsage(f"{path}: {error.strerror}") from error
    except (RecursionError, ValueError) as error:
        raise WrongUsage(f"{path}: is not JSON: {error}") from error
    context = project.get("context", {}) if isinstance(project, dict) else project
    if not isinstance(context, dict):
        raise WrongUsage(f"{path}: it and its context must be JSON objects")
    return context
