"""Templates in the repository: with them, a replay needs neither the CDK nor Node.

They are those of ivskit's own project, with its default settings and with those of its scenarios.
`python -m ivskit_local.store_templates` writes them.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ivskit_local.project import IN_WHEEL
from ivskit_local.runtime.canonical import Templates, canonical
from ivskit_local.runtime.merge_patch import difference, patched

FOLDER = Path(__file__).parents[1] / "templates"
INDEX = "index.json"
DEFAULT = "default"
TOOLS = ("aws-cdk-lib", "cdk-nag", "constructs")
# What a canonical template is made of: of the library, what `stacks` may import.
_SOURCES = (
    "app.py",
    "stacks",
    "ivskit/__init__.py",
    "ivskit/arns.py",
    "ivskit/durations.py",
    "ivskit/metadata_text.py",
    "ivskit/names.py",
    "ivskit/places.py",
    "ivskit/policy",
    "ivskit/quotas.py",
    "ivskit/restrictions.py",
)
_STAGE = "dev"


def stored_name(project_root: Path, context: Mapping[str, Any]) -> str | None:
    """The name of the stored templates of a project with this context; None if there are none.

    They were made of the project's sources as they are now, by the CDK that is installed, if one
    is, and no file of the stage has settings. The wheel has no sources, and its own templates.
    """
    index = _read(FOLDER / INDEX)
    name: str | None = index["deployments"].get(key_of(context))
    if name is None or project_root == IN_WHEEL:
        return name
    of_stage = project_root / f"ivskit.{context['ivskit']['stage']}.json"
    return name if _is_made_of(project_root, index) and not of_stage.exists() else None


def key_of(context: Mapping[str, Any]) -> str:
    """What the index has for a context."""
    return hashlib.sha256(json.dumps(context, sort_keys=True).encode()).hexdigest()[:32]


def _is_made_of(project_root: Path, index: Mapping[str, Any]) -> bool:
    by_them = all(index["tools"][tool] == number for tool, number in installed_tools().items())
    return by_them and index["sources"] == sources_hash(project_root)


def installed_tools() -> Mapping[str, str]:
    """The versions of the tools that make templates, as far as they are installed."""
    numbers = {tool: _version(tool) for tool in TOOLS}
    return {tool: number for tool, number in numbers.items() if number}


def _version(tool: str) -> str | None:
    try:
        return version(tool)
    except PackageNotFoundError:
        return None


def sources_hash(project_root: Path) -> str:
    """Changes with any source that canonical templates are made of."""
    digest = hashlib.sha256()
    for path in sorted(_sources(project_root)):
        # Git may check files out with other ends of lines.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        name = path.relative_to(project_root).as_posix().encode()
        digest.update(b"\0".join((name, hashlib.sha256(content).digest())))
    return digest.hexdigest()[:32]


def _sources(project_root: Path) -> Iterator[Path]:
    for root in (project_root / name for name in _SOURCES):
        yield from (path for path in (root, *root.rglob("*.py")) if path.is_file())


@cache
def stored_templates(name: str, folder: Path = FOLDER) -> Templates:
    """The stored templates of this name, as `canonical` makes them."""
    files = sorted((folder / DEFAULT).glob("*.json"))
    default = {file.stem: _read(file) for file in files}
    if name == DEFAULT:
        return default
    written = _read(folder / f"{name}.json")
    base = _renamed(default, written["settings"].get("stage", _STAGE))
    made = patched(base, written["changes"])
    return {name: canonical(template) for name, template in sorted(made.items())}


def changes_of(
    templates: Templates, settings: Mapping[str, Any], default: Templates
) -> Mapping[str, Any]:
    """The file of templates that are not the default: their settings, and what these change."""
    base = _renamed(default, settings.get("stage", _STAGE))
    return {"settings": settings, "changes": difference(base, templates)}


def _renamed(templates: Templates, stage: str) -> Templates:
    """With the name of a stage; where that replaces too much, the changes restore it."""
    renamed: Templates = json.loads(re.sub(rf"\b{_STAGE}\b", stage, json.dumps(templates)))
    return renamed


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
