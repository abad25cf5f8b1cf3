"""The audit log, read as a user of the `ivskit` command does."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ivskit_cli.audit_follow import follow as following
from ivskit_cli.audit_log import AuditLog
from ivskit_cli.main import main
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from tests.samples import CHANNEL, sample
from tests.worlds import ROOT, opener

STREAM_KEY = "sk_us-west-2_abcdefgh_ijklmnop"
MINUTE = timedelta(minutes=1)
Put = dict[str, Any]


@pytest.fixture(scope="module")
def templates() -> Templates:
    """The synthesized app."""
    return synthesize(ROOT)


@pytest.fixture
def world(templates: Templates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    """A world with one channel that is not live, and a user outside of the project."""
    monkeypatch.chdir(tmp_path)
    with opener(templates, sample("stream-state-change.stream-end"))() as there:
        yield there


def go_live(world: World) -> str:
    """An encoder goes live with the channel's key."""
    [key] = world.ivs.keys_of(CHANNEL)
    stream_id = world.ivs.connect(key.value, None).stream_id
    world.run_for(MINUTE)
    return stream_id


def send(world: World, name: str, command_id: str, **detail: Any) -> None:
    """A command issued a second later, and all that comes of it."""
    world.run_for(timedelta(seconds=1))
    given = {"command_id": command_id, "issued_at": world.now.isoformat(), **detail}
    command = sample(f"command.{name}", **given)
    if "stream_id" not in detail:
        command["detail"].pop("stream_id", None)
    world.deliver(
        command | {"id": f"event of {command_id}", "time": f"{world.now:%Y-%m-%dT%H:%M:%SZ}"}
    )
    world.settle()


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[tuple[str, str]]:
    """Detail type and reason of what `ivskit audit --json` prints."""
    assert main(["audit", "--json", *arguments]) == 0
    events = json.loads(capsys.readouterr().out)
    said = ((event["detail-type"], event["detail"].get("reason")) for event in events)
    return [(name, reason) for name, reason in said if reason is not None]


def test_a_command_leads_to_all_that_came_of_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    go_live(world)
    send(world, "stop-stream", "stop-1", reason="over time")
    send(world, "block-channel", "block-1")

    assert shown(capsys, "--cause", "stop-1") == [
        ("Stop Skipped", "nothing limits how long this stream may last"),
        ("Stop Stream", "over time"),
        ("Stream Stopped", "over time"),
        ("Rotation Skipped", "a stop already replaces the key"),
        ("Stream Key Rotated", "over time"),
        ("Stop Skipped", "the channel stayed down"),
        ("Rotation Skipped", "the channel still has the key that was delivered"),
    ]


def test_a_stream_leads_to_its_story_and_to_no_other(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    first = go_live(world)
    send(world, "stop-stream", "stop-1", reason="over time")
    second = go_live(world)
    send(world, "rotate-stream-key", "rotate-1", reason="weekly")

    story = shown(capsys, "--cause", first)
    assert ("Stop Stream", "over time") in story
    assert ("Rotate Stream Key", "weekly") not in story
    assert shown(capsys, "--cause", second) == [
        ("Stop Skipped", "nothing limits how long this stream may last")
    ]
    assert [name for name, _ in shown(capsys, "--cause", "rotate-1")] == [
        "Rotate Stream Key",
        "Rotation Skipped",
    ]


@pytest.mark.parametrize("channel", [CHANNEL, "AbCdef1G2hij"])
def test_a_channel_leads_to_all_that_names_it(
    world: World, capsys: pytest.CaptureFixture[str], channel: str
) -> None:
    other = CHANNEL.replace("hij", "hijk")
    send(world, "unblock-channel", "here")
    send(world, "unblock-channel", "elsewhere", channel_arn=other)
    send(world, "block-channel", "malformed", then="kick")

    names = [name for name, _ in shown(capsys, "--channel", channel)]
    assert names == ["Unblock Channel", "Stop Skipped", "Block Channel", "Command Refused"]


def test_an_outcome_that_was_published_twice_is_shown_once(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    send(world, "unblock-channel", "twice")
    send(world, "unblock-channel", "twice")

    names = [name for name, _ in shown(capsys, "--cause", "twice")]
    assert names == ["Unblock Channel", "Stop Skipped"]


def test_what_is_older_is_left_out(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    send(world, "unblock-channel", "earlier")
    world.run_for(90 * MINUTE)
    send(world, "unblock-channel", "later")

    commands = [name for name, _ in shown(capsys, "--channel", CHANNEL) if "Unblock" in name]
    lately = shown(capsys, "--channel", CHANNEL, "--since", "1h")

    assert commands == ["Unblock Channel"] * 2
    assert [name for name, _ in lately] == ["Unblock Channel", "Stop Skipped"]


def test_a_story_of_many_events_is_read_in_several_goes(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    stream_id = go_live(world)
    for number in range(12):
        send(world, "stop-stream", f"stop-{number}", stream_id=stream_id)

    story = shown(capsys, "--cause", stream_id)
    assert sum(name == "Stop Stream" for name, _ in story) == 12


def test_a_person_reads_a_line_for_each(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    stream_id = go_live(world)
    change = sample("stream-state-change.stream-end", stream_id=stream_id)
    world.deliver(change | {"source": "ivskit.reconcile"}, bus="ivskit-dev")
    world.settle()

    assert main(["audit", "--channel", CHANNEL]) == 0

    lines = capsys.readouterr().out.splitlines()
    about = f"AbCdef1G2hij {stream_id}"
    assert "  ivs      IVS Stream State Change" in lines.pop(0)
    assert lines[0] == (
        "2026-11-20 16:47:31  missed   IVS Stream State Change"
        f"  {about}  Stream End  ({change['id']})"
    )
    assert lines[2].endswith(
        f"  outcome  Stop Skipped          {about}"
        f"  nothing limits how long this stream may last  ({stream_id}: start)"
    )


def test_a_stream_key_in_a_command_is_not_shown(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    send(world, "stop-stream", "careless", reason=f"leaked {STREAM_KEY}")

    assert main(["audit", "--cause", "careless", "--json"]) == 0

    shown = capsys.readouterr().out
    assert STREAM_KEY not in shown
    assert "leaked sk_(removed)" in shown


def test_nothing_found_and_nothing_to_read_are_failures(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "--cause", "nobody"]) == 1
    assert capsys.readouterr() == ("", "")
    assert main(["audit", "--cause", "any", "--stage", "prod"]) == 1
    assert "ivskit: there is no log group /ivskit/prod/audit: is" in capsys.readouterr().err


def test_a_command_whose_fields_are_anything_spoils_no_story(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = {"stream_id": 4, "cause": [7], "at": 3, "id": {}, "reason": 5, "event_name": True}
    send(world, "rotate-stream-key", "odd", channel_arn=CHANNEL, **odd)
    send(world, "rotate-stream-key", "good", channel_arn=CHANNEL)

    for arguments in (["--cause", "odd"], ["--channel", CHANNEL]):
        assert main(["audit", *arguments]) == 0
        assert "Command Refused" in capsys.readouterr().out


def test_the_stage_is_that_of_the_project(
    world: World,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "cdk.json").write_text('{"context": {"ivskit": {"stage": "live"}}}')

    assert main(["audit", "--cause", "any"]) == 1
    assert "/ivskit/live/audit" in capsys.readouterr().err

    # As for a deploy from the same shell.
    monkeypatch.setenv("IVSKIT__STAGE", "prod")
    assert main(["audit", "--cause", "any"]) == 1
    assert "/ivskit/prod/audit" in capsys.readouterr().err
    assert main(["audit", "--cause", "any", "--stage", "test"]) == 1
    assert "/ivskit/test/audit" in capsys.readouterr().err
    monkeypatch.setenv("IVSKIT__STAGE", "")
    assert main(["audit", "--cause", "any"]) == 2
    assert "IVSKIT__STAGE: the stage must be up to 16" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--cause", 'a"b'], "an id has neither quotes nor backslashes"),
        (["--cause", ""], "an id has neither quotes nor backslashes"),
        (["--cause", "a", "--since", "soon"], "--since: a duration reads like 45s"),
        (["--cause", "a", "--since", "999999d"], "--since: date value out of range"),
    ],
)
def test_what_cannot_be_asked_is_wrong_usage(
    world: World, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    assert main(["audit", *arguments]) == 2
    assert why in capsys.readouterr().err


def test_events_that_the_log_does_not_admit_are_in_dead_letters(templates: Templates) -> None:
    changed = json.loads(json.dumps(templates))
    resources = changed["ivskit-dev-automation"]["Resources"]
    [policy] = [one for one in resources.values() if one["Type"] == "AWS::Logs::ResourcePolicy"]
    text = json.dumps(policy["Properties"]["PolicyDocument"])
    policy["Properties"]["PolicyDocument"] = json.loads(text.replace("logs:PutLogEvents", "logs:X"))

    with opener(changed, sample("stream-state-change.stream-end"))() as world:
        send(world, "unblock-channel", "unheard")

        queues = {letter.queue for letter in world.dead_letters()}
        assert queues == {"ivskit-dev-audit-dead-letters"}
        assert len(world.dead_letters()) == 2


def follow(world: World, **about: str) -> Iterator[list[str]]:
    """The detail types that come, one list for each look."""
    log = AuditLog(world.client("logs"), stage="dev", since=world.now)
    for events in following(log, since=world.now, **about):
        yield [event["detail-type"] for event in events]


def test_what_comes_is_followed_and_printed_once(world: World) -> None:
    looks = follow(world)

    assert next(looks) == []
    send(world, "unblock-channel", "one")
    assert next(looks) == ["Unblock Channel", "Stop Skipped"]
    assert next(looks) == []
    send(world, "block-channel", "two")
    assert "Channel Blocked" in next(looks)


def test_one_story_or_one_channel_is_followed(world: World) -> None:
    other = CHANNEL.replace("hij", "hijk")
    story, channel = follow(world, cause="one"), follow(world, channel=CHANNEL)
    assert (next(story), next(channel)) == ([], [])

    send(world, "unblock-channel", "elsewhere", channel_arn=other)
    send(world, "block-channel", "one")
    send(world, "unblock-channel", "two")

    of_story, of_channel = next(story), next(channel)
    assert of_story[:2] == ["Block Channel", "Channel Blocked"]
    assert "Unblock Channel" not in of_story
    assert of_channel.count("Unblock Channel") == 1


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_ctrl_c_ends_following_quietly(
    world: World,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
) -> None:
    send(world, "unblock-channel", "one")

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)

    assert main(["audit", "--follow", *arguments]) == 0

    printed = capsys.readouterr()
    assert printed.err == ""
    assert len(printed.out.splitlines()) == 2
    if arguments:
        names = [json.loads(line)["detail-type"] for line in printed.out.splitlines()]
        assert names == ["Unblock Channel", "Stop Skipped"]
