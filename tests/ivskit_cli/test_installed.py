"""Each command as the installed program, against AWS services over HTTP."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ivskit import names
from tests.samples import sample
from tests.worlds import ROOT

IVSKIT = Path(sys.executable).with_name("ivskit")
EVENT = str(ROOT / "events/stream-state-change.stream-end.json")
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-west-2",
    "AWS_CONFIG_FILE": os.devnull,
}


@dataclass(frozen=True)
class Shell:
    """A shell that reaches a stage over HTTP; environment: what says so."""

    environment: Mapping[str, str]
    endpoint: str
    queue_url: str

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run the installed program."""
        return subprocess.run(
            [IVSKIT, *arguments],
            env={**os.environ, **self.environment},
            cwd="/",
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def client(self, service: str) -> Any:
        """A client of the same account."""
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name="us-west-2",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def sent(self) -> Mapping[str, Any]:
        """The command that the program put on the bus."""
        found = self.client("sqs").receive_message(QueueUrl=self.queue_url)["Messages"]
        [message] = found
        self.client("sqs").delete_message(
            QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"]
        )
        event: Mapping[str, Any] = json.loads(message["Body"])
        return event


@contextmanager
def emulator() -> Iterator[str]:
    """The URL of `ivskit emulator`, itself the installed program."""
    with subprocess.Popen(
        [IVSKIT, "emulator", "--port", "0"], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            yield process.stderr.readline().strip().partition("=")[2]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    """A shell beside stage dev, of which only what commands need is there."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    with emulator() as ivs:
        environment = {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_IVS": ivs,
            "COLUMNS": "80",
        }
        shell = Shell(environment, endpoint, f"{endpoint}/123456789012/seen")
        deploy(shell)
        boto3.client(
            "ivs",
            endpoint_url=ivs,
            region_name="us-west-2",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        ).create_channel(name="show")
        yield shell
    server.stop()


def deploy(shell: Shell) -> None:
    """The bus with a rule that shows what is sent, the parameters and the audit log."""
    events, ssm, logs = (shell.client(each) for each in ("events", "ssm", "logs"))
    bus = events.create_event_bus(Name="ivskit-dev")["EventBusArn"]
    shell.client("sqs").create_queue(QueueName="seen")
    events.put_rule(
        Name="seen",
        EventBusName="ivskit-dev",
        EventPattern=json.dumps({"source": [names.COMMAND]}),
    )
    queue = "arn:aws:sqs:us-west-2:123456789012:seen"
    events.put_targets(
        Rule="seen", EventBusName="ivskit-dev", Targets=[{"Id": "seen", "Arn": queue}]
    )
    shell.client("dynamodb").create_table(
        TableName="memory",
        KeySchema=[{"AttributeName": "channel_arn", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "channel_arn", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    parameters = {
        "/ivskit/dev/bus": bus,
        names.pause_parameter("dev"): "off",
        names.memory_parameter("dev"): "memory",
    }
    for name, value in parameters.items():
        ssm.put_parameter(Name=name, Type="String", Value=value)
    logs.create_log_group(logGroupName=names.audit_log_group("dev"))
    logs.create_log_stream(logGroupName=names.audit_log_group("dev"), logStreamName="one")


def audited(shell: Shell, event: Mapping[str, Any]) -> None:
    """Put an event into the audit log."""
    shell.client("logs").put_log_events(
        logGroupName=names.audit_log_group("dev"),
        logStreamName="one",
        logEvents=[{"timestamp": round(time.time() * 1000), "message": json.dumps(event)}],
    )


@pytest.mark.parametrize(
    ("line", "detail_type", "detail"),
    [
        (["stop", "show", "--block"], "Stop Stream", {"then": "block"}),
        (
            ["rotate-playback-key", "--emergency", "--yes"],
            "Rotate Playback Key",
            {"emergency": True},
        ),
        (["revoke", "show", "jane"], "Revoke Viewers", {"viewer_ids": ["jane"]}),
        (["push", "show", "-m", "hello"], "Push Metadata", {"metadata": "hello"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_command_leaves_the_installed_program(
    shell: Shell, line: list[str], detail_type: str, detail: Mapping[str, Any]
) -> None:
    done = shell.run(*line)

    assert (done.returncode, done.stderr) == (0, "")
    sent, follow = done.stdout.splitlines()
    event = shell.sent()
    assert sent.startswith(f"Sent {detail_type}")
    assert event["detail"]["command_id"] in follow
    assert (event["source"], event["detail-type"]) == (names.COMMAND, detail_type)
    assert detail.items() <= event["detail"].items()


def test_pause_and_resume(shell: Shell) -> None:
    assert "is paused since" in shell.run("pause", "--reason", "a drill").stdout
    assert "acts again within 30 s" in shell.run("resume").stdout


def test_audit_shows_what_a_command_led_to(shell: Shell) -> None:
    shell.run("unblock", "show")
    event = shell.sent()
    audited(shell, event)

    done = shell.run("audit", "--cause", event["detail"]["command_id"])

    assert done.returncode == 0
    assert "Unblock Channel" in done.stdout


def test_audit_follows_until_ctrl_c(shell: Shell) -> None:
    audited(shell, sample("command.unblock-channel", command_id="before"))
    with subprocess.Popen(
        [IVSKIT, "audit", "--follow", "--json", "--since", "1h"],
        env={**os.environ, **shell.environment},
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = iter(process.stdout.readline, "")
        assert any('"before"' in line for line in lines)
        audited(shell, {**sample("command.unblock-channel", command_id="after"), "id": "another"})
        line = next(line for line in lines if '"after"' in line)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()

    assert json.loads(line)["detail-type"] == "Unblock Channel"
    assert (process.returncode, rest) == (0, "")


def test_an_incident_is_replayed_from_the_audit_log_and_saved(shell: Shell, tmp_path: Path) -> None:
    command = sample("command.unblock-channel", command_id="last-night")
    audited(shell, command)
    file = tmp_path / "incident.json"

    done = shell.run("replay", "--from-audit", "last-night", "--save", str(file))

    assert (done.returncode, done.stderr) == (0, "")
    assert "→ Stop Skipped" in done.stdout
    assert json.loads(file.read_text())["steps"][0]["command"] == "Unblock Channel"


def test_events_rules_and_replay_take_each_others_output(shell: Shell) -> None:
    event = shell.run("events", "new", "stream-state-change.stream-end").stdout

    rules, replayed = shell.run("rules", "-", stdin=event), shell.run("replay", "-", stdin=event)

    assert "✓ RotateStreamKey/StreamEnd" in rules.stdout
    assert "→ Stream Key Rotated" in replayed.stdout
    assert (rules.returncode, replayed.returncode) == (0, 0)


def test_channels_and_why_read_a_stage(shell: Shell) -> None:
    listed, explained = shell.run("channels"), shell.run("why", "show")

    assert (listed.returncode, listed.stderr) == (0, "")
    assert listed.stdout.splitlines()[1].split() == ["show", "-", "-", "not", "managed", "-", "-"]
    assert (explained.returncode, explained.stderr) == (0, "")
    assert len(explained.stdout.splitlines()) == 5


def test_dead_letters_are_read(shell: Shell, tmp_path: Path) -> None:
    sqs = shell.client("sqs")
    url = sqs.create_queue(QueueName="ivskit-dev-stop-stream-dead-letters")["QueueUrl"]
    none = shell.run("dead-letters")
    error = {"ERROR_MESSAGE": {"DataType": "String", "StringValue": "no permission"}}
    body = json.dumps({"id": "e-1", "detail-type": "Stop Stream", "detail": {}})
    sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=error)
    some = shell.run("dead-letters", "--json")
    shown = shell.run("dead-letters", "show", "stop-stream", "--save", str(tmp_path / "one.json"))

    assert (none.returncode, none.stdout) == (0, "no dead letters\n")
    [group] = json.loads(some.stdout)
    assert (some.returncode, group["messages"]) == (1, 1)
    assert group["cause"] == "it could not be delivered to the queue: no permission"
    assert "Stop Stream e-1: it could not be delivered" in shown.stdout
    assert (tmp_path / "one.json").is_file()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (["doctor"], 1, "ok       region: Amazon IVS is in us-west-2"),
        (["jobs"], 1, "/ivskit/dev/jobs: is stage dev deployed in us-west-2, with revocations?"),
        (["check", EVENT], 0, "checked the settings of 0 stage(s), 1 file(s): 0 finding(s)"),
        (["replay", EVENT], 0, "Stream Key Rotated"),
        (["dead-letters", "redrive", "none"], 2, "stage dev has no queue none"),
        (["--version"], 0, "ivskit "),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_only_looks_runs_as_the_installed_program(
    shell: Shell, line: list[str], code: int, said: str
) -> None:
    done = shell.run(*line)

    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_wait_without_an_outcome_ends_with_1(shell: Shell) -> None:
    done = shell.run("unblock", "show", "--wait", "--timeout", "1")
    shell.sent()

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("No outcome in 1 s")


def test_a_stage_that_is_not_there_and_a_service_that_is_not(shell: Shell) -> None:
    missing = shell.run("stop", "show", "--stage", "prod")
    away = Shell({**shell.environment, "AWS_ENDPOINT_URL_SSM": "http://127.0.0.1:9"}, "", "").run(
        "cancel", "job-7"
    )

    for done in (missing, away):
        assert done.returncode == 1
        assert done.stderr.startswith("ivskit: ")
        assert done.stderr.count("\n") == 1
    assert "is stage prod deployed in us-west-2?" in missing.stderr


def test_nobody_reads_on() -> None:
    with subprocess.Popen(
        [IVSKIT, "replay", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert said == b""
    assert process.returncode == 141
