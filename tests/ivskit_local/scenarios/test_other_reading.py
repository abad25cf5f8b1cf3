"""The automations are right under the other reading of the documentation's silence as well."""

import json

import pytest

from ivskit_local.hunt.days import random_day
from ivskit_local.hunt.hunt import Ground
from ivskit_local.project import OWN
from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import Script, parse_scenario
from ivskit_local.scenarios.play import play
from tests.samples import SCENARIOS

# Those with settings of their own have templates of their own, which take their time.
ALL = [parse_scenario(str(file), json.loads(file.read_bytes())) for file in SCENARIOS]
SCRIPTS = [script for script in ALL if not script.scenario.settings]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.title)
def test_a_scenario_holds_where_silence_is_read_the_other_way(script: Script) -> None:
    played = play(script, synthesize(OWN), project_root=OWN, reading="lenient")

    assert [finding.what for finding in played.findings if not finding.holds] == []


def test_a_random_day_holds_where_silence_is_read_the_other_way() -> None:
    ground = Ground(synthesize(OWN), OWN, channels=2, reading="lenient")

    assert [*ground.live(random_day(7, channels=2)).broken] == []
