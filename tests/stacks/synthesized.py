"""The application as `cdk synth` makes it: the layer only on demand, since uv may ask PyPI."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.app_in_process import run_here

ROOT = Path(__file__).parents[2]
CONTEXT: Mapping[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]


@cache
def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content


@dataclass(frozen=True)
class Template:
    """One synthesized template."""

    path: Path

    @property
    def content(self) -> dict[str, Any]:
        """The whole template, which no test may change: it is read once."""
        return _read(self.path)

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of each resource of this type, by logical id."""
        found = self.content["Resources"].items()
        return {
            name: resource["Properties"] for name, resource in found if resource["Type"] == kind
        }

    def only(self, kind: str) -> dict[str, Any]:
        """The properties of the one resource of this type."""
        (properties,) = self.resources(kind).values()
        return properties


@dataclass(frozen=True)
class Synthesized:
    """What app.py left in its output folder, and its automation stack."""

    folder: Path
    app: Any
    stack: Any

    def asset(self, key: str) -> Path:
        """The folder that becomes this object in the assets' bucket."""
        (manifest,) = self.folder.glob("*-automation.assets.json")
        files = json.loads(manifest.read_text())["files"]
        return self.folder / str(files[key.removesuffix(".zip")]["source"]["path"])

    @property
    def automation(self) -> Template:
        """The automation stack."""
        return self._template("automation")

    @property
    def monitoring(self) -> Template:
        """The monitoring stack."""
        return self._template("monitoring")

    def _template(self, name: str) -> Template:
        (path,) = self.folder.glob(f"*-{name}.template.json")
        return Template(path)


# What settings deploy; made once for each, so that no test may change it.
SynthesizedWith = Callable[..., Synthesized]


def synthesize(folder: Path, *, with_layer: bool = False, **settings: object) -> Synthesized:
    """Run app.py with cdk.json's context, its `ivskit` block overlaid by these settings."""
    context = {
        **CONTEXT,
        "ivskit": overlaid(settings),
        "aws:cdk:bundling-stacks": ["**"] if with_layer else [],
    }
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    app = run_here(environment, Path.cwd())
    stack = app.node.find_child(f"ivskit-{context['ivskit']['stage']}-automation")
    return Synthesized(folder=folder, app=app, stack=stack)


def overlaid(settings: Mapping[str, object]) -> dict[str, Any]:
    """The settings in cdk.json, under these."""
    return {**CONTEXT["ivskit"], **settings}
