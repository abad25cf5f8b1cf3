"""No command ends without a word: each, on each kind of channel, whatever streams there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from ivskit import names
from ivskit.policy import PolicySettings
from ivskit_local.invariants import broken_invariants
from ivskit_local.laws.book import breaches
from ivskit_local.laws.story import Deployed, answers
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.applications import Pause
from ivskit_local.scenarios.run import ChannelSpec, Run
from ivskit_local.scenarios.steps import Command, GoLive, KeyAct, Step
from tests.pruned import pruned
from tests.worlds import ROOT, with_variable

KINDS: Mapping[str, Mapping[str, str]] = {
    "managed": {"ivskit:managed": "true"},
    "untagged": {},
    "observe": {"ivskit:managed": "true", "ivskit:mode": "observe"},
    "held": {"ivskit:managed": "true", "ivskit:hold-until": "2027-01-01T00:00:00Z"},
    "blocked": {"ivskit:managed": "true"},
}
STREAMS = ("live", "starting", "offline")
COMMANDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "stop": ("Stop Stream", {}),
    "kick": ("Stop Stream", {"then": "kick"}),
    "stop and re-key": ("Stop Stream", {"then": "rotate"}),
    "stop and block": ("Stop Stream", {"then": "block"}),
    "block": ("Block Channel", {}),
    "unblock": ("Unblock Channel", {}),
    "rotate": ("Rotate Stream Key", {}),
    "rotate though live": ("Rotate Stream Key", {"if_live": "proceed"}),
    "take down": ("Take Down", {}),
    "restore": ("Restore", {}),
    "restrict": ("Restrict Playback", {"countries": ["DE"]}),
    "lift": ("Lift Restriction", {}),
}
# What comes before, so that there is something to undo: on blocked channels, and on all.
UNDOES_A_BLOCK: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "restore": ("Take Down", {"countries": ["DE"]})
}
UNDOES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "lift": ("Restrict Playback", {"countries": ["DE"], "force": True})
}
# What they are about is in the detail, and nothing of it changes a stream or a key.
BULK: Mapping[str, tuple[str, Callable[[str], Mapping[str, Any]]]] = {
    "revoke": (
        "Revoke Viewers",
        lambda channel: {
            "viewers": [{"channel_arn": channel, "viewer_id": "jane", "up_to_version": 1}]
        },
    ),
    "push": ("Push Metadata", lambda channel: {"channel_arns": [channel], "metadata": "hello"}),
}
STOPS = {"stop", "kick", "stop and re-key", "stop and block", "block", "take down"}
BLOCKS = {"stop and block", "block", "take down"}
GIVEN, ANSWERED = 120, 240
FUNCTIONS = (
    "reconcile_streams",
    "restrict_playback",
    "rotate_stream_key",
    "stop_stream",
    "take_down",
)


@pytest.fixture(scope="module")
def templates() -> Templates:
    return pruned(synthesize(ROOT), *FUNCTIONS)


@contextmanager
def sent(
    templates: Templates,
    command: str,
    *,
    kinds: Sequence[str] = tuple(KINDS),
    force: bool = False,
    pause: Mapping[str, bool] | None = None,
) -> Iterator[Run]:
    """The command is sent to every kind of channel, and two minutes have passed."""
    channels = {
        f"{kind}-{stream}": ChannelSpec(tags=KINDS[kind])
        for kind, stream in product(kinds, STREAMS)
    }
    with World(templates, project_root=ROOT) as world:
        run = Run(world, channels, folder=Path())
        for step in _steps(channels, command, force=force, pause=pause):
            world.run_for(run.start + step.at - world.now)
            step.carry_out(run)
        world.run_for(timedelta(seconds=ANSWERED - GIVEN))
        yield run


def _steps(
    channels: Mapping[str, ChannelSpec],
    command: str,
    *,
    force: bool,
    pause: Mapping[str, bool] | None,
) -> Sequence[Step]:
    steps: list[Step] = []
    for channel in channels:
        kind, stream = channel.split("-")
        # A blocked channel is live where somebody has made it a key since.
        begins = {"live": GIVEN - 20 if kind != "blocked" else GIVEN - 6, "starting": GIVEN - 3}
        steps.extend(_before(command, channel, kind))
        if kind == "blocked" and stream in begins:
            key = {"at": "60s", "do": "create key", "channel": channel}
            steps.append(KeyAct.model_validate(key))
        if stream in begins:
            begin = {"at": f"{begins[stream]}s", "do": "go live", "channel": channel}
            steps.append(GoLive.model_validate(begin))
        given = {"at": f"{GIVEN}s", "id": f"to {channel}", **_asked(command, channel, force)}
        steps.append(Command.model_validate(given))
    if pause is not None:
        steps.append(Pause.model_validate({"at": "50s", "do": "pause", **pause}))
    return sorted(steps, key=lambda step: step.at)


def _before(command: str, channel: str, kind: str) -> Iterator[Command]:
    if command in UNDOES:
        yield _sent(*UNDOES[command], channel)
    if kind == "blocked":
        yield _sent(*UNDOES_A_BLOCK.get(command, ("Block Channel", {})), channel)


def _sent(name: str, detail: Mapping[str, Any], channel: str) -> Command:
    sent = {"at": "0s", "do": "command", "command": name, "channel": channel, "detail": detail}
    return Command.model_validate(sent)


def _asked(command: str, channel: str, force: bool) -> Mapping[str, Any]:
    if command in BULK:
        name, about = BULK[command]
        return {"do": "command", "command": name, "detail": {**about(channel), "force": force}}
    name, detail = COMMANDS[command]
    asked = {"do": "command", "command": name, "detail": {**detail, "force": force}}
    return {**asked, "channel": channel}


def refused(run: Run) -> set[str]:
    """The channels on which the command was refused, each loudly."""
    return {
        one.cause.removeprefix("to ")
        for one in answers(run)
        if one.name == names.COMMAND_REFUSED and one.cause.startswith("to ")
    }


def unanswered(run: Run) -> set[str]:
    """The channels that the command did not reach."""
    answered = {one.cause for one in answers(run)}
    return {channel for channel in run.arns if f"to {channel}" not in answered}


def is_as_wanted(run: Run, channel: str, command: str) -> bool:
    """Whether the channel is as the command wants it."""
    _, stream = channel.split("-")
    arn = run.arns[channel]
    down = run.world.ivs.live_session(arn) is None
    key, first = run.key(channel), run.first_keys[channel]
    if command in BLOCKS:
        return down and key is None
    if command in STOPS:
        return down
    if command in ("restrict", "lift"):
        return is_restricted(run, channel) == (command == "restrict")
    if command in ("unblock", "restore"):
        return key is not None and not is_restricted(run, channel)
    is_new = key is not None and key.arn != (first.arn if first else None)
    return is_new == (stream == "offline" or command == "rotate though live")


def is_restricted(run: Run, channel: str) -> bool:
    """Whether playback is restricted, or will be otherwise than now after the stream."""
    arn = run.arns[channel]
    now = bool(run.world.ivs.channels[arn].playback_restriction_policy_arn)
    return now != (postponed(run, arn) and run.world.ivs.live_session(arn) is not None)


def postponed(run: Run, arn: str) -> bool:
    """Whether the change waits for the end of the stream."""
    said = (one for one in answers(run) if one.detail.get("channel_arn") == arn)
    return any(one.name == names.PLAYBACK_RESTRICTION_POSTPONED for one in said)


def channels_of(*kinds: str) -> set[str]:
    """All channels of these kinds."""
    return {f"{kind}-{stream}" for kind, stream in product(kinds, STREAMS)}


def assert_in_order(run: Run, **deployed: Any) -> None:
    """No law is broken, nothing is half done, and nothing was given up."""
    assert unanswered(run) == set()
    assert list(breaches(run, Deployed(policy=PolicySettings(), **deployed))) == []
    assert broken_invariants(run.world) == []
    assert run.world.dead_letters() == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_acts_unless_the_channel_is_observed(templates: Templates, command: str) -> None:
    with sent(templates, command) as run:
        no_key = {"blocked"} if command in ("rotate", "rotate though live") else set()
        expected = channels_of("observe", *no_key)

        assert refused(run) == expected
        for channel in set(run.arns) - expected:
            assert is_as_wanted(run, channel, command), channel
        assert_in_order(run)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_with_force_acts_also_where_everything_is_paused(
    templates: Templates, command: str
) -> None:
    paused = {"commands_too": True}
    kinds = ("managed", "untagged", "observe")
    with sent(templates, command, kinds=kinds, force=True, pause=paused) as run:
        assert refused(run) == set()
        for channel in run.arns:
            assert is_as_wanted(run, channel, command), channel
        assert_in_order(run)


def changes_since(run: Run, offset: timedelta) -> Sequence[str]:
    """What stops a stream or restricts a channel."""
    changing = ("StopStream", "UpdateChannel")
    since = (call for call in run.world.calls if call.at > run.start + offset)
    return [call.operation for call in since if call.operation in changing]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pause_holds_back_commands_only_where_it_says_so(
    templates: Templates, command: str
) -> None:
    kinds = ("managed", "untagged")
    with sent(templates, command, kinds=kinds, pause={"commands_too": False}) as run:
        assert refused(run) == set()
        for channel in run.arns:
            assert is_as_wanted(run, channel, command), channel
        assert_in_order(run)
    with sent(templates, command, kinds=kinds, pause={"commands_too": True}) as run:
        keys = {channel: run.key(channel) for channel in run.arns}

        assert refused(run) == channels_of(*kinds)
        assert keys == run.first_keys
        assert not changes_since(run, timedelta(seconds=50))
        assert_in_order(run)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_can_be_held_back_from_channels_that_are_not_managed(
    templates: Templates, command: str
) -> None:
    only_managed = with_variable(templates, "IVSKIT_COMMAND_CHANNELS", "managed")
    with sent(only_managed, command, kinds=("managed", "untagged")) as run:
        assert refused(run) == channels_of("untagged")
        for channel in channels_of("managed"):
            assert is_as_wanted(run, channel, command), channel
        assert_in_order(run, command_channels="managed")


@pytest.fixture(scope="module")
def bulk_templates() -> Templates:
    of_bulk = ("plan_revocation", "push_metadata", "queue_metadata", "revoke_viewers")
    return pruned(synthesize(ROOT), "rotate_stream_key", "stop_stream", *of_bulk)


def done(run: Run, command: str) -> set[str]:
    """The channels on which the command was carried out."""
    names_of_it = {names.VIEWERS_REVOKED} if command == "revoke" else {names.METADATA_PUSHED}
    return {one.cause.removeprefix("to ") for one in answers(run) if one.name in names_of_it}


def possible(run: Run, command: str) -> set[str]:
    """The channels on which it can be: metadata takes a stream that has begun."""
    return {channel for channel in run.arns if command == "revoke" or channel.endswith("-live")}


@pytest.mark.parametrize("command", BULK)
@pytest.mark.parametrize(
    ("force", "pause"),
    [(False, None), (True, {"commands_too": True}), (False, {"commands_too": False})],
)
def test_a_command_in_bulk_acts_unless_the_channel_is_observed(
    bulk_templates: Templates, command: str, force: bool, pause: Mapping[str, bool] | None
) -> None:
    kinds = ("managed", "untagged", "observe", "held")
    with sent(bulk_templates, command, kinds=kinds, force=force, pause=pause) as run:
        held_back = set() if force else channels_of("observe")

        assert refused(run) == held_back
        assert done(run, command) == possible(run, command) - held_back
        assert_in_order(run)


@pytest.mark.parametrize("command", BULK)
def test_a_pause_that_says_so_refuses_commands_in_bulk(
    bulk_templates: Templates, command: str
) -> None:
    kinds = ("managed", "untagged")
    with sent(bulk_templates, command, kinds=kinds, pause={"commands_too": True}) as run:
        assert refused(run) == channels_of(*kinds)
        assert done(run, command) == set()
        assert_in_order(run)


@pytest.mark.parametrize(
    ("force", "pause", "acts"),
    [
        (False, None, True),
        (False, {"commands_too": False}, True),
        (False, {"commands_too": True}, False),
        (True, {"commands_too": True}, True),
    ],
)
def test_a_command_about_no_channel_acts_unless_commands_are_held_back(
    force: bool, pause: Mapping[str, bool] | None, acts: bool
) -> None:
    app = pruned(synthesize(ROOT), "rotate_playback_key")
    with World(app, project_root=ROOT) as world:
        run = Run(world, {"show": ChannelSpec(tags=KINDS["observe"])}, folder=Path())
        if pause is not None:
            Pause.model_validate({"at": "0s", "do": "pause", **pause}).carry_out(run)
        given = {"at": "0s", "do": "command", "command": names.ROTATE_PLAYBACK_KEY, "id": "to all"}
        Command.model_validate({**given, "detail": {"force": force}}).carry_out(run)
        world.run_for(timedelta(seconds=ANSWERED - GIVEN))

        answered = {one.name for one in answers(run) if one.cause == "to all"}
        assert (names.PLAYBACK_KEY_ROTATED in answered) is acts
        assert (names.COMMAND_REFUSED in answered) is not acts
