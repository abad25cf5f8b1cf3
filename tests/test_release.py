"""What ships beside the package: the recipe of the container, the hook and the action."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from uv import find_uv_bin

from tests.samples import EVENTS

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
RECIPE = (ROOT / "ivs_emulator/Dockerfile").read_text()
[HOOK] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
BIN = Path(sys.executable).parent


def wheel_of(source: Path, folder: Path) -> zipfile.ZipFile:
    command = [find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = folder.glob("*.whl")
    return zipfile.ZipFile(wheel)


def test_the_container_is_built_from_enough_to_make_the_whole_wheel(tmp_path: Path) -> None:
    first, *rest = (ROOT / "ivs_emulator/Dockerfile.dockerignore").read_text().split("\n*\n")
    kept = re.findall(r"^!(\S+)$", "".join(rest), re.MULTILINE)
    assert first.startswith("#")
    for name in kept:
        source, target = ROOT / name, tmp_path / "context" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copy(source, target)

    of_context = wheel_of(tmp_path / "context", tmp_path / "of-context")
    of_project = wheel_of(ROOT, tmp_path / "of-project")

    assert {each.filename: each.CRC for each in of_context.infolist()} == {
        each.filename: each.CRC for each in of_project.infolist()
    }


def test_the_container_is_healthy_while_the_emulator_answers() -> None:
    command = json.loads(re.findall(r"^ENTRYPOINT (.+)$", RECIPE, re.MULTILINE)[0])
    check = json.loads(re.findall(r"CMD (\[.+\])$", RECIPE, re.MULTILINE)[0])
    # Not on every network of this machine, as in a container.
    command = [BIN / command[0], *(arg.replace("0.0.0.0", "127.0.0.1") for arg in command[1:])]  # noqa: S104
    with subprocess.Popen([*command, "--port", "0"], stderr=subprocess.PIPE, text=True) as emulator:
        assert emulator.stderr is not None
        port = re.findall(r":(\d+)", emulator.stderr.readline())[0]
        health = [sys.executable, *(arg.replace("4567", port) for arg in check[1:])]

        assert subprocess.run(health, check=False).returncode == 0
        emulator.terminate()
        emulator.wait()
        assert subprocess.run(health, check=False, capture_output=True).returncode == 1


def test_the_container_is_pinned_by_a_tag_and_runs_as_nobody() -> None:
    images = re.findall(r"^FROM (\S+)", RECIPE, re.MULTILINE)

    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", image) for image in images)
    assert re.findall(r"^USER (\S+)$", RECIPE, re.MULTILINE) == ["65534:65534"]


def test_hook_and_action_install_what_the_app_is_made_with() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    group = PROJECT["dependency-groups"]["cdk"]
    own, *hook = HOOK["additional_dependencies"]
    action = ACTION["inputs"]["install"]["default"].split()

    assert own == ".[local,cdk]"
    assert {"local", "cdk"} <= extras.keys()
    assert hook == action
    assert set(hook) <= set(group)
    assert {re.split("[=>]", each)[0] for each in group} == {
        *(each.partition("==")[0] for each in hook),
        "aws-cdk-lib",
        "ivskit[cdk]",
    }


@pytest.mark.parametrize(
    ("name", "checked"),
    [
        ("cdk.json", True),
        ("infra/ivskit.prod.json", True),
        ("events/stream-state-change.stream-end.json", True),
        ("events/scenarios/two-stops-at-once-stop-once.json", True),
        ("events/schemas/scenario.json", False),
        ("package.json", False),
        ("my-cdk.json", False),
    ],
)
def test_the_hook_is_for_settings_events_and_scenarios(name: str, checked: bool) -> None:
    assert bool(re.search(HOOK["files"], name)) is checked


@pytest.mark.parametrize("wrong", [False, True])
def test_the_last_step_of_the_action_checks_the_paths(tmp_path: Path, wrong: bool) -> None:
    (tmp_path / "one.json").write_bytes((EVENTS / "schedule.sweep.json").read_bytes())
    (tmp_path / "two.json").write_text("{" if wrong else (tmp_path / "one.json").read_text())
    step = ACTION["runs"]["steps"][-1]
    environment = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PATHS": "one.json two.json",
    }

    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]],  # noqa: S607 - as the runner starts it
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "2 file(s)" in done.stderr
    assert done.returncode == int(wrong)
