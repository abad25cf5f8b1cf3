"""The templates in the repository: `python -m ivskit_local.store_templates` writes them.

They are all that `ivskit replay` needs for the files in events/.
"""

import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ivskit_local.project import OWN
from ivskit_local.runtime.canonical import Templates
from ivskit_local.runtime.stored_templates import (
    DEFAULT,
    FOLDER,
    INDEX,
    changes_of,
    installed_tools,
    key_of,
    sources_hash,
)
from ivskit_local.runtime.synth import overrides_of, synthesize_anew, whole_context
from ivskit_local.samples import read_inputs
from ivskit_local.scenarios.deployments import DeployStage
from ivskit_local.scenarios.format import Script

Overrides = Mapping[str, Any]


def deployments(project_root: Path) -> dict[str, Overrides]:
    """The settings of each deployment in events/, by its name; each one once."""
    scripts = read_inputs([str(project_root / "events" / "scenarios")], stdin=str).scripts
    named = [(DEFAULT, {}), *(each for script in scripts for each in _deployments_in(script))]
    # Backwards: the first name of a context is its name.
    names = {key_of(whole_context(project_root, each)): name for name, each in reversed(named)}
    return {name: each for name, each in named if name in names.values()}


def _deployments_in(script: Script) -> Iterator[tuple[str, Overrides]]:
    name = Path(script.name).stem
    yield name, overrides_of(script.scenario.settings.items())
    for step in script.scenario.steps:
        if isinstance(step, DeployStage):
            yield f"{name}.{step.stage}", step.overrides


def store(project_root: Path, folder: Path) -> None:
    """Write all files anew; it takes the CDK some seconds for each deployment."""
    wanted = deployments(project_root)
    # Each runs in a process of its own.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        templates = threads.map(lambda each: synthesize_anew(project_root, each), wanted.values())
        made = dict(zip(wanted, templates, strict=True))
    index = {
        "sources": sources_hash(project_root),
        "tools": installed_tools(),
        "deployments": {
            key_of(whole_context(project_root, each)): name for name, each in wanted.items()
        },
    }
    for old in folder.rglob("*.json"):
        old.unlink()
    for name, content in {INDEX: index, **_files(made, wanted)}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        file.write_text(text, encoding="utf-8", newline="\n")


def _files(
    made: Mapping[str, Templates], settings: Mapping[str, Overrides]
) -> dict[str, Mapping[str, Any]]:
    default = made[DEFAULT]
    return {
        **{f"{DEFAULT}/{stack}.json": template for stack, template in default.items()},
        **{
            f"{name}.json": changes_of(templates, settings[name], default)
            for name, templates in made.items()
            if name != DEFAULT
        },
    }


if __name__ == "__main__":
    store(OWN, FOLDER)
