"""An incident of a stage, rebuilt from its audit log, and replayed."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ivskit_cli.audit_log import AuditLog
from ivskit_cli.incident import incident
from ivskit_cli.main import main
from ivskit_local.errors import NotDone
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.samples import CHANNEL, sample
from tests.worlds import ROOT, opener

OTHER = f"{CHANNEL}x"


@pytest.fixture
def world() -> Iterator[World]:
    """A night with a show of which nobody asks, then a show that a person stops."""
    with opener(synthesize(ROOT), sample("stream-state-change.stream-end"))() as there:
        show(there)
        there.ivs.disconnect(CHANNEL)
        there.run_for(timedelta(hours=1))
        show(there)
        yield there


def show(world: World) -> None:
    """The channel goes live."""
    [key] = world.ivs.keys_of(CHANNEL)
    world.ivs.connect(key.value, None)
    world.run_for(timedelta(minutes=5))


def send(world: World, name: str, command_id: str, **detail: Any) -> None:
    """A command issued now, and what comes of it within an hour."""
    given = {"command_id": command_id, "issued_at": world.now.isoformat(), **detail}
    command = sample(f"command.{name}", **given)
    command["detail"].pop("stream_id", None)
    world.deliver(command | {"id": f"event of {command_id}"})
    world.run_for(timedelta(hours=1))


def of_cause(world: World, cause: str) -> dict[str, Any]:
    """The scenario of what this command led to."""
    log = AuditLog(world.client("logs"), stage="dev", since=world.now - timedelta(days=1))
    return incident(log, cause)


def test_a_command_leads_to_its_session_alone(world: World, tmp_path: Path) -> None:
    send(world, "stop-stream", "stop-1", then="block", reason="spam")

    scenario = of_cause(world, "stop-1")

    done = [step["do"] for step in scenario["steps"] if step["do"] != "come late"]
    assert done == ["go live", "command", "check"]
    assert list(scenario["channels"]) == ["Your-Channel"]
    assert scenario["expect"]["told"] == {"Channel Blocked": 1, "Stream Stopped": 1}
    assert CHANNEL not in json.dumps(scenario)


def test_a_saved_incident_is_replayed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(world, "stop-stream", "stop-1", then="block", reason="spam")
    file = tmp_path / "incident.json"
    file.write_text(json.dumps(of_cause(world, "stop-1")))
    world.__exit__(None, None, None)
    monkeypatch.chdir(ROOT)

    assert main(["replay", str(file)]) == 0


def test_a_channel_that_was_blocked_before_is_blocked(world: World) -> None:
    send(world, "block-channel", "block-1")
    send(world, "unblock-channel", "unblock-1")

    [channel] = of_cause(world, "unblock-1")["channels"].values()

    assert channel["tags"]["ivskit:blocked"] == "true"
    assert channel["has_key"] is False


def test_another_channel_is_no_part_of_it(world: World) -> None:
    send(world, "unblock-channel", "elsewhere", channel_arn=OTHER)
    send(world, "unblock-channel", "here")

    assert len(of_cause(world, "here")["channels"]) == 1


def test_a_cause_of_which_the_log_has_nothing_is_said(world: World) -> None:
    with pytest.raises(NotDone, match="has nothing of nobody: is it older than --since says"):
        of_cause(world, "nobody")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--save", "x.json"], "--save takes --from-audit CAUSE"),
        (["--from-audit", "c", "x.json"], "replay takes files or --from-audit CAUSE, not both"),
    ],
)
def test_what_does_not_go_together_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["replay", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"ivskit: {said}")
