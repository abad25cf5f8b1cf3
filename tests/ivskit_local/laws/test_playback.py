"""The law about playback key pairs, seen to be broken."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ivskit import names
from ivskit.policy import PolicySettings
from ivskit_local.laws.playback import not_beyond_its_time
from ivskit_local.runtime.lambdas import Line
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Run
from ivskit_local.scenarios.steps import Command
from tests.ivskit_local.laws.runs import broken
from tests.pruned import pruned
from tests.worlds import ROOT

LAW = "no token signed by a pair that is not current outlives its time"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def templates() -> Templates:
    return pruned(synthesize(ROOT), "rotate_playback_key")


@contextmanager
def rotated(templates: Templates, *, emergency: bool, wait: timedelta) -> Iterator[Run]:
    """The pair was replaced twice, the second time in this way, and this long has passed."""
    with World(templates, project_root=ROOT) as world:
        run = Run(world, {"show": ChannelSpec()}, folder=Path())
        for number, detail in enumerate(({}, {"emergency": emergency})):
            step: dict[str, Any] = {"at": "0s", "do": "command", "id": str(number)}
            name = names.ROTATE_PLAYBACK_KEY
            Command.model_validate({**step, "command": name, "detail": detail}).carry_out(run)
            world.run_for(MINUTE)
        world.run_for(wait)
        yield run


def bring_back(run: Run) -> None:
    """The first pair is there again, as if nobody had deleted it."""
    pairs = run.world.ivs.playback_key_pairs
    first = next(put for put in run.world.published if put.event["detail-type"] == ROTATED)
    arn = first.event["detail"]["playback_key_arn"]
    [any_other] = pairs.values()
    pairs[arn] = any_other


ROTATED = names.PLAYBACK_KEY_ROTATED


@pytest.mark.parametrize("emergency", [False, True])
def test_the_law_holds_until_the_former_pair_is_there_again(
    templates: Templates, emergency: bool
) -> None:
    with rotated(templates, emergency=emergency, wait=timedelta(hours=1)) as run:
        assert LAW not in broken(run)
        bring_back(run)
        assert LAW in broken(run)


def test_in_an_emergency_there_is_no_patience(templates: Templates) -> None:
    with rotated(templates, emergency=True, wait=timedelta()) as run:
        bring_back(run)
        assert LAW in broken(run)


def test_a_former_pair_has_its_time(templates: Templates) -> None:
    with rotated(templates, emergency=False, wait=10 * MINUTE) as run:
        assert len(run.world.ivs.playback_key_pairs) == 2
        assert cases(run) == []


@pytest.mark.parametrize("excuse", ["pause", "trouble"])
def test_a_pause_or_trouble_excuses_that_it_is_late(templates: Templates, excuse: str) -> None:
    with rotated(templates, emergency=False, wait=timedelta(hours=1)) as run:
        bring_back(run)
        if excuse == "pause":
            run.pauses.append(run.start)
        else:
            fault = run.world.calls[-1]
            assert isinstance(run.world.calls, list)
            run.world.calls.append(type(fault)(**{**vars(fault), "error": "Throttling"}))
        assert cases(run) == []


def test_a_private_key_in_a_log_breaks_a_law(templates: Templates) -> None:
    law = "no log, event or dead letter contains a private key of a playback pair"
    with rotated(templates, emergency=True, wait=timedelta()) as run:
        assert law not in broken(run)
        secrets = run.world.client("secretsmanager")
        text = secrets.get_secret_value(SecretId=names.playback_secret("dev"))["SecretString"]
        key = json.loads(text)["privateKey"].split("\n")[2]
        assert isinstance(run.world.logs, list)
        run.world.logs.append(Line("rotate_playback_key", f"made {key}"))
        assert law in broken(run)


def cases(run: Run) -> Sequence[str]:
    """The cases that break the law."""
    return [case for _, case in not_beyond_its_time(run)]


def test_observe_mode_keeps_a_former_pair_for_an_hour_after_its_end(templates: Templates) -> None:
    observed, enforced = PolicySettings(mode="observe"), PolicySettings()
    with rotated(templates, emergency=False, wait=timedelta(hours=4)) as run:
        bring_back(run)
        assert LAW in broken(run)
        run.policies.append((run.start, observed))
        assert LAW not in broken(run)
        run.policies.append((run.world.now - timedelta(hours=1), enforced))
        assert LAW not in broken(run)
        run.policies[-1] = (run.world.now - timedelta(hours=2), enforced)
        assert LAW in broken(run)
