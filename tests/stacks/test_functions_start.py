"""Each function starts from its own asset, with nothing beside it but the layer."""

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stacks.function_code import build_code
from stacks.layer import build_layer
from stacks.settings import Settings
from stacks.trimming import SERVICES
from tests.stacks.synthesized import ROOT, SynthesizedWith, Template

FUNCTION = "AWS::Lambda::Function"
HERE = {"arm64": "arm64", "aarch64": "arm64"}.get(platform.machine(), "x86_64")
RUNTIME = f"python3.{sys.version_info.minor}"

# What the runtime does at a cold start.
BOOTSTRAP = """
import importlib, sys
sys.path[:0] = sys.argv[1:3]
module, _, name = sys.argv[3].rpartition(".")
loaded = importlib.import_module(module)
models = ("ivskit.changes.", "ivskit.commands.", "ivskit.jobs.", "ivskit.outcomes.")
print(*sorted(name.removeprefix("ivskit.") for name in sys.modules if name.startswith(models)))
print(len(sys.modules))
for service in sys.argv[4:]:
    loaded.clients.now(service)
print(getattr(loaded, name).__name__)
"""


# One model of each kind that ours consist of, and the functions that annotations describe.
SCHEMAS = """
import sys
sys.path.insert(0, sys.argv[1])
from datetime import timedelta
from typing import Annotated, Literal
from pydantic import AwareDatetime, BaseModel, Field, Json, SecretStr, TypeAdapter
from pydantic_core import core_schema
assert not core_schema.StringSchema.__annotations__
assert core_schema.str_schema(max_length=3) == {"type": "str", "max_length": 3}
class Part(BaseModel):
    kind: Literal["a", "b"]
    at: AwareDatetime | None = None
    spans: tuple[timedelta, ...] = ()
class Whole(BaseModel):
    part: Json[Part]
    secret: SecretStr
    names: Annotated[dict[str, int], Field(min_length=1)]
whole = Whole(part='{"kind": "a", "spans": ["PT1S"]}', secret="s", names={"n": 1})
print(TypeAdapter(list[Whole]).dump_json([whole]).decode())
"""


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer, for the Python that runs here."""
    folder = tmp_path_factory.mktemp("layer")
    build_layer(folder, Settings.model_validate({"runtime": RUNTIME, "architecture": HERE}))
    return folder / "python"


# The models that each function loads at its start; every function loads ALWAYS.
ALWAYS = "commands.command commands.lateness outcomes.outcome outcomes.replies"
MODELS = {
    "index_recordings": "changes.envelope changes.recordings outcomes.recordings",
    "plan_revocation": (
        "changes.envelope changes.streams commands.revocation commands.take_down"
        " outcomes.revocation"
        " jobs.items jobs.progress jobs.records jobs.table"
    ),
    "push_metadata": "commands.metadata outcomes.metadata",
    "queue_metadata": "changes.envelope changes.streams commands.metadata outcomes.metadata",
    "reconcile_streams": "changes.envelope changes.missed outcomes.health outcomes.sweeps",
    "restrict_playback": (
        "changes.envelope changes.streams commands.restrictions commands.take_down"
        " outcomes.restrictions"
    ),
    "revoke_viewers": (
        "commands.revocation outcomes.revocation jobs.items jobs.progress jobs.records jobs.table"
    ),
    "rotate_playback_key": "commands.playback outcomes.playback",
    "rotate_stream_key": "changes.envelope changes.streams commands.keys outcomes.keys",
    "stop_stream": (
        "changes.envelope changes.limits changes.streams commands.streams commands.take_down"
        " outcomes.streams"
    ),
    "take_down": (
        "commands.take_down commands.revocation outcomes.revocation outcomes.take_down"
        " jobs.items jobs.progress jobs.records jobs.table"
    ),
}
# The modules of all packages together; each costs about half a millisecond.
MOST_MODULES = 515
PACKAGES = [path.parent.name for path in ROOT.glob("functions/*/handler.py")]


@pytest.fixture(scope="module")
def automation(synthesized_with: SynthesizedWith) -> Template:
    """All functions, those too that a setting turns on."""
    return synthesized_with(recordings={"index": True}).automation


@pytest.mark.parametrize("package", PACKAGES)
def test_a_function_starts_with_nothing_but_its_layer(
    tmp_path: Path, automation: Template, layer: Path, package: str
) -> None:
    deployed = automation.resources(FUNCTION).values()
    (function,) = [each for each in deployed if each["Handler"].startswith(f"{package}.")]
    settings = Settings.model_validate({"runtime": RUNTIME})
    build_code(package, tmp_path / "code", settings)

    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            BOOTSTRAP,
            layer,
            tmp_path / "code",
            function["Handler"],
            *SERVICES,
        ],
        env={**_environment(function), "AWS_DEFAULT_REGION": "us-west-2"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    models, modules, handler = done.stdout.splitlines()
    assert handler == "handler"
    assert set(models.split()) == {*ALWAYS.split(), *MODELS[package].split()}
    assert int(modules) <= MOST_MODULES


def _environment(function: dict[str, Any]) -> dict[str, str]:
    """The function's variables; what deploying fills in is any text here."""
    variables = function["Environment"]["Variables"]
    return {name: value if isinstance(value, str) else "arn" for name, value in variables.items()}


def test_models_need_none_of_the_annotations_that_the_layer_leaves_out(layer: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SCHEMAS, layer],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    [whole] = json.loads(done.stdout)
    assert whole["part"] == {"kind": "a", "at": None, "spans": ["PT1S"]}
    assert whole["names"] == {"n": 1}
