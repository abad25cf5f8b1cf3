"""Blocks and unblocks: a blocked channel stays down, and the newer command wins."""

from datetime import timedelta

import pytest

from ivskit_local.replay import MANAGED
from tests.outcomes import outcomes_of
from tests.samples import CHANNEL, STREAM
from tests.stop_stream.shows import (
    MINUTES,
    SECONDS,
    assert_at_rest,
    command,
    delivered_key,
    go_live,
    live,
    obey,
    reasons,
    stopped_sessions,
)
from tests.worlds import OpenWorld


def test_a_blocked_channel_stays_down_through_stream_end_rotation_and_new_keys_until_unblocked(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        go_live(world, reconnect_after=2)

        obey(world, "stop-stream", then="block")
        obey(world, "rotate-stream-key")
        world.run_for(5 * MINUTES)

        assert live(world) is None
        assert world.ivs.keys_of(CHANNEL) == []
        assert world.ivs.channels[CHANNEL].tags["ivskit:blocked"] == "true"
        assert len(outcomes_of(world, "Channel Blocked")) == 1
        assert_at_rest(world)

        obey(world, "unblock-channel")
        world.run_for(MINUTES)

        [key] = world.ivs.keys_of(CHANNEL)
        assert delivered_key(world) == key.value
        assert "ivskit:blocked" not in world.ivs.channels[CHANNEL].tags
        assert len(outcomes_of(world, "Channel Unblocked")) == 1
        assert_at_rest(world)


def test_a_stream_that_starts_on_a_blocked_channel_is_cut_and_its_key_deleted(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        obey(world, "block-channel")
        theirs = world.client("ivs").create_stream_key(channelArn=CHANNEL)["streamKey"]["value"]
        world.ivs.connect(theirs, 2)
        world.run_for(5 * MINUTES)

        assert live(world) is None
        assert reasons(world, "Stream Stopped") == ["the channel is blocked"]
        assert len(outcomes_of(world, "Channel Blocked")) == 1
        assert_at_rest(world)


def test_a_block_of_a_channel_that_is_not_live_deletes_its_key(open_world: OpenWorld) -> None:
    with open_world() as world:
        obey(world, "block-channel")

        assert world.ivs.keys_of(CHANNEL) == []
        assert outcomes_of(world, "Stream Stopped") == []
        assert_at_rest(world)


def test_an_unblock_older_than_the_block_does_nothing(open_world: OpenWorld) -> None:
    with open_world() as world:
        unblock = command(world, "unblock-channel")
        world.run_for(MINUTES)
        obey(world, "block-channel")

        world.deliver(unblock)
        world.run_for(MINUTES)

        assert world.ivs.keys_of(CHANNEL) == []
        assert reasons(world, "Command Refused") == ["a newer command blocked the channel"]


def test_a_stop_on_a_blocked_channel_leaves_the_block_as_it_was(open_world: OpenWorld) -> None:
    with open_world() as world:
        early = world.now.isoformat()
        world.run_for(MINUTES)
        unblock = command(world, "unblock-channel")
        world.run_for(MINUTES)
        obey(world, "block-channel")
        theirs = world.client("ivs").create_stream_key(channelArn=CHANNEL)["streamKey"]["value"]
        session = world.ivs.connect(theirs).stream_id
        world.run_for(SECONDS)

        obey(world, "stop-stream", stream_id=session, issued_at=early)
        world.deliver(unblock)
        world.run_for(MINUTES)

        assert world.ivs.keys_of(CHANNEL) == []
        assert len(outcomes_of(world, "Channel Blocked")) == 1
        assert_at_rest(world)


def test_a_block_that_arrives_after_the_unblock_that_followed_it_does_nothing(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        [key] = world.ivs.keys_of(CHANNEL)
        block = command(world, "block-channel")
        world.run_for(MINUTES)
        obey(world, "unblock-channel")

        world.deliver(block)
        world.run_for(MINUTES)

        assert world.ivs.keys_of(CHANNEL) == [key]
        assert reasons(world, "Command Refused") == ["a newer command unblocked the channel"]


def test_a_block_that_arrives_after_the_unblock_that_ended_a_lockout_does_nothing(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={"rotate": "never"}) as world:
        go_live(world)
        obey(world, "stop-stream", then="auto")
        block = command(world, "block-channel")
        world.run_for(MINUTES)
        obey(world, "unblock-channel")

        world.deliver(block)
        world.run_for(MINUTES)

        assert len(outcomes_of(world, "Channel Unblocked")) == 1
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert reasons(world, "Command Refused") == ["a newer command unblocked the channel"]


def test_one_wrong_answer_about_a_channel_forgets_nothing(open_world: OpenWorld) -> None:
    with open_world() as world:
        obey(world, "block-channel")
        theirs = world.client("ivs").create_stream_key(channelArn=CHANNEL)["streamKey"]["value"]
        world.gate.fault("ivs", "GetChannel", "ResourceNotFoundException", 404)

        world.ivs.connect(theirs, 2)
        world.run_for(2 * MINUTES)
        world.gate.fault("ivs", "GetChannel", "ResourceNotFoundException", 404)
        obey(world, "stop-stream")

        assert "there is no such channel" in reasons(world, "Stop Skipped")
        assert reasons(world, "Command Refused") == []
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert_at_rest(world)


def test_an_unblock_ends_the_block_though_ivs_refuses_to_take_the_tag_away(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        obey(world, "block-channel")
        world.gate.fault("ivs", "UntagResource", "AccessDeniedException", 403)

        obey(world, "unblock-channel")

        [unblocked] = outcomes_of(world, "Channel Unblocked")
        assert "still tagged, since UntagResource: AccessDeniedException" in unblocked["reason"]
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert_at_rest(world)


def test_a_block_under_the_id_of_a_stop_that_did_nothing_blocks(open_world: OpenWorld) -> None:
    with open_world() as world:
        obey(world, "stop-stream", command_id="incident-1", then="kick")
        go_live(world)

        obey(world, "block-channel", command_id="incident-1")

        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert_at_rest(world)


def test_an_unblock_that_is_older_than_a_stop_does_not_undo_it(open_world: OpenWorld) -> None:
    with open_world(policy={"rotate": "never"}) as world:
        go_live(world)
        unblock = command(world, "unblock-channel")
        world.run_for(MINUTES)
        obey(world, "stop-stream", then="auto")

        world.deliver(unblock)
        world.run_for(MINUTES)
        go_live(world)
        world.run_for(MINUTES)
        assert live(world) is None

        obey(world, "unblock-channel")
        session = go_live(world)
        world.run_for(MINUTES)
        assert live(world) == session


def test_a_block_that_only_the_tag_said_ends_with_the_tag(open_world: OpenWorld) -> None:
    tag = {"ivskit:blocked": "true"}
    with open_world() as world:
        ivs = world.client("ivs")
        ivs.tag_resource(resourceArn=CHANNEL, tags=tag)
        go_live(world)
        world.run_for(MINUTES)
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])

        ivs.untag_resource(resourceArn=CHANNEL, tagKeys=[*tag])
        ivs.create_stream_key(channelArn=CHANNEL)
        session = go_live(world)
        world.run_for(MINUTES)
        assert live(world) == session

        ivs.tag_resource(resourceArn=CHANNEL, tags=tag)
        obey(world, "stop-stream", then="kick")
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        ivs.untag_resource(resourceArn=CHANNEL, tagKeys=[*tag])
        obey(world, "unblock-channel")
        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert_at_rest(world)


@pytest.mark.parametrize(
    ("name", "age", "answer"),
    [
        ("stop-stream", 2, "Command Refused"),
        ("block-channel", 48, "Channel Blocked"),
        ("unblock-channel", 48, "Stop Skipped"),
    ],
)
def test_a_block_or_an_unblock_is_never_too_old(
    open_world: OpenWorld, name: str, age: int, answer: str
) -> None:
    with open_world() as world:
        sent = command(world, name)
        world.run_for(timedelta(hours=age))

        world.deliver(sent)
        world.run_for(MINUTES)

        assert len(outcomes_of(world, answer)) == 1


def test_a_stop_that_blocks_blocks_whichever_session_it_names(open_world: OpenWorld) -> None:
    with open_world() as world:
        go_live(world, reconnect_after=2)

        obey(world, "stop-stream", then="block", stream_id=STREAM)

        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert_at_rest(world)


def test_where_memory_is_lost_the_tag_of_a_block_counts(open_world: OpenWorld) -> None:
    tags = {**MANAGED, "ivskit:blocked": "true"}
    with open_world(tags=tags) as world:
        session = go_live(world)
        world.run_for(MINUTES)
        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        assert stopped_sessions(world) == [session]

        obey(world, "unblock-channel")

        assert len(world.ivs.keys_of(CHANNEL)) == 1
        assert world.ivs.channels[CHANNEL].tags == MANAGED
        assert_at_rest(world)


def test_a_channel_that_can_carry_no_more_tags_is_blocked_all_the_same(
    open_world: OpenWorld,
) -> None:
    many = {f"team:{number}": "sports" for number in range(49)} | dict(MANAGED)
    with open_world(tags=many) as world:
        go_live(world, reconnect_after=2)

        obey(world, "block-channel")

        assert (live(world), world.ivs.keys_of(CHANNEL)) == (None, [])
        [reason] = reasons(world, "Channel Blocked")
        assert "not tagged, since" in reason
        assert outcomes_of(world, "Command Refused") == []
        assert_at_rest(world)


def test_a_stop_that_completes_the_block_of_a_dead_invocation_answers_both(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        session = go_live(world)
        world.gate.kill(function="stop_stream", call="StopStream", when="after")
        block = command(world, "block-channel")
        world.deliver(block)
        world.run_for(20 * SECONDS)
        stop = command(world, "stop-stream")
        world.deliver(stop)
        world.run_for(5 * MINUTES)

        asked = block["detail"]["command_id"]
        [blocked] = outcomes_of(world, "Channel Blocked")
        [stopped] = outcomes_of(world, "Stream Stopped")
        assert blocked["cause"] == f"{asked}: block"
        assert (stopped["cause"], stopped["stream_id"]) == (asked, session)
        skipped = {one["cause"]: one["reason"] for one in outcomes_of(world, "Stop Skipped")}
        reason = "the channel is blocked, and has no key any more"
        assert skipped[stop["detail"]["command_id"]] == reason
        assert_at_rest(world)


def test_the_retry_of_a_block_that_died_answers_though_nobody_can_look_at_the_stream(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        go_live(world)
        world.gate.kill(function="stop_stream", call="DeleteStreamKey", when="before")
        world.deliver(command(world, "block-channel"))
        world.run_for(20 * SECONDS)
        world.gate.fault("ivs", "GetStream", "InternalServerException", times=60)
        world.run_for(40 * MINUTES)

        assert len(outcomes_of(world, "Channel Blocked")) == 1
        assert outcomes_of(world, "Command Refused") == []
        assert live(world) is None
