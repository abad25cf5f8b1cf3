"""What is sent as a command and is none, or none of this stage, is refused loudly."""

from typing import Any

import pytest

from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from tests.outcomes import outcomes_of
from tests.pruned import pruned
from tests.samples import sample
from tests.stop_stream.shows import SECONDS
from tests.worlds import ROOT


def refused(templates: Templates, detail_type: str) -> list[dict[str, Any]]:
    """What comes of a command that is called so."""
    with World(templates, project_root=ROOT) as world:
        event = sample("command.push-metadata", issued_at=world.now.isoformat())
        world.deliver(event | {"detail-type": detail_type})
        world.run_for(5 * SECONDS)

        assert world.dead_letters() == []
        assert not any("abcdefghij" in line.line for line in world.logs)
        return outcomes_of(world, "Command Refused")


@pytest.mark.parametrize("name", ["PushMetadata", "push metadata", "sk_us-west-2_abcdefghij"])
def test_a_command_that_there_is_not_is_refused_by_name(name: str) -> None:
    [refusal] = refused(pruned(synthesize(ROOT), "rotate_stream_key", "stop_stream"), name)

    assert refusal["reason"].startswith("1 error(s): detail-type: must be one of Rotate Stream Key")
    assert refusal["command"] == (name if "sk_" not in name else "sk_(removed)")


@pytest.mark.parametrize("name", ["take-down", "restore"])
def test_without_take_downs_nothing_of_one_is_done(name: str) -> None:
    without = synthesize(ROOT, overrides={"take_down": {"enabled": False}})
    with World(pruned(without, "rotate_stream_key", "stop_stream"), project_root=ROOT) as world:
        world.deliver(sample(f"command.{name}", issued_at=world.now.isoformat()))
        world.run_for(5 * SECONDS)

        [refusal] = outcomes_of(world, "Command Refused")
        assert refusal["errors"] == ["no function of this stage reacts to this command"]
        assert not [call for call in world.calls if call.service == "ivs"]


def test_a_command_of_which_the_settings_leave_out_the_function_is_refused() -> None:
    without = synthesize(ROOT, overrides={"metadata": {"enabled": False}})

    [refusal] = refused(pruned(without, "rotate_stream_key", "stop_stream"), "Push Metadata")

    assert refusal["errors"] == ["no function of this stage reacts to this command"]
