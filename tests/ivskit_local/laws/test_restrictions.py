"""The laws about restrictions of playback, seen to be broken."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ivskit import names
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Run
from ivskit_local.scenarios.steps import Tag
from tests.ivskit_local.laws.runs import (
    MANAGED,
    broken,
    command,
    forget_outcomes,
    go_live,
    say_again,
)
from tests.pruned import pruned
from tests.worlds import ROOT

OWNER = "no restriction policy without an owner"
PUBLISHED = "a channel is restricted as published"
TAGGED = "a channel is restricted as its tags ask, or an outcome says why not"
FINISHED = "a restriction that a command began is finished once no stream is live"


@pytest.fixture(scope="module")
def templates() -> Templates:
    return pruned(synthesize(ROOT), "restrict_playback")


@contextmanager
def restricted(templates: Templates) -> Iterator[Run]:
    """The channel was restricted two hours ago."""
    with World(templates, project_root=ROOT) as world:
        run = Run(world, {"show": ChannelSpec(tags=MANAGED)}, folder=Path())
        command("0s", names.RESTRICT_PLAYBACK, detail={"countries": ["DE"]}).carry_out(run)
        world.run_for(timedelta(hours=2))
        yield run


def test_all_hold(templates: Templates) -> None:
    with restricted(templates) as run:
        assert not {OWNER, PUBLISHED, TAGGED, FINISHED} & {*broken(run)}


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


def test_tags_that_nobody_acts_on_break_a_law_after_a_while(templates: Templates) -> None:
    with restricted(templates) as run:
        tag(run, {"ivskit:countries": "US"})
        run.world.run_for(timedelta(minutes=40))
        assert TAGGED not in broken(run)

        # A command goes above the tags, until it is lifted.
        run.world.run_for(timedelta(minutes=40))
        assert TAGGED not in broken(run)
        forget_outcomes(run)
        assert TAGGED in broken(run)


@pytest.mark.parametrize(
    "tags",
    [
        {"ivskit:mode": "observe"},
        {"ivskit:managed": None},
        {"ivskit:hold-until": "2030-01-01T00:00:00Z"},
        {"ivskit:restriction": "dach"},
        {"ivskit:countries": "Germany"},
    ],
)
def test_tags_do_not_count_where_ivskit_is_to_leave_the_channel_alone(
    templates: Templates, tags: Mapping[str, str | None]
) -> None:
    with restricted(templates) as run:
        tag(run, {"ivskit:countries": "US", **tags})
        forget_outcomes(run)
        run.world.run_for(timedelta(hours=1))
        assert TAGGED not in broken(run)


def test_what_an_outcome_says_why_not_is_excused(templates: Templates) -> None:
    with restricted(templates) as run:
        tag(run, {"ivskit:countries": "US"})
        run.world.run_for(timedelta(hours=1))
        reason = "the region has 3 restriction policies; the tags ask for countries US"
        say_again(run, names.PLAYBACK_RESTRICTED, by="tag", reason=reason)
        rename(run, names.PLAYBACK_RESTRICTED, names.PLAYBACK_RESTRICTION_SKIPPED)
        assert TAGGED not in broken(run)


def test_a_change_that_stays_open_breaks_a_law_once_no_stream_is_live(templates: Templates) -> None:
    with restricted(templates) as run:
        go_live().carry_out(run)
        command("2h", names.RESTRICT_PLAYBACK, detail={"countries": ["US"]}).carry_out(run)
        run.world.run_for(timedelta(hours=2))
        assert FINISHED not in broken(run)

        # Nobody sees the end of the stream, and no look comes.
        run.world.ivs.disconnect(run.arns["show"])
        session = run.session("show", 1)
        session.over_at = run.world.now - timedelta(hours=1)
        assert FINISHED in broken(run)
        run.pauses.append(run.start)
        assert FINISHED not in broken(run)

        run.pauses.clear()
        run.world.run_for(timedelta(hours=1))
        assert FINISHED not in broken(run)


def test_what_is_lifted_is_as_published(templates: Templates) -> None:
    with restricted(templates) as run:
        command("2h", names.LIFT_RESTRICTION).carry_out(run)
        run.world.run_for(timedelta(hours=1))
        assert not {PUBLISHED, TAGGED} & {*broken(run)}


def test_a_channel_that_is_gone_breaks_no_law(templates: Templates) -> None:
    with restricted(templates) as run:
        tag(run, {"ivskit:countries": "US"})
        forget_outcomes(run)
        run.world.run_for(timedelta(hours=1))
        run.delete("show")
        assert not {TAGGED, FINISHED} & {*broken(run)}


def tag(run: Run, tags: Mapping[str, str | None]) -> None:
    """Somebody changes the tags of the channel."""
    Tag.model_validate({"at": "0s", "do": "tag", "channel": "show", "tags": tags}).carry_out(run)


def rename(run: Run, old: str, new: str) -> None:
    """As if these outcomes had had another name."""
    assert isinstance(run.world.published, list)
    run.world.published[:] = [
        replace(put, event={**put.event, "detail-type": new})
        if put.event["detail-type"] == old
        else put
        for put in run.world.published
    ]
