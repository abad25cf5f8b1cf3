"""Commands restrict playback, and lift that; policies are shared, and those of others stay."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from ivskit_local.runtime.world import World
from tests.restrict_playback.restrictions import (
    HOUR,
    MINUTE,
    add_channel,
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
)
from tests.samples import CHANNEL
from tests.worlds import OpenWorld

POLICIES = {"policies": {"dach": {"countries": ["DE", "AT", "CH"], "strict": True}}}


def theirs(world: World, *countries: str) -> str:
    """A policy that somebody made by hand."""
    ivs = world.client("ivs")
    made = ivs.create_playback_restriction_policy(allowedCountries=list(countries), name="by-hand")
    arn: str = made["playbackRestrictionPolicy"]["arn"]
    return arn


def test_a_restricted_channel_plays_in_its_countries_alone_until_that_is_lifted(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        restrict(world)
        assert plays(world, "AT")
        assert not plays(world, "US")
        [said] = outcomes(world, "Playback Restricted")
        assert (said["cause"], said["countries"], said["by"]) == (
            "restrict",
            ["AT", "DE"],
            "command",
        )

        lift(world)
        assert plays(world, "US")
        assert policies(world) == []
        [lifted] = outcomes(world, "Playback Restriction Lifted")
        assert lifted["reason"] == "the licence is for everywhere now"
        [deleted] = outcomes(world, "Restriction Policy Deleted")
        assert deleted["policy_arn"] == said["policy_arn"]


def test_a_policy_of_the_settings_is_attached_by_its_name(open_world: OpenWorld) -> None:
    with open_world(restrictions=POLICIES) as world:
        restrict(world, policy="dach")
        [policy] = world.ivs.playback_restriction_policies.values()

        assert attached(world) == policy.arn
        assert policy.allowed_countries == ["AT", "CH", "DE"]
        assert policy.enable_strict_origin_enforcement


def test_a_name_that_the_settings_do_not_have_is_refused(open_world: OpenWorld) -> None:
    with open_world(restrictions=POLICIES) as world:
        restrict(world, policy="benelux")

        [reason] = reasons(world, "Command Refused")
        assert reason == "policy: restrictions.policies has dach, and not 'benelux'"


def test_channels_with_the_same_restriction_share_a_policy(open_world: OpenWorld) -> None:
    with open_world() as world:
        other = add_channel(world)
        restrict(world, channel_arn=None, channel_arns=[CHANNEL, other], countries=["AT", "DE"])
        assert policies(world) == [("AT", "DE")]
        assert attached(world) == attached(world, other)

        lift(world)
        assert policies(world) == [("AT", "DE")]
        lift(world, "again", channel_arn=other)
        assert policies(world) == []


def test_a_fourth_content_is_refused_with_the_three_that_there_are(open_world: OpenWorld) -> None:
    with open_world() as world:
        others = [add_channel(world) for _ in range(3)]
        for number, country in enumerate(("DE", "AT", "CH")):
            restrict(world, country, countries=[country], channel_arn=others[number])
        restrict(world, "fourth", countries=["FR"])

        assert attached(world) is None
        [reason] = reasons(world, "Command Refused")
        assert reason.startswith("the region has 3 restriction policies, and IVS allows 3: ")
        assert all(f"(countries {country})" in reason for country in ("DE", "AT", "CH"))

        # One that no channel uses any more makes room.
        world.client("ivs").delete_channel(arn=others[0])
        restrict(world, "fifth", countries=["FR"])
        assert policies(world) == [("AT",), ("CH",), ("FR",)]


def test_a_policy_made_by_hand_is_replaced_only_with_force_and_comes_back(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        by_hand = theirs(world, "FR")
        world.client("ivs").update_channel(arn=CHANNEL, playbackRestrictionPolicyArn=by_hand)
        restrict(world)
        assert attached(world) == by_hand
        [reason] = reasons(world, "Command Refused")
        assert "which ivskit did not make, is attached: send the command with force" in reason

        restrict(world, "forced", force=True)
        assert plays(world, "DE")
        lift(world)
        assert attached(world) == by_hand
        assert policies(world) == [("FR",)]


def test_a_channel_that_starts_again_and_again_is_restricted_at_its_next_end(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.ivs.timing.to_start = HOUR
        go_live(world)
        restrict(world)
        world.run_for(MINUTE)

        [postponed] = outcomes(world, "Playback Restriction Postponed")
        assert postponed["cause"] == "restrict"
        [asked] = [each for each in world.deliveries if each.event["id"] == "restrict"]
        assert [each.error is None for each in asked.reactions] == [False] * 4 + [True]

        world.ivs.disconnect(CHANNEL)
        world.run_for(HOUR)
        assert plays(world, "AT")
        assert not plays(world, "US")


def test_a_live_channel_is_restricted_from_its_next_start(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)
        restrict(world)
        assert attached(world) is None
        [reason] = reasons(world, "Playback Restriction Postponed")
        assert reason.endswith("IVS changes no live channel: from the next start")

        hang_up(world)
        assert not plays(world, "US")
        [done] = outcomes(world, "Playback Restricted")
        assert done["cause"] == "restrict"
        assert world.dead_letters() == []


def test_a_stream_end_that_is_lost_delays_the_change_by_half_an_hour(
    open_world: OpenWorld,
) -> None:
    # Of a channel that is not managed, the sweep emits no event again.
    with open_world(tags={}) as world:
        world.transit = _losing("Stream End")
        go_live(world)
        restrict(world)
        hang_up(world)
        assert plays(world, "US")

        world.run_for(30 * MINUTE)
        assert not plays(world, "US")


def _losing(event_name: str) -> Callable[[Mapping[str, Any]], Sequence[timedelta]]:
    def transit(event: Mapping[str, Any]) -> Sequence[timedelta]:
        return () if event["detail"].get("event_name") == event_name else (timedelta(),)

    return transit


def test_a_newer_command_takes_the_place_of_one_that_waits(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world)
        restrict(world, "first")
        restrict(world, "second", countries=["FR"])
        hang_up(world)

        assert policies(world) == [("FR",)]
        [done] = outcomes(world, "Playback Restricted")
        assert done["cause"] == "second"
        [skipped] = outcomes(world, "Playback Restriction Skipped")
        assert skipped["cause"] == "first"


def test_an_older_command_is_refused(open_world: OpenWorld) -> None:
    with open_world() as world:
        before = world.now.isoformat()
        world.run_for(MINUTE)
        lift(world)
        restrict(world, "newer")
        lift(world, "older", issued_at=before)

        assert not plays(world, "US")
        assert "a newer command changed" in reasons(world, "Command Refused")[0]


def test_a_private_channel_is_refused(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.client("ivs").update_channel(arn=CHANNEL, authorized=True)
        restrict(world)

        [reason] = reasons(world, "Command Refused")
        assert "private" in reason
        assert policies(world) == []


@pytest.mark.parametrize("force", [False, True])
def test_a_channel_that_is_only_observed_needs_force(open_world: OpenWorld, force: bool) -> None:
    with open_world() as world:
        tag(world, mode="observe")
        restrict(world, force=force)

        assert (attached(world) is not None) is force
        assert len(outcomes(world, "Command Refused")) == (not force)


def test_a_repeat_changes_nothing(open_world: OpenWorld) -> None:
    with open_world() as world:
        issued = world.now.isoformat()
        restrict(world, issued_at=issued)
        lift(world)
        restrict(world, issued_at=issued)

        assert plays(world, "US")
        assert len(outcomes(world, "Playback Restricted")) == 1


def test_a_channel_that_is_gone_is_refused_and_its_policy_deleted_within_the_hour(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        restrict(world)
        world.client("ivs").delete_channel(arn=CHANNEL)
        restrict(world, "gone")
        assert reasons(world, "Command Refused") == ["there is no such channel"]
        assert policies(world) == [("AT", "DE")]

        world.run_for(HOUR)
        assert policies(world) == []
        [deleted] = outcomes(world, "Restriction Policy Deleted")
        assert deleted["reason"] == "no channel uses it any more"
