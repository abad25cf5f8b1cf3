"""The scenario of its page, played; those in events/scenarios are in the test of the replay."""

import json
import re

from ivskit.redaction import redact
from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.scenarios.play import play
from ivskit_local.scenarios.report import as_lines, summary
from tests.worlds import ROOT


def test_the_scenario_of_the_page_has_the_result_that_it_expects() -> None:
    found = re.search(r"```json\n(\{.*?)```", (ROOT / "docs/scenarios.md").read_text(), re.DOTALL)
    assert found is not None

    script = parse_scenario("scenarios.md", json.loads(found[1]))
    played = play(script, synthesize(ROOT), project_root=ROOT)
    assert played.ok
    text = "\n".join([*as_lines(played), *summary([played])])
    assert "Stream Back" in text
    assert redact(text) == text
