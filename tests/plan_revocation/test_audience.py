"""Who was issued a token is revoked by name, after a stream or on command, and nobody newer."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from ivskit import tokens
from ivskit.audience import SHARDS, partition_of
from tests.outcomes import outcomes_of
from tests.pauses import pause
from tests.pauses import resume as unpause
from tests.plan_revocation.audiences import WANTED, audience, end_stream, join, make_private, plays
from tests.revocations import MINUTES, SECONDS, report, revoke, revoked
from tests.samples import CHANNEL
from tests.signing import PRIVATE_KEY
from tests.worlds import START, OpenWorld


def test_after_a_stream_its_audience_is_shut_out_and_who_comes_later_is_not(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={**WANTED, "grace": "1m"}) as world:
        make_private(world)
        early = [join(world, f"viewer-{number}") for number in range(3)]
        assert all(plays(world, token) for token in early)
        world.run_for(MINUTES)
        end_stream(world)
        world.run_for(30 * SECONDS)
        later = [join(world, "viewer-0"), join(world, "newcomer")]
        world.run_for(2 * MINUTES)

        assert [plays(world, token) for token in early] == [False, False, False]
        assert [plays(world, token) for token in later] == [True, True]
        [outcome] = outcomes_of(world, "Viewers Revoked")
        assert (outcome["revoked"], outcome["channel_arn"]) == (3, CHANNEL)
        assert outcome["cause"] == outcome["stream_id"]
        assert plays(world, join(world, "viewer-1"))


def test_nobody_is_shut_out_while_the_encoder_may_come_back_and_when_it_does(
    open_world: OpenWorld,
) -> None:
    with open_world(policy={**WANTED, "rotate": "never", "grace": "1m"}) as world:
        make_private(world)
        token = join(world, "viewer")
        end_stream(world)
        world.run_for(30 * SECONDS)
        [key] = world.ivs.keys_of(CHANNEL)
        world.ivs.connect(key.value)
        world.run_for(3 * MINUTES)

        assert plays(world, token)
        [skipped] = outcomes_of(world, "Revocation Skipped")
        assert skipped["reason"].startswith("the channel is live again")
        assert outcomes_of(world, "Revocation Planned") == []


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ({}, "the policy says never to revoke after a stream"),
        ({**WANTED, "mode": "observe"}, "observing only: the audience would be revoked"),
    ],
)
def test_an_audience_is_left_alone_unless_its_channel_wants_it_gone(
    open_world: OpenWorld, policy: dict[str, str], reason: str
) -> None:
    with open_world(policy=policy) as world:
        end_stream(world)
        world.settle()

        assert [skipped["reason"] for skipped in outcomes_of(world, "Revocation Skipped")] == [
            reason
        ]


def test_a_channel_says_by_its_tag_that_its_audience_is_to_be_gone(open_world: OpenWorld) -> None:
    tags = {"ivskit:managed": "true", "ivskit:revoke": "after-stream"}
    with open_world(tags=tags) as world:
        join(world, "viewer")
        world.run_for(SECONDS)
        end_stream(world)
        world.settle()

        assert list(revoked(world)) == ["viewer"]


def test_a_channel_that_is_gone_has_no_audience(open_world: OpenWorld) -> None:
    with open_world(policy=WANTED) as world:
        world.client("ivs").delete_channel(arn=CHANNEL)
        end_stream(world)
        world.settle()

        assert [skipped["reason"] for skipped in outcomes_of(world, "Revocation Skipped")] == [
            "there is no such channel"
        ]


def test_what_a_pause_held_up_is_done_afterwards(open_world: OpenWorld) -> None:
    with open_world(policy=WANTED) as world:
        join(world, "viewer")
        world.run_for(SECONDS)
        pause(world)
        end_stream(world)
        world.run_for(10 * MINUTES)
        assert revoked(world) == {}
        unpause(world)
        world.settle()

        assert list(revoked(world)) == ["viewer"]


def test_a_hold_puts_off_that_an_audience_is_revoked(open_world: OpenWorld) -> None:
    hold = START + timedelta(hours=5)
    tags = {
        "ivskit:managed": "true",
        "ivskit:revoke": "after-stream",
        "ivskit:hold-until": f"{hold:%Y-%m-%dT%H:%M:%SZ}",
    }
    with open_world(tags=tags) as world:
        join(world, "viewer")
        world.run_for(SECONDS)
        end_stream(world)
        world.run_for(timedelta(hours=5) - 2 * SECONDS)
        assert (revoked(world), outcomes_of(world, "Revocation Skipped")) == ({}, [])
        world.run_for(2 * MINUTES)

        assert list(revoked(world)) == ["viewer"]
        [put_off] = outcomes_of(world, "Will Look Again")
        assert put_off["reason"].startswith("the channel is held until 2026-11-20")


def test_the_same_stream_end_twice_is_one_job(open_world: OpenWorld) -> None:
    with open_world(policy=WANTED) as world:
        join(world, "viewer")
        world.run_for(SECONDS)
        end_stream(world)
        end_stream(world)
        world.settle()

        assert len(outcomes_of(world, "Viewers Revoked")) == 1


def test_a_command_names_everybody_who_was_issued_a_token_until_then(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        make_private(world)
        everybody = [join(world, f"viewer-{number}") for number in range(60)]
        world.run_for(SECONDS)
        command = revoke(world, audience_of=[CHANNEL])
        world.run_for(2 * SECONDS)
        again = join(world, "viewer-7")
        world.deliver(command)
        world.settle()

        [outcome] = outcomes_of(world, "Viewers Revoked")
        assert (outcome["revoked"], report(world, outcome)) == (60, [])
        assert not any(plays(world, token) for token in everybody)
        assert plays(world, again)


def test_a_command_for_an_audience_of_nobody_is_refused(open_world: OpenWorld) -> None:
    with open_world() as world:
        command = revoke(world, audience_of=[CHANNEL])
        world.run_for(2 * SECONDS)
        join(world, "later")
        world.deliver(command)
        world.settle()

        [refused] = outcomes_of(world, "Command Refused")
        assert refused["errors"] == [
            "audience_of: names no viewer: no token was recorded there by then"
        ]
        assert outcomes_of(world, "Revocation Planned") == []
        assert world.dead_letters() == []


def test_after_a_stream_without_an_audience_nobody_is_revoked_and_why_is_said(
    open_world: OpenWorld,
) -> None:
    with open_world(policy=WANTED) as world:
        end_stream(world)
        world.settle()

        [skipped] = outcomes_of(world, "Revocation Skipped")
        assert "no token was recorded" in skipped["reason"]
        assert outcomes_of(world, "Revocation Planned") == []
        assert world.dead_letters() == []


def test_no_audience_is_kept_unless_the_settings_want_one(
    open_world_without_audience: OpenWorld,
) -> None:
    with open_world_without_audience() as world:
        world.deliver(revoke(world, audience_of=[CHANNEL]))
        end_stream(world)
        world.settle()

        [refused] = outcomes_of(world, "Command Refused")
        assert "set revocation.audience to true" in refused["errors"][0]
        assert outcomes_of(world, "Revocation Skipped") == []


def test_versions_of_another_kind_are_revoked_only_where_none_is_newer(
    open_world_with_other_versions: OpenWorld,
) -> None:
    with open_world_with_other_versions(policy=WANTED) as world:
        for number in range(2):
            join(world, f"viewer-{number}", viewer_session_version=10)
        world.run_for(SECONDS)
        end_stream(world)
        world.run_for(10 * SECONDS)
        join(world, "viewer-1", viewer_session_version=11)
        world.settle()

        assert revoked(world) == {"viewer-0": 10}


def test_a_viewer_who_cannot_be_recorded_gets_no_token(open_world: OpenWorld) -> None:
    with open_world() as world:
        for wrong in (2**31, -1):
            with pytest.raises(tokens.TokenRefused, match="viewer-session-version"):
                join(world, "viewer", viewer_session_version=wrong)
        with pytest.raises(tokens.TokenRefused, match="at most 600 s"):
            join(world, "viewer", lifetime=timedelta(minutes=11))

        assert list(audience(world).of(CHANNEL, now=world.now)) == []


def test_an_audience_is_neither_filled_nor_read_at_a_time_without_zone(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        table, naive = audience(world), world.now.replace(tzinfo=None)

        with pytest.raises(ValueError, match="now: takes a datetime with a time zone"):
            table.record(CHANNEL, "viewer", 1, now=naive)
        with pytest.raises(ValueError, match="now: takes a datetime with a time zone"):
            list(table.of(CHANNEL, now=naive))
        with pytest.raises(ValueError, match="now: takes a datetime with a time zone"):
            tokens.issue(table, PRIVATE_KEY, channel_arn=CHANNEL, viewer_id="v", now=naive)
        assert list(table.of(CHANNEL, now=world.now)) == []


def test_an_audience_knows_the_newest_version_of_each_viewer_in_a_lasting_order(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        table = audience(world)
        for version, viewer in [(5, "a"), (7, "b"), (3, "a"), (9, "b"), (1, "c")]:
            table.record(CHANNEL, viewer, version, now=world.now)

        recorded = list(table.of(CHANNEL, now=world.now))

        assert {each.viewer_id: each.version for each in recorded} == {"a": 5, "b": 9, "c": 1}
        assert [each.position for each in recorded] == sorted(each.position for each in recorded)
        assert list(table.of(CHANNEL, now=world.now + timedelta(hours=73))) == []
        assert list(table.of("another", now=world.now)) == []


@pytest.mark.parametrize("version", [3, 5])
def test_who_holds_a_token_is_known_whatever_its_version(
    open_world: OpenWorld, version: int
) -> None:
    with open_world() as world:
        table, began = audience(world), world.now
        later = began + timedelta(hours=70)
        table.record(CHANNEL, "a", 5, now=began)
        table.record(CHANNEL, "a", version, now=later)
        table.record(CHANNEL, "a", 1, now=began)  # came late

        [recorded] = table.of(CHANNEL, now=later + timedelta(hours=71))

        assert (recorded.version, recorded.issued_at) == (5, int(later.timestamp()))
        assert recorded.first_at == int(began.timestamp())
        assert list(table.of(CHANNEL, now=later + timedelta(hours=73))) == []


def test_a_command_of_a_clock_that_is_ahead_meets_nobody_newer(open_world: OpenWorld) -> None:
    with open_world() as world:
        make_private(world)
        early = [join(world, "named"), join(world, "recorded")]
        world.run_for(SECONDS)
        ahead = (world.now + 4 * MINUTES).isoformat()
        detail: dict[str, Any] = {
            "channel_arns": [CHANNEL],
            "viewer_ids": ["named"],
            "issued_at": ahead,
        }
        world.deliver(revoke(world, "job-1", **detail))
        world.deliver(revoke(world, "job-2", audience_of=[CHANNEL], issued_at=ahead))
        world.run_for(10 * SECONDS)
        later = [join(world, "named"), join(world, "recorded")]
        world.settle()

        assert [plays(world, token) for token in early] == [False, False]
        assert [plays(world, token) for token in later] == [True, True]
        assert len(outcomes_of(world, "Viewers Revoked")) == 2


def test_fifteen_thousand_joins_a_minute_spread_over_the_partitions() -> None:
    counts = Counter(partition_of(CHANNEL, f"viewer-{number}") for number in range(15_000))

    assert len(counts) == SHARDS
    assert max(counts.values()) < 1.2 * 15_000 / SHARDS
