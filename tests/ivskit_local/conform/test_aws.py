"""`--aws` against a stand-in: IVS is our emulator, the rest of AWS is moto, ffmpeg a script."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3

from ivs_emulator.bus_elsewhere import BusElsewhere
from ivs_emulator.server import Server
from ivskit_cli.main import main
from ivskit_local.conform.made import Ledger
from tests.ivskit_local.conform.moto_beside import moto_server

REGION = "us-west-2"
KEY = re.compile(r"sk_us-west-2_\w+")
SOON = {
    "toStartSeconds": 0.5,
    "toEndAfterStopSeconds": 0.2,
    "toEndTimeSeconds": 0.1,
    "toCreateConfigurationSeconds": 0.1,
}
STAND_IN = Path(__file__).parent / "ffmpeg_stand_in.py"
WAIT_SECONDS = 60


class Cloud:
    """What stands in for AWS, looked at from the outside."""

    def __init__(self, ivs_url: str, state: Path) -> None:
        self.url = ivs_url
        self.ledgers = state / "ivskit" / "conform"

    def client(self, service: str) -> Any:
        make: Any = boto3.Session().client
        return make(service)

    def channels(self) -> list[str]:
        return [c["arn"] for c in self.client("ivs").list_channels()["channels"]]

    def is_empty(self) -> bool:
        pairs = self.client("ivs").list_playback_key_pairs()["keyPairs"]
        rules = self.client("events").list_rules()["Rules"]
        queues = self.client("sqs").list_queues().get("QueueUrls", [])
        buckets = self.client("s3").list_buckets()["Buckets"]
        return not (self.channels() or pairs or rules or queues or buckets)

    def asked(self) -> list[str]:
        calls = urllib3.request("GET", f"{self.url}/_ivs/calls").json()["calls"]
        return [call["operation"] for call in calls]


@pytest.fixture(scope="module")
def moto_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with moto_server(tmp_path_factory.mktemp("moto")) as url:
        yield url


@pytest.fixture
def cloud(moto_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n')
    program.chmod(0o755)
    urllib3.request("POST", f"{moto_url}/moto-api/reset")
    log = io.StringIO()
    with Server(port=0, throttling=None, log=log, senders=[BusElsewhere(moto_url, log)]) as server:
        urllib3.request("PUT", f"{server.url}/_ivs/timing", json=SOON)
        environment = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "AWS_ENDPOINT_URL": moto_url,
            "AWS_ENDPOINT_URL_IVS": server.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield Cloud(server.url, tmp_path / "state")


def test_without_a_terminal_and_yes_nothing_is_made(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conform", "--aws"]) == 2

    assert cloud.asked() == []
    printed = capsys.readouterr()
    assert "--yes does it without asking" in printed.err
    assert '"Action": [' in printed.out
    assert "probes will be asked in us-west-2" in printed.out
    assert "minutes on BASIC channels, which is" in printed.out


def test_the_answers_come_through_a_rule_a_queue_and_an_encoder_and_all_is_deleted(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "aws.json"
    only = ["events.comes.*", "one_key.deleted-while-live", "errors.DeleteRec*.Conflict*"]
    globs = [part for glob in only for part in ("--only", glob)]

    assert main(["conform", "--aws", "--yes", *globs, "--report", str(report)]) == 0

    rows = json.loads(report.read_text())["probes"]
    assert [row["result"] for row in rows] == ["agrees"] * 6
    assert cloud.is_empty()
    assert list(cloud.ledgers.iterdir()) == []
    printed = capsys.readouterr()
    assert not KEY.search(printed.out + printed.err + report.read_text())


def test_every_resource_has_the_tag_of_the_run(cloud: Cloud) -> None:
    process = _started("live_state.live.*")
    try:
        _until(lambda: len(cloud.channels()) > 1)
        for arn in cloud.channels():
            tags = cloud.client("ivs").list_tags_for_resource(resourceArn=arn)["tags"]
            assert re.fullmatch("[0-9a-f]{8}", tags["ivskit:conform"])
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=WAIT_SECONDS)


def test_after_ctrl_c_all_is_deleted(cloud: Cloud) -> None:
    process = _started("live_state.live.*")
    _until(lambda: "GetStream" in cloud.asked() and cloud.channels())

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=WAIT_SECONDS)

    assert process.returncode == 130
    assert "ivskit: interrupted" in err
    assert cloud.is_empty()
    assert list(cloud.ledgers.iterdir()) == []
    assert not KEY.search(out + err)


def test_what_a_killed_run_has_left_is_deleted_by_the_next(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    own = cloud.client("ivs").create_channel(name="not-ours")["channel"]["arn"]
    process = _started("live_state.live.*")
    _until(lambda: "GetStream" in cloud.asked() and len(cloud.channels()) > 1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=WAIT_SECONDS)
    assert [path.suffix for path in cloud.ledgers.iterdir()] == [".jsonl"]
    assert not KEY.search("".join(path.read_text() for path in cloud.ledgers.iterdir()))

    assert main(["conform", "--aws", "--yes", "--only", "operations.GetChannel"]) == 0

    assert cloud.channels() == [own]
    assert list(cloud.ledgers.iterdir()) == []
    assert "did not end; deleting what it has left" in capsys.readouterr().err


def test_what_an_earlier_run_has_left_and_nobody_can_delete_is_an_error(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    left = cloud.client("ivs").create_channel(tags={"ivskit:conform": "0a1b2c3d"})["channel"]
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    Ledger(cloud.ledgers / "0a1b2c3d.jsonl", "0a1b2c3d", region=REGION).note("made")
    [ledger] = cloud.ledgers.iterdir()
    ledger.write_text(ledger.read_text().replace(str(os.getpid()), str(dead.pid)))
    faults = [{"kind": "500", "operation": "DeleteChannel"}]
    urllib3.request("PUT", f"{cloud.url}/_ivs/faults", json={"faults": faults})

    assert main(["conform", "--aws", "--yes", "--only", "operations.ListChannels"]) == 1

    assert f"could not be deleted: {left['arn']}" in capsys.readouterr().out
    assert ledger in cloud.ledgers.iterdir()


def test_clean_deletes_what_has_the_tag_and_nothing_else(cloud: Cloud) -> None:
    ivs = cloud.client("ivs")
    own = ivs.create_channel(name="not-ours")["channel"]["arn"]
    ivs.create_channel(tags={"ivskit:conform": "0a1b2c3d"})
    cloud.client("sqs").create_queue(QueueName="ivskit-conform-0a1b2c3d")
    cloud.client("sqs").create_queue(QueueName="another")

    assert main(["conform", "clean"]) == 2
    assert len(cloud.channels()) == 2
    assert main(["conform", "clean", "--yes"]) == 0

    assert cloud.channels() == [own]
    urls = cloud.client("sqs").list_queues()["QueueUrls"]
    assert [url.rpartition("/")[2] for url in urls] == ["another"]


def test_without_ffmpeg_no_probe_needs_a_live_stream(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ivskit_local.conform.video.shutil.which", lambda _: None)

    assert main(["conform", "--aws", "--yes", "--only", "live_state.live.*"]) == 0

    printed = capsys.readouterr().out
    assert "No live video, since there is no ffmpeg here" in printed
    assert "skipped, needs a live stream: live_state.live.GetStream" in printed
    assert cloud.asked() == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--aws", "--region", "eu-north-1"], "--region: eu-north-1 must be one of"),
        (["--aws", "--profile", "nobody"], "--profile: The config profile (nobody)"),
        (["--aws", "--endpoint", "http://127.0.0.1:1"], "take one of --endpoint and --aws"),
        (["--profile", "x"], "--profile goes with --aws"),
        (["--bus", "http://127.0.0.1:1"], "--bus goes with --endpoint"),
    ],
)
def test_options_that_cannot_be_are_refused(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conform", *options]) == 2

    [line] = capsys.readouterr().err.splitlines()
    assert said in line


def _started(only: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from ivskit_cli.main import run; run()"]
    return subprocess.Popen(
        [*command, "conform", "--aws", "--yes", "--only", only],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def _until(holds: Any) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)
