"""One command takes a channel down, another restores it; each has one report."""

import pytest

from ivskit.audience import Audience
from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime.world import World
from tests.pauses import pause
from tests.samples import CHANNEL
from tests.take_down.take_downs import (
    FUNCTION,
    MINUTE,
    SECOND,
    is_down,
    outcomes,
    report,
    restore,
    send,
    states,
    steps,
    take_down,
)
from tests.worlds import OpenWorld


def calls_to_ivs(world: World, function: str) -> list[str]:
    """What a function asked of IVS until the stream was cut."""
    made = [c.operation for c in world.calls if c.function == function and c.service == "ivs"]
    return made[: made.index("StopStream") + 1]


def test_the_cut_takes_the_same_calls_as_a_block(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.run_for(MINUTE)
        send(world, "block-channel", "block")
        world.run_for(5 * SECOND)
        blocked = calls_to_ivs(world, "stop_stream")
    with open_world() as world:
        world.run_for(MINUTE)
        take_down(world, countries=["DE"])
        world.run_for(5 * SECOND)

        assert is_down(world)
        assert calls_to_ivs(world, "stop_stream") == blocked
        # Nothing else takes the lease of the channel before.
        others = [c for c in world.calls if c.function in ("restrict_playback", FUNCTION)]
        assert "UpdateItem" not in {call.operation for call in others}


def test_a_take_down_reports_each_part(open_world: OpenWorld) -> None:
    with open_world() as world:
        take_down(world, countries=["DE"])
        world.run_for(MINUTE)

        assert states(world) == {
            "block": "done",
            "stream": "done",
            "key": "done",
            "audience": "left out",
            "restriction": "done",
            "recording": "left out",
        }
        assert report(world)["failed"] == []
        assert report(world)["reason"] == "a court order"
        assert steps(world)["audience"][1] == "the channel is public: nobody needs a token"
        assert broken_invariants(world) == []


def test_the_audience_of_a_private_channel_is_revoked(open_world: OpenWorld) -> None:
    with open_world() as world:
        make_private(world)
        watched_by(world, "ann", "bob")
        take_down(world)
        world.run_for(2 * MINUTE)

        assert steps(world)["audience"] == ("done", "2 of 2 viewer session(s) are revoked")
        [revoked] = outcomes(world, "Viewers Revoked")
        assert revoked["cause"] == "down"


def test_the_audience_is_kept_where_that_is_asked(open_world: OpenWorld) -> None:
    with open_world() as world:
        make_private(world)
        watched_by(world, "ann")
        take_down(world, revoke_audience=False)
        world.run_for(2 * MINUTE)

        assert steps(world)["audience"] == ("left out", "not asked")
        assert outcomes(world, "Viewers Revoked") == []


def test_nobody_may_be_recorded(open_world: OpenWorld) -> None:
    with open_world() as world:
        make_private(world)
        take_down(world)
        world.run_for(2 * MINUTE)

        state, why = steps(world)["audience"]
        assert (state, why.partition(",")[0]) == ("left out", "no viewer with a token is recorded")
        skipped = outcomes(world, "Revocation Skipped")
        assert "down" in {each["cause"] for each in skipped}


def make_private(world: World) -> None:
    """The stream ends, and from now on viewers need a token."""
    world.ivs.disconnect(CHANNEL)
    world.run_for(15 * MINUTE)
    world.client("ivs").update_channel(arn=CHANNEL, authorized=True)


def watched_by(world: World, *viewers: str) -> None:
    """The application records that it issued tokens to them."""
    parameter = world.client("ssm").get_parameter(Name="/ivskit/dev/audience")
    table = parameter["Parameter"]["Value"]
    audience = Audience(world.client("dynamodb"), table=table)
    for viewer in viewers:
        audience.record(CHANNEL, viewer, 1, now=world.now)


def test_a_restriction_of_a_private_channel_fails_and_the_rest_is_done(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        make_private(world)
        take_down(world, countries=["DE"])
        world.run_for(2 * MINUTE)

        assert report(world)["failed"] == ["restriction"]
        assert "private" in steps(world)["restriction"][1]
        assert states(world)["block"] == "done"
        # The command itself is carried out: its report says what failed.
        assert outcomes(world, "Command Refused") == []


@pytest.mark.parametrize("force", [False, True])
def test_what_is_refused_has_no_report(open_world: OpenWorld, force: bool) -> None:
    with open_world() as world:
        world.client("ivs").tag_resource(resourceArn=CHANNEL, tags={"ivskit:mode": "observe"})
        take_down(world, force=force)
        world.run_for(20 * MINUTE)

        assert is_down(world) is force
        assert len(outcomes(world, "Channel Taken Down")) == force
        assert len(outcomes(world, "Command Refused")) == (not force)


def test_a_pause_of_automation_holds_no_take_down_up(open_world: OpenWorld) -> None:
    with open_world() as world:
        pause(world)
        take_down(world, countries=["DE"])
        world.run_for(2 * MINUTE)

        assert report(world)["failed"] == []


def test_a_stream_that_ivs_does_not_end_fails_in_the_report(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "StopStream", "InternalServerException", times=99)
        take_down(world)
        world.run_for(14 * MINUTE)
        assert outcomes(world, "Channel Taken Down") == []

        world.run_for(2 * MINUTE)
        assert report(world)["failed"] == ["stream"]
        assert "it takes longer than this report waits" in steps(world)["stream"][1]


def test_many_channels_have_a_report_each(open_world: OpenWorld) -> None:
    with open_world() as world:
        other = world.client("ivs").create_channel()["channel"]["arn"]
        take_down(world, channel_arn=None, channel_arns=[CHANNEL, other])
        world.run_for(2 * MINUTE)

        found = outcomes(world, "Channel Taken Down")
        assert {each["channel_arn"] for each in found} == {CHANNEL, other}
        assert is_down(world, other)


def test_a_restore_gives_everything_back(open_world: OpenWorld) -> None:
    with open_world() as world:
        take_down(world, countries=["DE"])
        world.run_for(2 * MINUTE)
        restore(world)
        world.run_for(2 * MINUTE)

        assert states(world, "Channel Restored", "up") == {
            "block": "done",
            "key": "done",
            "audience": "left out",
            "restriction": "done",
            "recording": "left out",
        }
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert not world.ivs.playback_restriction_policies
        assert "ivskit:blocked" not in world.ivs.channels[CHANNEL].tags
        assert broken_invariants(world) == []


def test_a_restore_leaves_a_restriction_that_was_there_before(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.ivs.disconnect(CHANNEL)
        world.run_for(MINUTE)
        send(world, "restrict-playback", "before", countries=["FR"])
        world.run_for(MINUTE)
        take_down(world, countries=["DE"])
        world.run_for(2 * MINUTE)
        restore(world)
        world.run_for(2 * MINUTE)

        [policy] = world.ivs.playback_restriction_policies.values()
        assert policy.allowed_countries == ["FR"]
        assert states(world, "Channel Restored", "up")["restriction"] == "done"


def test_a_restore_without_a_restriction_lifts_none(open_world: OpenWorld) -> None:
    with open_world() as world:
        take_down(world)
        world.run_for(2 * MINUTE)
        restore(world)
        world.run_for(2 * MINUTE)

        assert steps(world, "Channel Restored", "up")["restriction"] == (
            "left out",
            "no take-down restricted the channel",
        )


def test_of_a_take_down_and_a_restore_the_newer_counts(open_world: OpenWorld) -> None:
    with open_world() as world:
        earlier = world.now.isoformat()
        world.run_for(SECOND)
        restore(world)
        world.run_for(SECOND)
        take_down(world, "late", issued_at=earlier)
        world.run_for(20 * MINUTE)

        assert not is_down(world)


def test_an_unblock_ends_a_take_down_too(open_world: OpenWorld) -> None:
    with open_world() as world:
        take_down(world)
        world.run_for(10 * SECOND)
        send(world, "unblock-channel", "open")
        world.run_for(20 * MINUTE)

        assert "block" in report(world)["failed"]
        assert steps(world)["block"][1] == "a newer command unblocked the channel"
