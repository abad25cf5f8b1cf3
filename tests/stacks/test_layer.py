"""The layer: what is in it, what changes it, and what stops it."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from stacks import layer
from stacks.layer import LayerNotBuilt, build_layer, layer_hash
from stacks.settings import Settings
from tests.stacks.synthesized import ROOT, Synthesized, synthesize

LAYER = "AWS::Lambda::LayerVersion"
PINNED = dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", layer.REQUIREMENTS.read_text(), re.MULTILINE))


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what the layer is made of, free to be changed."""
    shutil.copytree(layer.PACKAGE, tmp_path / "ivskit")
    shutil.copy(layer.REQUIREMENTS, tmp_path / "layer.txt")
    monkeypatch.setattr(layer, "PACKAGE", tmp_path / "ivskit")
    monkeypatch.setattr(layer, "REQUIREMENTS", tmp_path / "layer.txt")
    return tmp_path


def test_a_deploy_builds_the_layer_for_its_runtime_and_architecture(
    tmp_path: Path,
) -> None:
    built = synthesize(tmp_path / "built", with_layer=True)

    assert built.automation.content == synthesize(tmp_path / "not-built").automation.content
    asset = built.asset(built.automation.only(LAYER)["Content"]["S3Key"])
    python = asset / "python"
    assert [path.name for path in asset.iterdir()] == ["python"]
    assert _installed(python) == PINNED
    assert (python / "ivskit/names.py").read_bytes() == (layer.PACKAGE / "names.py").read_bytes()
    (compiled,) = python.glob("pydantic_core/*.so")
    assert compiled.name.endswith("cpython-313-aarch64-linux-gnu.so")
    assert not list(python.rglob("__pycache__"))
    assert not (python / "bin").exists()


def _installed(folder: Path) -> dict[str, str]:
    """The version of each distribution in this folder."""
    found = (path.stem.split("-") for path in folder.glob("*.dist-info"))
    return {canonicalize_name(name): version for name, version in found}


def test_what_uv_says_stops_the_build(sources: Path, tmp_path: Path) -> None:
    (sources / "layer.txt").write_text("boto3==1.44.5\n")

    with pytest.raises(LayerNotBuilt) as stopped:
        build_layer(tmp_path / "built", Settings())

    assert str(stopped.value.code).startswith("the layer could not be built:\nerror: ")
    assert "hash" in str(stopped.value.code)
    assert not (tmp_path / "built/python/ivskit").exists()


def test_the_same_sources_make_the_same_hash(sources: Path) -> None:
    copied = layer_hash(Settings())
    (sources / "ivskit/__pycache__").mkdir(exist_ok=True)
    (sources / "ivskit/__pycache__/names.cpython-313.pyc").write_bytes(b"compiled")

    assert layer_hash(Settings()) == copied


@pytest.mark.parametrize(
    "changed", ["layer.txt", "ivskit/names.py", "ivskit/py.typed", "ivskit/new.py"]
)
def test_a_changed_source_changes_the_hash(sources: Path, changed: str) -> None:
    before = layer_hash(Settings())
    with (sources / changed).open("a") as file:
        file.write("# changed\n")

    assert layer_hash(Settings()) != before


def test_a_renamed_module_changes_the_hash(sources: Path) -> None:
    before = layer_hash(Settings())
    (sources / "ivskit/names.py").rename(sources / "ivskit/nameds.py")

    assert layer_hash(Settings()) != before


def test_another_builder_runtime_or_architecture_is_another_layer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = [
        layer_hash(Settings()),
        layer_hash(Settings(runtime="python3.12")),
        layer_hash(Settings(architecture="x86_64")),
    ]
    builder = tmp_path / "layer.py"
    builder.write_text("another builder")
    monkeypatch.setattr(layer, "__file__", str(builder))

    assert len({*hashes, layer_hash(Settings())}) == 4


def test_without_the_layer_nothing_is_built(synthesized: Synthesized) -> None:
    """Its hash is in the template all the same, as the test of a deploy shows."""
    key = synthesized.automation.only(LAYER)["Content"]["S3Key"]

    assert synthesized.asset(key) == layer.PACKAGE
    functions = synthesized.automation.resources("AWS::Lambda::Function")
    assert len(list(synthesized.folder.glob("asset.*"))) == len(functions)


def test_requirements_pin_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    for line in (*project["dependencies"], *project["optional-dependencies"]["lambda"]):
        asked = Requirement(line)
        assert asked.specifier.contains(PINNED[asked.name]), line


def test_requirements_are_hashed_and_name_no_host_and_no_folder() -> None:
    text = layer.REQUIREMENTS.read_text()

    assert all(
        f"{name}=={version} \\\n    --hash=sha256:" in text for name, version in PINNED.items()
    )
    assert not re.search(r"://|--index|--find-links|file:|^/", text, re.MULTILINE)
