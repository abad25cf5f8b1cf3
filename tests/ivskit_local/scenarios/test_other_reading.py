"""The automations are right under the other reading of the documentation's silence as well."""

import json
from dataclasses import replace

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

# What a scenario counts that is otherwise where DeleteStreamKey ends a stream: a stop that takes
# the key has nothing left to stop, and a rotation while live stops the stream.
ENDED_WITH_ITS_KEY = {
    "a command under the id of another": ["Stream Stopped of other"],
    "a kick behind a rotation that cannot make its key": ["Stream Stopped was published 1 time(s)"],
    # The stream ends at the moment at which its new key is made, which takes no time here.
    "a rotation while live needs if live proceed": [
        "session 1 of show is live",
        "show has had 2 key(s)",
        "Stream Key Rotated was published 1 time(s)",
    ],
    "a stop against an encoder that reconnects": ["StopStream was called 1 time(s)"],
    "a stream start that never arrives": ["StopStream was called 1 time(s)"],
    "two stops at once stop once": ["StopStream was called 1 time(s)"],
}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.title)
def test_a_scenario_holds_where_silence_is_read_the_other_way(script: Script) -> None:
    either = replace(script, scenario=script.scenario.model_copy(update={"reading": None}))
    played = play(either, synthesize(OWN), project_root=OWN, reading="lenient")

    missed = [finding.what for finding in played.findings if not finding.holds]
    assert missed == ENDED_WITH_ITS_KEY.get(script.title, [])
    assert bool(missed) is (script.scenario.reading == "strict")


def test_a_random_day_holds_where_silence_is_read_the_other_way() -> None:
    ground = Ground(synthesize(OWN), OWN, channels=2, reading="lenient")

    assert [*ground.live(random_day(7, channels=2)).broken] == []
