"""The README's examples of the emulator and of a replay, run as they stand there."""

import re
from pathlib import Path
from typing import Any

import boto3
import pytest

from ivs_emulator.pytest_plugin import IvsEmulator, ivs_emulator
from ivskit_cli.main import main
from tests.ivskit_local.replays import END
from tests.samples import EVENTS, SAMPLES, SCENARIOS

README = Path(__file__).parents[2] / "README.md"

__all__ = ["ivs_emulator"]  # pytest finds fixtures by name


def test_the_readmes_test_passes(ivs_emulator: IvsEmulator) -> None:
    found = re.search(r"```python\n(def test_a_stopped.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    known: dict[str, Any] = {"boto3": boto3, "pytest": pytest}
    exec(found[1], known)

    known["test_a_stopped_stream_is_over"](ivs_emulator)


def block_with(text: str) -> list[str]:
    """The lines of the README's block that has this text, without alignment and gaps."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    [block] = [block for block in blocks if text in block]
    return [line for line in map(_unaligned, block.splitlines()) if line not in ("", "…")]


def _unaligned(line: str) -> str:
    return " ".join(line.split())


@pytest.mark.usefixtures("in_the_project")
def test_the_readme_shows_the_lines_of_a_replay(capsys: pytest.CaptureFixture[str]) -> None:
    first, *lines, wrong, passed = block_with("Replaying ")
    shown = [line.split(maxsplit=1)[1] for line in lines]
    scenarios = [path for path in SCENARIOS if any(_title(path) in line for line in shown)]
    start = str(EVENTS / "stream-state-change.stream-start.json")
    main(["replay", start, END, *map(str, scenarios)])

    printed = capsys.readouterr().out.splitlines()
    assert set(lines) <= set(map(_unaligned, printed))
    assert len(lines) == len(scenarios) + 2
    counts = f"{len(SAMPLES)} events and {len(SCENARIOS)} scenarios"
    assert first == printed[0].replace(f"2 events and {len(scenarios)} scenarios", counts)
    assert f"  {wrong}" in printed
    assert passed == f"✓ {len(SCENARIOS)} scenarios passed"


def _title(scenario: Path) -> str:
    return scenario.stem.replace("-", " ")


@pytest.mark.usefixtures("in_the_project")
def test_the_readme_shows_calls_of_a_replay(capsys: pytest.CaptureFixture[str]) -> None:
    main(["replay", END])

    printed = map(_unaligned, capsys.readouterr().out.splitlines())
    # In this order, with others in between.
    assert [line for line in block_with("matches ivskit-dev") if line not in printed] == []
