"""This release goes on from where the last one left everything, and the last from this one.

The moments are those to which tests/upgrades/recorded/scenario.json leads; something of every kind
is under way at its end.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from ivskit import names
from ivskit.outcomes import FORMER_NAMES
from ivskit_local.invariants import broken_invariants
from ivskit_local.runtime import lambdas
from ivskit_local.runtime.sandboxes import Sandboxes
from ivskit_local.runtime.world import World
from tests.revocations import revoked
from tests.upgrades.moments import Moment, restore
from tests.upgrades.record import breach, templates
from tests.worlds import ROOT

MINUTES = timedelta(minutes=1)


class Continued:
    """A world that has gone on from a moment: for two hours, and a day."""

    def __init__(self, world: World, moment: Moment) -> None:
        self.world = world
        self.arns = {name: each["arn"] for name, each in moment["channels"].items() if each}
        self.keys = {name: each["keys"] for name, each in moment["channels"].items() if each}

    def outcomes_of(self, channel: str) -> list[str]:
        """The present names of the outcomes about a channel, in order."""
        about = self.arns[channel]
        return [_name(each) for each in self._outcomes() if _about(each) == about]

    def answer(self, cause: str) -> tuple[str, Mapping[str, Any]]:
        """The one outcome of a command or job, by its present name, and its detail."""
        (only,) = (each for each in self._outcomes() if each["detail"]["cause"] == cause)
        return _name(only), only["detail"]

    def names_told(self) -> list[str]:
        """The present names of all outcomes."""
        return [_name(each) for each in self._outcomes()]

    def key_of(self, channel: str) -> str | None:
        """Which key the channel has."""
        return next((key.arn for key in self.world.ivs.keys_of(self.arns[channel])), None)

    def has_new_key(self, channel: str) -> bool:
        """Whether the channel has a key, and not one that it had at the moment."""
        return self.key_of(channel) not in (None, *self.keys[channel])

    def _outcomes(self) -> list[Mapping[str, Any]]:
        events = (put.event for put in self.world.published)
        return [event for event in events if event["source"] == names.OUTCOME]


def _name(event: Mapping[str, Any]) -> str:
    return FORMER_NAMES.get(event["detail-type"], event["detail-type"])


def _about(event: Mapping[str, Any]) -> str | None:
    about: str | None = event["detail"].get("channel_arn")
    return about


@pytest.fixture(scope="module", params=["the last release", "this release"])
def continued(request: pytest.FixtureRequest) -> Iterator[Continued]:
    """What came of the moment that this release or the last led to, by the other's functions."""
    if request.param == "this release":
        functions: Path = request.getfixturevalue("last_release")
        moment = request.getfixturevalue("moment_of_this")
    else:
        functions = ROOT / "functions"
        moment = request.getfixturevalue("moment_of_last")
    start = datetime.fromisoformat(moment["now"])
    with (
        patch.object(lambdas, "Sandboxes", lambda code, stay_warm: Sandboxes(functions)),
        World(templates(), project_root=ROOT, start=start) as world,
    ):
        restore(world, moment)
        seen = Continued(world, moment)
        _go_on(world, seen, moment)
        yield seen


def _go_on(world: World, seen: Continued, moment: Moment) -> None:
    """Somebody restores a secret, sends two commands again and goes live; at last, all hang up.

    A day later comes one more sweep.
    """
    for secret in moment["secrets"]:
        if secret["is_deleted"]:
            world.client("secretsmanager").restore_secret(SecretId=secret["name"])
    for command, channel, cause in _REPEATED:
        detail = {"command_id": cause, "issued_at": moment["now"]}
        world.deliver(_event(command, {**detail, "channel_arn": seen.arns[channel]}))
    world.deliver(breach(world))
    (key,) = world.ivs.keys_of(seen.arns["locked"])
    world.ivs.connect(key.value)
    world.run_for(120 * MINUTES)
    for arn in seen.arns.values():
        if world.ivs.live_session(arn):
            world.ivs.disconnect(arn)
    world.settle()
    tomorrow = world.now + timedelta(days=1)
    world.skip_to(tomorrow, by=tomorrow + 60 * MINUTES)
    world.settle()


_REPEATED = (
    (names.STOP_STREAM, "ended", "stop-nobody"),
    (names.ROTATE_STREAM_KEY, "long", "rotate-live"),
)


def _event(detail_type: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"again: {detail['command_id']}",
        "source": names.COMMAND,
        "detail-type": detail_type,
        "resources": [],
        "detail": detail,
    }


def test_all_comes_to_rest_in_order(continued: Continued) -> None:
    assert continued.world.dead_letters() == []
    assert broken_invariants(continued.world) == []


def test_a_rotation_that_died_half_way_is_finished(continued: Continued) -> None:
    assert continued.outcomes_of("rotating")[0] == names.STREAM_KEY_ROTATED
    assert continued.has_new_key("rotating")


def test_a_stop_and_a_block_that_died_half_way_are_finished(continued: Continued) -> None:
    stopping = continued.outcomes_of("stopping")
    assert (stopping.count(names.STREAM_STOPPED), stopping.count(names.STREAM_KEY_ROTATED)) == (
        1,
        1,
    )
    assert continued.has_new_key("stopping")
    assert continued.outcomes_of("blocking").count(names.CHANNEL_BLOCKED) == 1
    assert continued.key_of("blocking") is None


def test_what_was_blocked_stays_down(continued: Continued) -> None:
    assert continued.outcomes_of("blocked") == []
    assert continued.key_of("blocked") is None


def test_a_grace_ends_with_a_new_key(continued: Continued) -> None:
    assert names.STREAM_KEY_ROTATED in continued.outcomes_of("ended")
    assert continued.has_new_key("ended")


def test_a_key_that_the_store_refused_is_offered_again(continued: Continued) -> None:
    assert continued.outcomes_of("refused") == [names.STREAM_KEY_DELIVERED]
    assert not continued.has_new_key("refused")


def test_a_lockout_holds_and_limits_count_from_where_they_were(continued: Continued) -> None:
    for channel in ("locked", "long", "idle"):
        assert continued.outcomes_of(channel).count(names.STREAM_STOPPED) == 1
    assert not continued.has_new_key("locked")
    assert names.STREAM_STOPPED not in continued.outcomes_of("typed")


def test_a_breach_that_comes_again_sheds_the_same_stream_and_no_other(continued: Continued) -> None:
    assert continued.outcomes_of("shed").count(names.STREAM_STOPPED) == 1
    assert names.STREAM_STOPPED not in continued.outcomes_of("welcoming")


def test_a_cause_is_answered_as_it_was_before(continued: Continued) -> None:
    stop, rotation = continued.answer("stop-nobody"), continued.answer("rotate-live")
    assert (stop[0], stop[1]["reason"]) == (names.STOP_SKIPPED, "the channel is not live")
    assert rotation[0] == names.ROTATION_SKIPPED
    assert rotation[1]["reason"].startswith("the channel is live (")


def test_metadata_keeps_its_order_and_welcomes_go_on(continued: Continued) -> None:
    long = continued.arns["long"]
    pushed = [each for each in continued.world.ivs.metadata if each.channel_arn == long]
    assert [each.text for each in pushed] == ["first", "second"]
    assert continued.outcomes_of("welcoming").count(names.METADATA_PUSHED) == 24


def test_jobs_are_done_and_counted_as_planned(continued: Continued) -> None:
    for job, revoked_of_it, skipped in (("mass", 600, 3), ("few", 1, 0)):
        name, detail = continued.answer(job)
        counts = detail["revoked"], detail.get("skipped", detail.get("kept", 0))
        assert (name, *counts) == (names.VIEWERS_REVOKED, revoked_of_it, skipped)
    viewers = revoked(continued.world, continued.arns["private"])
    assert {"ann", "bob", "cat"} < viewers.keys()


def test_the_key_of_a_channel_that_is_gone_is_deleted_in_time(continued: Continued) -> None:
    assert continued.names_told().count(names.STORED_KEY_DELETED) == 1
    assert continued.names_told().count(names.STORED_KEY_ORPHANED) == 0
