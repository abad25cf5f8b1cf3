"""The state of a server that is kept over a restart."""

import io
import json
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

import ivs_emulator
from ivs_emulator import data_file
from ivs_emulator.agenda import STEPS
from ivs_emulator.data_file import DataFileRefused
from ivs_emulator.events import timestamp
from ivs_emulator.server import Server
from ivs_emulator.state_format import Writer

from .conftest import name_of

ACCOUNT, REGION = "123456789012", "eu-west-1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


class Running:
    """A server with this file, and what asks it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.ivs: Any = boto3.client("ivs", REGION, endpoint_url=server.url)
        self.there = ivs_emulator.backend(ACCOUNT, REGION)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.server.url}/_ivs/{path}"
        answer = requests.request(method, url, json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def advance(self, seconds: float) -> None:
        self.control("POST", "clock", {"advanceSeconds": seconds})

    def events(self, since: int = 0) -> list[str]:
        said = self.control("GET", f"events?since={since}")
        return [name_of(event) for event in said["events"]]


def serving(file: Path, *, seed: int | None = None, log: io.StringIO | None = None) -> Server:
    return Server(port=0, throttling=None, seed=seed, data=file, log=log or io.StringIO())


def content(file: Path) -> Any:
    return json.loads(file.read_bytes().partition(b"\n")[2])


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_there_was_is_there_after_a_restart(file: Path) -> None:
    with serving(file) as server:
        before = Running(server)
        made = before.ivs.create_channel(name="show", tags={"a": "b"})
        arn, key = made["channel"]["arn"], made["streamKey"]["value"]
        before.control("POST", "encoders", {"streamKey": key})
        before.control("PUT", "quotas", {"channels": 7})
        before.control("PUT", "buckets", {"buckets": {"$": REGION}})
        before.advance(3)
    with serving(file) as server:
        after = Running(server)
        assert after.ivs.get_channel(arn=arn)["channel"] == made["channel"]
        assert after.there.holds_key(arn, key)
        assert after.control("GET", "quotas")["channels"] == 7
        assert after.control("GET", "buckets") == {"buckets": {"$": REGION}}
        assert after.events() == ["Session Created"]
        # What was due is still due, and numbers go on.
        after.advance(4)
        assert after.events(since=1) == ["Stream Start"]
        assert after.ivs.get_stream(channelArn=arn)["stream"]["state"] == "LIVE"
    with serving(file) as server:
        assert Running(server).events() == ["Session Created", "Stream Start"]
        assert len(ivs_emulator.backend(ACCOUNT, REGION).events) == 2


def a_full_house(running: Running) -> None:
    """All kinds of resources, and an action of every kind that is due."""
    there, ivs = running.there, running.ivs
    channels = [ivs.create_channel() for _ in range(4)]
    recorded = ivs.create_recording_configuration(
        destinationConfiguration={"s3": {"bucketName": "bucket"}},
        recordingReconnectWindowSeconds=60,
    )["recordingConfiguration"]["arn"]
    running.advance(5)
    settings = {"channelArn": channels[0]["channel"]["arn"]}
    ivs.update_channel(arn=settings["channelArn"], recordingConfigurationArn=recorded)
    policy = ivs.create_playback_restriction_policy(allowedCountries=["FR"])
    ivs.update_channel(
        arn=channels[1]["channel"]["arn"],
        playbackRestrictionPolicyArn=policy["playbackRestrictionPolicy"]["arn"],
    )
    ivs.start_viewer_session_revocation(channelArn=channels[0]["channel"]["arn"], viewerId="v")
    there.used_tokens.use("once")
    for made in channels:
        there.connect(made["streamKey"]["value"], 20)
    running.advance(8)
    # Long enough that none of it is done before the server ends, on a slow machine either.
    for delay in ("to_start", "to_end_after_stop", "to_end_time", "to_create_configuration"):
        setattr(there.timing, delay, timedelta(seconds=20))
    first, second, third, fourth = (made["channel"]["arn"] for made in channels)
    ivs.put_metadata(channelArn=first, metadata="secret")
    there.disconnect(first)  # recordings._finish, lifecycle._note_end
    there.starve(second)  # encoders._give_up
    ivs.stop_stream(channelArn=third)  # lifecycle.end, encoders._try
    there.disconnect(fourth)
    there.connect(channels[3]["streamKey"]["value"])  # lifecycle._start
    ivs.create_recording_configuration(  # recording_configurations._finish
        destinationConfiguration={"s3": {"bucketName": "other"}}
    )
    ivs.create_failover_slate_configuration()  # failover_slates._finish
    player = "arn:aws:mediatailor:eu-west-1:123456789012:playbackConfiguration/p"
    ivs.create_ad_configuration(
        mediaTailorPlaybackConfigurations=[{"playbackConfigurationArn": player}]
    )


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing becomes due by itself."""
    monkeypatch.setattr("ivs_emulator.server.TICK_SECONDS", 60.0)


def test_every_kind_of_resource_and_action_comes_back_the_same(file: Path, still: None) -> None:
    with serving(file) as server:
        a_full_house(Running(server))
        waiting = {due.action.func for due in Running(server).there.agenda.pending()}  # type: ignore[attr-defined]
    saved = content(file)
    with serving(file) as server:
        later = Running(server)
        agenda = later.there.agenda
        assert {due.action.func for due in agenda.pending()} == waiting  # type: ignore[attr-defined]
    # Only a recording that is about to begin is not in the house: its second is the next one.
    assert {STEPS[name] for name in STEPS if name != "recordings.start"} == waiting
    assert content(file) == saved
    assert "secret" in json.dumps(saved)


def test_objects_that_were_one_are_one_again(file: Path, still: None) -> None:
    with serving(file) as server:
        a_full_house(Running(server))
    with serving(file) as server:
        later = Running(server)
        # The end of a recording removes just this one from those that go on.
        assert len(later.there.recordings) == 1
        later.advance(70)
        assert later.there.recordings == {}
        assert "Recording End" in later.events()
        # A starving encoder was cut off, and all of them are back where they would be.
        assert later.events().count("Stream Start") == 4 + 3
        assert later.control("GET", "failures") == {"failures": []}


def test_a_seed_goes_on_where_it_was(file: Path) -> None:
    arns = set()
    for _ in range(3):
        with serving(file, seed=1) as server:
            arns.add(Running(server).ivs.create_channel()["channel"]["arn"])

    assert len(arns) == 3


def test_what_was_due_meanwhile_happens_at_its_time(file: Path, still: None) -> None:
    with serving(file) as server:
        before = Running(server)
        before.there.timing.to_start = timedelta(seconds=1)
        before.there.connect(before.ivs.create_channel()["streamKey"]["value"])
        due = before.there.agenda.next_due()
    assert due
    time.sleep(max(0, (due - before.there.now()).total_seconds()))
    with serving(file) as server:
        after = Running(server)
        after.ivs.list_channels()
        assert [event["time"] for event in after.there.events][1:] == [timestamp(due)]


def test_a_change_is_saved_while_the_server_runs_and_only_then(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_file, "SAVE_SECONDS", 0.01)
    with serving(file) as server:
        running = Running(server)
        made = running.ivs.create_channel()
        until(lambda: made["channel"]["arn"] in file.read_text())
        seen = file.stat().st_mtime_ns
        running.ivs.list_channels()
        running.control("GET", "events")
        time.sleep(0.1)
        assert file.stat().st_mtime_ns == seen
        running.there.connect(made["streamKey"]["value"])
        until(lambda: "Session Created" in file.read_text())
        running.control("POST", "reset")
        until(lambda: made["channel"]["arn"] not in file.read_text())
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_server_that_is_closed_twice_does_not_forget(file: Path) -> None:
    with serving(file) as server:
        arn = Running(server).ivs.create_channel()["channel"]["arn"]
        server.__exit__()

    assert arn in file.read_text()


def test_only_its_owner_can_read_it_since_it_has_keys(file: Path) -> None:
    file_is_a_link = file.with_name("link")
    file_is_a_link.symlink_to(file)
    with serving(file_is_a_link) as server:
        key = Running(server).ivs.create_channel()["streamKey"]["value"]

    assert key in file.read_text()
    assert file_is_a_link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def signed(state: Any, **other: Any) -> bytes:
    """A file with this state whose checksum is right."""
    text = json.dumps(state).encode()
    head = {"format": data_file.FORMAT, "v": 1, "sha256": sha256(text).hexdigest(), **other}
    return json.dumps(head).encode() + b"\n" + text + b"\n"


STATE = {
    "clock": {"$": "timedelta", "seconds": 0},
    "conditions": {"timing": {"$": "Timing", "n": 0, "has": {}}, "limits": None, "buckets": None},
    "last": 0,
    "events": [],
    "backends": [],
}
AT_FAULT = {"$": "partial", "step": "os.system", "args": ["true"]}
A_BACKEND = {"account": ACCOUNT, "region": REGION, "has": {}, "due": [], "sequence": []}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is no data file of this emulator, or its beginning is damaged"),
        (b"\xff", "is no data file of this emulator, or its beginning is damaged"),
        (b"[]", "is no data file of this emulator, or its beginning is damaged"),
        (b'{"v": 1}', "is no data file of this emulator, or its beginning is damaged"),
        (signed(STATE)[:-5], "is damaged: its content does not have its checksum"),
        (signed(STATE).replace(b'"last": 0', b'"last": 1'), "is damaged: its content does not"),
        (signed(STATE, v=2), "was written by a newer release of ivskit: format 2, and this one"),
        (signed({**STATE, "events": [{}]}), "is damaged: KeyError: 'account'"),
        (signed({**STATE, "clock": AT_FAULT}), "is damaged: KeyError: 'os.system'"),
        (signed({**STATE, "clock": {"$": "Popen", "n": 0, "has": {}}}), "is damaged: KeyError"),
        (signed({**STATE, "backends": [A_BACKEND]}), "is damaged: KeyError: 'channels'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_line_and_left_alone(
    file: Path, raw: bytes, said: str
) -> None:
    file.write_bytes(raw)
    with pytest.raises(DataFileRefused) as refused:
        serving(file)

    assert str(refused.value).startswith(f"{file}: {said}")
    assert "\n" not in str(refused.value)
    assert file.read_bytes() == raw
    assert ivs_emulator.IVSBackend.shared is None


def test_a_state_that_is_whole_is_taken(file: Path) -> None:
    file.write_bytes(signed(STATE))
    with serving(file) as server:
        assert Running(server).events() == []


def test_a_place_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileRefused, match="x/y: cannot be written: No such file or directory"):
        serving(tmp_path / "x" / "y")
    with pytest.raises(DataFileRefused, match="Is a directory"):
        serving(tmp_path)


def test_a_file_that_cannot_be_saved_any_more_gets_one_line_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_file, "SAVE_SECONDS", 0.01)
    log = io.StringIO()
    folder = tmp_path / "f"
    folder.mkdir()
    with serving(folder / "state", log=log) as server:
        running = Running(server)
        folder.rename(tmp_path / "away")
        arn = running.ivs.create_channel()["channel"]["arn"]
        until(lambda: "could not be saved" in log.getvalue())
        time.sleep(0.05)
        (tmp_path / "away").rename(folder)
        until(lambda: arn in (folder / "state").read_text())

    said = [line for line in log.getvalue().splitlines() if "could not be saved" in line]
    assert said == [f"{folder / 'state'}: could not be saved: No such file or directory"]


def test_a_save_that_fails_leaves_nothing_behind(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_file, "SAVE_SECONDS", 0.01)
    log = io.StringIO()
    with serving(file, log=log) as server:
        file.unlink()
        file.mkdir()
        Running(server).ivs.create_channel()
        until(lambda: f"{file}: could not be saved: Is a directory" in log.getvalue())

    assert list(file.parent.iterdir()) == [file]


def test_what_is_no_state_is_not_written() -> None:
    with pytest.raises(TypeError, match="Path is no state of IVS"):
        Writer(None).write({"x": Path()})


def test_a_process_that_is_ended_saves_first(file: Path) -> None:
    code = "from ivskit_cli.main import run; run()"
    command = [sys.executable, "-c", code, "emulator", "--port", "0", "--data", str(file)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        url = process.stderr.readline().strip().rpartition("=")[2]
        made = requests.post(f"{url}/CreateChannel", json={"name": "n"}, timeout=30).json()
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()

    assert (process.returncode, rest.splitlines()[-1]) == (0, "Stopped.")
    assert made["channel"]["arn"] in file.read_text()
