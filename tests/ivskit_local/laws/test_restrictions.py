"""The laws about restrictions of playback, seen to be broken."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ivskit import names
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Run
from tests.ivskit_local.laws.runs import broken, command
from tests.pruned import pruned
from tests.worlds import ROOT

OWNER = "no restriction policy without an owner"
PUBLISHED = "a channel is restricted as published"


@pytest.fixture(scope="module")
def templates() -> Templates:
    return pruned(synthesize(ROOT), "restrict_playback")


@contextmanager
def restricted(templates: Templates) -> Iterator[Run]:
    """The channel was restricted two hours ago."""
    with World(templates, project_root=ROOT) as world:
        run = Run(world, {"show": ChannelSpec()}, folder=Path())
        command("0s", names.RESTRICT_PLAYBACK, detail={"countries": ["DE"]}).carry_out(run)
        world.run_for(timedelta(hours=2))
        yield run


def test_both_hold(templates: Templates) -> None:
    with restricted(templates) as run:
        assert not {OWNER, PUBLISHED} & {*broken(run)}


def test_a_policy_that_no_channel_uses_breaks_a_law_after_an_hour(templates: Templates) -> None:
    with restricted(templates) as run:
        ivs = run.world.ivs
        [policy] = ivs.playback_restriction_policies.values()
        left = replace(policy, arn=f"{policy.arn}-left")
        ivs.playback_restriction_policies[left.arn] = left
        assert OWNER in broken(run)

        # A channel may have lost it just now.
        run.deletions.append(run.world.now)
        assert OWNER not in broken(run)


def test_a_channel_without_the_published_restriction_breaks_a_law(templates: Templates) -> None:
    with restricted(templates) as run:
        channel = run.arns["show"]
        run.world.client("ivs").update_channel(arn=channel, playbackRestrictionPolicyArn="")
        assert PUBLISHED in broken(run)
