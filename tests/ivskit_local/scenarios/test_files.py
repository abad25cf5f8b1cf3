"""Every scenario in events/scenarios, and the one in the README, played."""

import json
import re
from pathlib import Path

import pytest

from ivskit.redaction import redact
from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.scenarios.play import Played, play
from ivskit_local.scenarios.report import as_document, as_lines, summary
from tests.samples import SCENARIOS
from tests.worlds import ROOT


def played(name: str, text: str) -> Played:
    """What came of a scenario, in the app with its settings as they are."""
    script = parse_scenario(name, json.loads(text))
    return play(script, synthesize(ROOT), project_root=ROOT)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_comes_out_as_it_tells(path: Path) -> None:
    came_of_it = played(str(path), path.read_text())

    assert list(summary([came_of_it])) == ["scenarios: 1, as they tell: 1"]
    shown = f"{list(as_lines(came_of_it))} {as_document(came_of_it)}"
    assert redact(shown) == shown


def test_the_readmes_scenario_comes_out_as_it_tells() -> None:
    found = re.search(r"```json\n(\{.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found is not None

    assert played("README.md", found[1]).ok
