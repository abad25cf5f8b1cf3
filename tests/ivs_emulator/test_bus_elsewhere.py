"""IVS's events on the bus of other emulators, each in a server of its own."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

import ivs_emulator
from ivs_emulator import outbox
from ivs_emulator.bus_elsewhere import BusElsewhere
from ivs_emulator.server import Server

from . import ministack

REGION = "us-west-2"
STREAM_START = {"source": ["aws.ivs"], "detail": {"event_name": ["Stream Start"]}}
WRITES_WHAT_IT_GETS = "def handler(event, _): open({!r}, 'w').write(event['detail']['event_name'])"


class Aws:
    """What an application has in the other emulator."""

    def __init__(self, url: str) -> None:
        self.url = url

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        return make(service, REGION, endpoint_url=self.url)

    def queue(self, name: str) -> tuple[str, str]:
        """The URL and the ARN of a new queue."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        named = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, named["Attributes"]["QueueArn"]

    def rule(self, name: str, pattern: Any, *targets: dict[str, Any], **how: str) -> None:
        events = self.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps(pattern), **how)
        numbered = [{"Id": str(number), **target} for number, target in enumerate(targets)]
        if numbered:
            assert events.put_targets(Rule=name, Targets=numbered)["FailedEntryCount"] == 0

    def next_in(self, queue_url: str) -> str:
        sqs = self.client("sqs")
        (got,) = sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=10)["Messages"]
        sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=got["ReceiptHandle"])
        return str(got["Body"])

    def is_empty(self, queue_url: str) -> bool:
        return "Messages" not in self.client("sqs").receive_message(QueueUrl=queue_url)


@pytest.fixture
def moto_beside() -> Iterator[Aws]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Aws(f"http://{host}:{port}")
    server.stop()


@contextmanager
def ivs_beside(aws: Aws, log: io.StringIO) -> Iterator[Callable[[], str]]:
    """IVS with its events on that bus; a function that makes a channel and goes live."""

    def go_live() -> str:
        made = ivs.create_channel()
        there.connect(made["streamKey"]["value"])
        return str(made["channel"]["arn"])

    with Server(port=0, throttling=None, senders=[BusElsewhere(aws.url, log)], log=log) as server:
        ivs = boto3.client("ivs", REGION, endpoint_url=server.url)
        there = ivs_emulator.backend("123456789012", REGION)
        there.timing.to_start *= 0
        yield go_live


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_rule_in_moto_gets_stream_start(moto_beside: Aws, log: io.StringIO) -> None:
    queue_url, queue_arn = moto_beside.queue("q")
    moto_beside.rule("starts", STREAM_START, {"Arn": queue_arn})
    with ivs_beside(moto_beside, log) as go_live:
        arn = go_live()
        got = json.loads(moto_beside.next_in(queue_url))

    assert (got["source"], got["detail-type"]) == ("aws.ivs", "IVS Stream State Change")
    assert (got["resources"], got["detail"]["event_name"]) == ([arn], "Stream Start")
    assert moto_beside.is_empty(queue_url)
    assert "events to" not in log.getvalue()


def test_rules_in_ministack_get_stream_start_though_it_takes_no_events_of_aws(
    tmp_path: Path, log: io.StringIO
) -> None:
    with ministack.running(tmp_path) as url:
        aws = Aws(url)
        written = tmp_path / "written"
        queue_url, queue_arn = aws.queue("q")
        told_url, told_arn = aws.queue("of-topic")
        off_url, off_arn = aws.queue("off")
        topic = a_topic(aws, told_arn)
        function = a_function(aws, WRITES_WHAT_IT_GETS.format(str(written)))
        nowhere = queue_arn.replace(":q", ":gone")
        aws.rule("off", STREAM_START, {"Arn": off_arn}, State="DISABLED")
        aws.rule("ends", {"detail": {"event_name": ["Stream End"]}}, {"Arn": off_arn})
        aws.rule(
            "starts",
            STREAM_START,
            {"Arn": nowhere},
            {"Arn": f"arn:aws:states:{REGION}:000000000000:stateMachine:m"},
            {"Arn": off_arn, "InputPath": "$.detail"},
            {"Arn": topic, "Input": '{"live": true}'},
            {"Arn": function},
        )
        aws.rule("last", STREAM_START, {"Arn": queue_arn})
        with ivs_beside(aws, log) as go_live:
            arn = go_live()
            got = json.loads(aws.next_in(queue_url))
            assert aws.next_in(told_url) == '{"live": true}'
        until(lambda: written.exists() and written.read_text() == "Stream Start")
        assert aws.is_empty(off_url)
        assert aws.is_empty(queue_url)

    assert (got["source"], got["resources"]) == ("aws.ivs", [arn])
    said = [line for line in log.getvalue().splitlines() if line.startswith("events to")]
    assert len(said) == 4
    assert said[0].endswith("its bus takes no aws.ivs, so the targets of its rules get them")
    assert all(got["id"] in line for line in said[1:])
    assert f"was not sent to {nowhere}: An error occurred" in said[1]
    assert said[2].endswith("only targets of sqs, sns, lambda are served")
    assert said[3].endswith("targets with InputPath or InputTransformer are not served")


def a_topic(aws: Aws, queue_arn: str) -> str:
    """A topic whose messages reach this queue as they are."""
    sns = aws.client("sns")
    topic = str(sns.create_topic(Name="t")["TopicArn"])
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes=raw)
    return topic


def a_function(aws: Aws, code: str) -> str:
    with zipfile.ZipFile(packed := io.BytesIO(), "w") as package:
        package.writestr("index.py", code)
    made = aws.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Handler="index.handler",
        Role="arn:aws:iam::000000000000:role/r",
        Code={"ZipFile": packed.getvalue()},
    )
    return str(made["FunctionArn"])


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox.Outbox.__init__, "__kwdefaults__", {"pauses": (0.0, 0.0)})


def an_event(**other: Any) -> dict[str, Any]:
    named = {"id": "1-2", "source": "aws.ivs", "detail-type": "d", "detail": {}, "resources": []}
    return {**named, "time": "2026-11-20T16:00:00Z", "region": REGION, **other}


def test_what_the_bus_refuses_is_given_up_with_its_words(
    moto_beside: Aws, log: io.StringIO, no_pauses: None
) -> None:
    there = BusElsewhere(moto_beside.url, log)
    there.send(an_event(source=""))
    there.close()

    assert log.getvalue().startswith(f"events to {moto_beside.url}: d 1-2 was given up: Invalid")


def test_what_is_no_bus_is_said(log: io.StringIO, no_pauses: None) -> None:
    with Server(port=0, log=io.StringIO()) as server:
        there = BusElsewhere(server.url, log)
        there.send(an_event())
        until(log.getvalue)
        there.close()

    assert "d 1-2 was given up: 501: " in log.getvalue()


def test_a_bus_that_is_not_there_is_said(log: io.StringIO, no_pauses: None) -> None:
    there = BusElsewhere("http://127.0.0.1:1", log)
    there.send(an_event())
    until(log.getvalue)
    there.close()

    assert "d 1-2 was given up: Could not connect to the endpoint URL" in log.getvalue()
