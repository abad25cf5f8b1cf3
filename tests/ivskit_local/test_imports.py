"""A replay reads what an operator holds, as queues, logs, programs and AWS give it."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import requests
from moto.sqs.models import sqs_backends

from ivs_emulator.server import Server
from ivskit import names
from ivskit.automation.messages.look_again import PlaybackPurpose, Purpose, TakeDownPurpose
from ivskit.automation.messages.revocation import FinishJob
from ivskit.commands import PushMetadata
from ivskit_cli.main import main
from ivskit_local.errors import WrongUsage
from ivskit_local.event_files import NotAnEvent
from ivskit_local.replay import replay
from ivskit_local.runtime.batches import record_of
from ivskit_local.runtime.look_agains import PURPOSES
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.samples import Inputs, read_inputs
from tests.samples import CHANNEL, sample
from tests.worlds import ROOT, opener

END, START = sample("stream-state-change.stream-end"), sample("stream-state-change.stream-start")
LETTERS = [
    f"ivskit-dev-{queue}-dead-letters"
    for queue in ("rotate-stream-key", "stop-stream", "stop-stream-urgent")
]
Event = dict[str, Any]


@dataclass(frozen=True)
class Night:
    """What an operator holds the next morning.

    letters: what `aws sqs receive-message` prints of each dead-letter queue; log: what `aws logs
    filter-log-events` prints of the audit log; audit: what `ivskit audit --json` does.
    """

    letters: Sequence[str]
    records: Sequence[Event]
    log: str
    audit: str
    outcome: Event
    line: str


@pytest.fixture(scope="module")
def night() -> Night:
    """A night on which IVS does not answer: what functions receive goes to dead letters."""
    with opener(synthesize(ROOT), END)() as world:
        world.deliver(END)
        world.run_for(timedelta(seconds=10))
        world.gate.fault("ivs", "GetChannel", "InternalServerException", 500, "before", 10_000)
        world.deliver(START)
        block = sample("command.block-channel", issued_at=world.now.isoformat())
        del block["detail"]["channel_arn"]
        block["detail"]["channel_arns"] = [CHANNEL, f"{CHANNEL}x"]
        world.deliver(block)
        world.settle()
        lines = world.client("logs").filter_log_events(logGroupName=names.audit_log_group("dev"))
        with redirect_stdout(io.StringIO()) as printed:
            assert main(["audit", "--json", "--channel", CHANNEL]) == 0
        return Night(
            letters=[_received(world, queue) for queue in LETTERS],
            records=[record for queue in LETTERS for record in _records(queue)],
            log=json.dumps({"events": lines["events"], "searchedLogStreams": []}),
            audit=printed.getvalue(),
            outcome=dict(
                next(put.event for put in world.published if put.event["source"] == names.OUTCOME)
            ),
            line=next(line.line for line in world.logs if '"level"' in line.line),
        )


def _received(world: World, queue: str) -> str:
    sqs = world.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    del answer["ResponseMetadata"]  # the AWS CLI does not print it
    return json.dumps(answer, indent=4)


def _records(name: str) -> Iterator[Event]:
    """The messages of a queue, as Lambda gets them."""
    queue = sqs_backends["123456789012"]["us-west-2"].queues[name]
    for message in queue._messages:
        yield dict(record_of(message, queue.queue_arn, "us-west-2"))


def read(text: str) -> Inputs:
    """What a replay finds in a file with this text."""
    return read_inputs(["-"], stdin=lambda: text)


def events_in(text: str) -> list[Event]:
    """The events that a replay finds in a file with this text."""
    return [found.event for found in read(text).samples]


def of_letters(events: Sequence[Event]) -> list[tuple[str, str]]:
    """Detail type and time of each."""
    return [(event["detail-type"], event["time"]) for event in events]


EXPECTED = [
    (names.LOOK_AGAIN, "2026-11-20T16:57:31Z"),
    (names.STREAM_STATE_CHANGE, START["time"]),
    (names.BLOCK_CHANNEL, "2026-11-20T16:47:41Z"),
    (names.BLOCK_CHANNEL, "2026-11-20T16:47:41Z"),
]


def test_dead_letters_are_read_as_the_aws_cli_prints_them(night: Night) -> None:
    events = events_in("\n".join(night.letters))

    assert of_letters(events) == EXPECTED
    assert {(event["account"], event["region"]) for event in events} == {
        ("123456789012", "us-west-2")
    }
    assert sorted(event["detail"]["channel_arn"] for event in events[2:]) == [
        CHANNEL,
        f"{CHANNEL}x",
    ]


def test_a_body_alone_and_a_message_alone_are_read(night: Night) -> None:
    [message] = json.loads(night.letters[0])["Messages"]

    assert of_letters(events_in(message["Body"])) == EXPECTED[:1]
    assert of_letters(events_in(json.dumps(message))) == EXPECTED[:1]


def test_a_batch_of_lambda_and_one_record_of_it_are_read(night: Night) -> None:
    assert of_letters(events_in(json.dumps({"Records": night.records}))) == EXPECTED
    assert of_letters(events_in(json.dumps(night.records[1]))) == EXPECTED[1:2]


def test_metadata_that_went_straight_to_its_queue_is_read() -> None:
    detail = sample("command.push-metadata")["detail"]
    entry, *_ = PushMetadata.model_validate(detail).messages()

    [event] = events_in(entry["MessageBody"])

    assert event["time"] == detail["issued_at"]
    assert json.loads(event["detail"]["metadata"]) == detail["metadata"]


def test_dead_letters_are_replayed_by_the_functions_that_gave_them_up(night: Night) -> None:
    """In a world in which IVS answers."""
    samples = read("\n".join(night.letters)).samples

    report = replay(samples, synthesize(ROOT), project_root=ROOT)

    assert report.dead_letters == []
    answers = [
        (reaction.function, reaction.outcome)
        for each in report.replayed
        for reaction in each.delivery.reactions
    ]
    assert answers[0] == ("rotate_stream_key", names.STREAM_KEY_ROTATED)
    assert ("stop_stream", names.CHANNEL_BLOCKED) in answers


def test_every_purpose_of_looking_again_has_a_function() -> None:
    known = (*get_args(Purpose), *get_args(PlaybackPurpose), *get_args(TakeDownPurpose))
    assert sorted(one for each in PURPOSES.values() for one in each) == sorted(known)


def test_a_look_again_of_no_function_is_refused(night: Night) -> None:
    [found] = read(night.letters[0].replace("grace over", "tea")).samples

    with pytest.raises(WrongUsage, match="Look Again: purpose: no function looks again for 'tea'"):
        replay([found], synthesize(ROOT), project_root=ROOT)


@pytest.mark.parametrize("of", ["log", "audit"])
def test_the_audit_log_is_read_without_its_outcomes(night: Night, of: str) -> None:
    text = getattr(night, of)
    assert names.OUTCOME in text

    held = read(text)

    assert {found.event["source"] for found in held.samples} == {names.COMMAND, names.IVS}
    [note] = held.notes
    assert note.endswith("left out, since the replay has outcomes of its own")


def test_an_outcome_alone_is_an_event_for_rules_of_ones_own(night: Night) -> None:
    held = read(json.dumps(night.outcome))

    assert [found.event for found in held.samples] == [night.outcome]
    assert held.notes == []


def test_what_the_emulator_sent_is_read() -> None:
    with Server(port=0, throttling=None) as running:
        key = running_key(running)
        for method, path, body in (
            ("POST", "encoders", {"streamKey": key}),
            ("POST", "clock", {"advanceSeconds": 10}),
        ):
            requests.request(method, f"{running.url}/_ivs/{path}", json=body, timeout=30)
        text = requests.get(f"{running.url}/_ivs/events", timeout=30).text

    assert [event["detail"]["event_name"] for event in events_in(text)] == [
        "Session Created",
        "Stream Start",
    ]


def running_key(running: Server) -> str:
    """The key of a new channel in this emulator."""
    answer = requests.post(f"{running.url}/CreateChannel", json={}, timeout=30)
    return str(answer.json()["streamKey"]["value"])


def test_what_an_archive_replays_is_an_event() -> None:
    """EventBridge adds the name of the replay."""
    assert events_in(json.dumps(END | {"replay-name": "last-night"}))[0]["id"] == END["id"]


# A management event of CloudTrail, as its user guide shows one.
TRAIL = {
    "eventVersion": "1.08",
    "userIdentity": {
        "type": "IAMUser",
        "arn": "arn:aws:iam::123456789012:user/Mary",
        "accountId": "123456789012",
    },
    "eventTime": "2026-11-20T17:08:03Z",
    "eventSource": "ivs.amazonaws.com",
    "eventName": "StopStream",
    "awsRegion": "us-west-2",
    "requestParameters": {"channelArn": CHANNEL},
    "responseElements": {},
    "eventID": "4567ab12-0000-4000-8000-123456789012",
    "eventType": "AwsApiCall",
}
SAID_OF_TRAIL = (
    "is a record of CloudTrail: arn:aws:iam::123456789012:user/Mary called StopStream of"
    " ivs.amazonaws.com at 2026-11-20T17:08:03Z; functions react to events, not to calls"
)


@pytest.mark.parametrize(
    ("held", "path"),
    [
        (TRAIL, ""),
        ({"Records": [TRAIL]}, "Records[0] "),
        ({"Events": [{"CloudTrailEvent": json.dumps(TRAIL)}]}, "Events[0].CloudTrailEvent "),
    ],
    ids=["a record", "a file in S3", "aws cloudtrail lookup-events"],
)
def test_a_record_of_cloudtrail_says_what_it_is(held: Any, path: str) -> None:
    with pytest.raises(NotAnEvent) as refused:
        read(json.dumps(held))

    assert str(refused.value).startswith(f"-: {path}{SAID_OF_TRAIL}")


def test_a_message_about_a_job_says_why_it_cannot_be_replayed() -> None:
    body = FinishJob(job="ban-7", event_id="e-1").message()

    with pytest.raises(NotAnEvent, match="is a message of the revocation ban-7, which works only"):
        read(body)


def test_a_log_line_of_a_function_says_where_the_events_are(night: Night) -> None:
    with pytest.raises(NotAnEvent, match="is a log line of a function; give the lines of the aud"):
        read(night.line)


def test_an_error_names_the_file_the_line_and_the_place(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    batch = {"Records": [{"body": json.dumps(END)}, {"body": json.dumps(END | {"time": "soon"})}]}
    file.write_text(f"{json.dumps(END)}\n\n{json.dumps(batch)}\n")

    with pytest.raises(NotAnEvent) as refused:
        read_inputs([str(file)], stdin=str)

    assert str(refused.value).startswith(
        f"{file}, line 3: Records[1].body is not an EventBridge event: time: "
    )
