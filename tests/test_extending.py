"""docs/extending.md, followed in a copy of the project: its files, its diffs and its commands."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "extending.md"
# What a copy leaves out: it is made by tools, or is about other things.
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "benchmarks", "cdk.out", "uv.lock", "dist")
_BLOCK = re.compile(r"(?:^\*\*`(.+?)`\*\*\n\n)?^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> Iterator[tuple[str, str, str]]:
    """File, language and text of each block; what follows a file's block is of that file too."""
    file = ""
    for named, language, text in _BLOCK.findall(PAGE.read_text()):
        file = named or file
        yield file, language, text


def commands() -> list[str]:
    """Every command line of the page."""
    return [line for _, language, text in blocks() if not language for line in text.splitlines()]


def program(line: str) -> list[str]:
    """A command as this environment runs it, `uv` aside."""
    match line.split():
        case ["uv", "run", "python", *rest]:
            return [sys.executable, *rest]
        case ["uv", "run", "pytest", *rest]:
            return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *rest]
        case ["uv", "run", name, *rest]:
            return [str(Path(sys.executable).with_name(name)), *rest]
    raise AssertionError(f"the page has a command of another kind: {line}")


def apply(diff: str, file: Path) -> None:
    """Change a file as each part of the diff says, which must fit it in exactly one place."""
    text = file.read_text()
    for part in diff.removesuffix("\n").split("\n@@\n"):
        lines = part.splitlines()
        before, after = ("".join(f"\n{line[1:]}" for line in lines if line[0] != s) for s in "+-")
        assert text.count(before) == 1, f"{file.name} has not once:{before}"
        text = text.replace(before, after)
    file.write_text(text)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the page has been followed, but for the commands."""
    copy = tmp_path_factory.mktemp("extending") / "project"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    for name, language, text in blocks():
        file = copy / name
        if language == "diff":
            apply(text, file)
        elif language:
            assert not file.exists(), f"{name} is there already"
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
    for line in dict.fromkeys(commands()):
        if " -m " in line:
            run(copy, line)
    return copy


def run(project: Path, line: str) -> str:
    """What a command prints, which must succeed."""
    path = os.pathsep.join(map(str, (project, project / "functions")))
    done = subprocess.run(
        program(line),
        cwd=project,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def replayed(project: Path, line: str) -> Any:
    """The document that a replay prints."""
    assert line in commands()
    return json.loads(run(project, f"{line} --json"))


@pytest.mark.parametrize(
    "sample", ["stream-state-change.session-created", "command.count-sessions"]
)
def test_an_automation_of_ones_own_reacts_to_its_event_and_its_command(
    extended: Path, sample: str
) -> None:
    document = replayed(extended, f"uv run ivskit replay events/{sample}.json")

    assert document["outcomes"] == {"Sessions Counted": 1}
    assert document["dead_letters"] == []


def test_an_extended_project_keeps_its_agreements_and_its_import_contracts(extended: Path) -> None:
    run(extended, "uv run lint-imports")
    run(extended, "uv run pytest tests/test_agreements.py tests/test_schemas.py")


def test_an_emulator_behaves_as_the_page_has_it(extended: Path) -> None:
    [line] = [line for line in commands() if "pytest" in line]

    assert "1 passed" in run(extended, line)


def test_a_scenario_plays_the_step_of_the_page(extended: Path) -> None:
    name = "events/scenarios/a-channel-is-made-private.json"
    [scenario] = replayed(extended, f"uv run ivskit replay {name}")["scenarios"]

    assert "somebody makes show private" in json.dumps(scenario["timeline"])


def test_every_function_stands_in_the_import_contracts() -> None:
    """A package that neither list names is bound by no contract."""
    text = (ROOT / "pyproject.toml").read_text()
    [roots] = re.findall(r"^root_packages = (.*)$", text, re.MULTILINE)
    [layers] = re.findall(r"^layers = (.*)$", text, re.MULTILINE)
    packages = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}

    assert packages <= set(re.findall(r"\w+", roots))
    assert packages <= set(re.findall(r"\w+", layers))
