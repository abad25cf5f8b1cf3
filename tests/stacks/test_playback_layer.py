"""The layer of the function that makes key pairs: what is in it, and who has it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from stacks import sources
from stacks.layer import LayerNotBuilt
from stacks.playback_layer import build_playback_layer, playback_layer_hash
from stacks.settings import Settings
from tests.stacks.synthesized import ROOT, Template

TEXT = sources.PLAYBACK_REQUIREMENTS.read_text()
PINNED = dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", TEXT, re.MULTILINE))
MOST_BYTES = 20_000_000
MAKES_A_PAIR = """
import sys
sys.path[:0] = sys.argv[1:]
from cryptography.hazmat.primitives.asymmetric import ec
print(ec.generate_private_key(ec.SECP384R1()).curve.name)
"""


@pytest.mark.parametrize(
    ("architecture", "runtime"), [("arm64", "python3.13"), ("x86_64", "python3.11")]
)
def test_the_layer_is_built_for_the_target(tmp_path: Path, architecture: str, runtime: str) -> None:
    settings = Settings.model_validate({"architecture": architecture, "runtime": runtime})
    build_playback_layer(tmp_path, settings)

    [compiled] = (tmp_path / "python").glob("_cffi_backend*.so")
    machine = {"arm64": "aarch64", "x86_64": "x86_64"}[architecture]
    version = runtime.removeprefix("python").replace(".", "")
    assert compiled.name == f"_cffi_backend.cpython-{version}-{machine}-linux-gnu.so"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES
    assert not list(tmp_path.rglob("*.pyi"))


def test_a_pair_is_made_with_nothing_but_the_layer(tmp_path: Path) -> None:
    import platform

    here = {"aarch64": "arm64"}.get(platform.machine(), "x86_64")
    runtime = f"python3.{sys.version_info.minor}"
    build_playback_layer(
        tmp_path, Settings.model_validate({"architecture": here, "runtime": runtime})
    )

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", MAKES_A_PAIR, tmp_path / "python"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("secp384r1\n", "")


def test_only_the_function_that_makes_pairs_has_it(automation: Template) -> None:
    having = {
        each["Handler"]: len(each["Layers"])
        for each in automation.resources("AWS::Lambda::Function").values()
    }

    assert having.pop("rotate_playback_key.handler.handler") == 2
    assert set(having.values()) == {1}


def test_its_hash_changes_with_requirements_runtime_and_architecture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = {
        playback_layer_hash(Settings()),
        playback_layer_hash(Settings(runtime="python3.12")),
        playback_layer_hash(Settings(architecture="x86_64")),
    }
    (tmp_path / "playback.txt").write_text(f"{TEXT}# changed\n")
    monkeypatch.setattr(sources, "PLAYBACK_REQUIREMENTS", tmp_path / "playback.txt")

    assert len({*hashes, playback_layer_hash(Settings())}) == 4


def test_a_wrong_hash_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "playback.txt").write_text("pycparser==3.12\n")
    monkeypatch.setattr(sources, "PLAYBACK_REQUIREMENTS", tmp_path / "playback.txt")

    with pytest.raises(LayerNotBuilt, match="hash"):
        build_playback_layer(tmp_path / "built", Settings())


def test_requirements_pin_what_pyproject_asks_for_and_name_no_host() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]

    for line in groups["playback"]:
        asked = Requirement(line)
        assert asked.specifier.contains(PINNED[asked.name]), line
    assert "://" not in TEXT
    assert "--hash=sha256:" in TEXT
