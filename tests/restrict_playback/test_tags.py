"""The tags of a channel restrict its playback, as the sweep finds them."""

import pytest

from tests.pauses import pause, resume
from tests.restrict_playback.restrictions import (
    HOUR,
    MINUTE,
    attached,
    go_live,
    hang_up,
    lift,
    outcomes,
    plays,
    policies,
    reasons,
    restrict,
    tag,
    untag,
)
from tests.restrict_playback.test_commands import POLICIES, theirs
from tests.samples import CHANNEL
from tests.worlds import OpenWorld

SWEEP = 6 * MINUTE


def test_tags_restrict_a_channel_until_they_are_gone(open_world: OpenWorld) -> None:
    with open_world() as world:
        tag(world, countries="DE at", origins="https://example.com")
        world.run_for(SWEEP)
        assert plays(world, "AT")
        assert not plays(world, "US")
        [said] = outcomes(world, "Playback Restricted")
        assert (said["by"], said["origins"]) == ("tag", ["https://example.com"])

        untag(world, "countries", "origins")
        world.run_for(SWEEP)
        assert plays(world, "US")
        assert policies(world) == []
        assert reasons(world, "Playback Restriction Lifted") == [
            "the tags of the channel ask for it no more"
        ]


def test_a_tag_names_a_policy_of_the_settings(open_world: OpenWorld) -> None:
    with open_world(restrictions=POLICIES) as world:
        tag(world, restriction="dach")
        world.run_for(SWEEP)
        assert policies(world) == [("AT", "CH", "DE")]

        tag(world, restriction="benelux")
        world.run_for(HOUR)
        assert policies(world) == [("AT", "CH", "DE")]
        [reason] = reasons(world, "Playback Restriction Skipped")
        assert "restrictions.policies has dach, and not 'benelux'" in reason


def test_a_tag_changes_a_live_channel_after_its_stream(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)
        tag(world, countries="DE")
        world.run_for(HOUR)
        assert attached(world) is None
        assert len(outcomes(world, "Playback Restriction Postponed")) == 1

        hang_up(world)
        assert not plays(world, "US")


def test_a_tag_that_is_taken_back_during_the_stream_changes_nothing(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        go_live(world)
        tag(world, countries="DE")
        world.run_for(SWEEP)
        untag(world, "countries")
        hang_up(world)
        world.run_for(HOUR)

        assert attached(world) is None
        assert outcomes(world, "Playback Restricted") == []


def test_an_invalid_tag_opens_no_channel(open_world: OpenWorld) -> None:
    with open_world() as world:
        tag(world, countries="DE")
        world.run_for(SWEEP)
        tag(world, countries="Germany")
        world.run_for(HOUR)

        assert not plays(world, "US")
        [reason] = reasons(world, "Playback Restriction Skipped")
        assert reason.startswith("a tag of the channel is invalid")


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"mode": "observe"}, "observing only"),
        ({"hold-until": "2030-01-01T00:00:00Z"}, "the channel is held"),
    ],
)
def test_it_says_once_what_it_would_do(
    open_world: OpenWorld, tags: dict[str, str], why: str
) -> None:
    with open_world() as world:
        tag(world, countries="DE", **tags)
        world.run_for(3 * HOUR)

        assert attached(world) is None
        [reason] = reasons(world, "Playback Restriction Skipped")
        assert reason.startswith(why)
        assert reason.endswith("the tags ask for countries DE")

        untag(world, *tags)
        world.run_for(HOUR)
        assert not plays(world, "US")


def test_a_pause_holds_it_back(open_world: OpenWorld) -> None:
    with open_world() as world:
        pause(world)
        tag(world, countries="DE")
        world.run_for(HOUR)
        assert attached(world) is None

        resume(world)
        world.run_for(HOUR)
        assert not plays(world, "US")


def test_a_channel_that_is_not_managed_keeps_what_it_has(open_world: OpenWorld) -> None:
    with open_world(tags={}) as world:
        tag(world, countries="DE")
        world.run_for(HOUR)

        assert attached(world) is None


def test_what_somebody_attached_by_hand_stays(open_world: OpenWorld) -> None:
    with open_world() as world:
        by_hand = theirs(world, "FR")
        world.client("ivs").update_channel(arn=CHANNEL, playbackRestrictionPolicyArn=by_hand)
        tag(world, countries="DE")
        world.run_for(HOUR)

        assert attached(world) == by_hand
        assert "which ivskit did not make" in reasons(world, "Playback Restriction Skipped")[0]


def test_what_somebody_takes_off_by_hand_comes_back(open_world: OpenWorld) -> None:
    with open_world() as world:
        tag(world, countries="DE")
        world.run_for(SWEEP)
        world.client("ivs").update_channel(arn=CHANNEL, playbackRestrictionPolicyArn="")
        world.run_for(SWEEP)

        assert not plays(world, "US")


def test_a_command_goes_above_the_tags_until_it_is_lifted(open_world: OpenWorld) -> None:
    with open_world() as world:
        tag(world, countries="DE")
        world.run_for(SWEEP)
        lift(world, "not so")
        assert reasons(world, "Command Refused") == [
            "the tags of the channel ask for a restriction: remove them first"
        ]

        restrict(world, countries=["FR"])
        world.run_for(HOUR)
        assert plays(world, "FR")
        assert not plays(world, "DE")

        lift(world)
        assert plays(world, "DE")
        assert not plays(world, "FR")


def test_what_is_attached_is_known_though_the_memory_is_lost(open_world: OpenWorld) -> None:
    with open_world() as world:
        restrict(world)
        tables = world.client("dynamodb")
        for table in tables.list_tables()["TableNames"]:
            for item in tables.scan(TableName=table)["Items"]:
                if "channel_arn" in item:
                    tables.delete_item(TableName=table, Key={"channel_arn": item["channel_arn"]})
        world.run_for(HOUR)
        assert not plays(world, "US")

        lift(world)
        assert plays(world, "US")
        assert policies(world) == []
