"""FIFO queues: repeats, sequence numbers, and groups that keep their order through failures."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ivskit_local.runtime.world import World
from tests.ivskit_local.runtime.apps import att, function, lines, resource, world, write

PRINT_BODIES = """
def handler(batch, context):
    print(" ".join(record["body"] for record in batch["Records"]))
"""
# The first try fails from a2 on, and both that fail come back together.
FAIL_ONCE = """
def handler(batch, context):
    print(" ".join(record["body"] for record in batch["Records"]))
    tries = {one["attributes"]["ApproximateReceiveCount"] for one in batch["Records"]}
    failed = [one for one in batch["Records"] if one["body"] != "a1" and tries == {"1"}]
    if failed:
        boto3.client("sqs").change_message_visibility_batch(
            QueueUrl=os.environ["QUEUE_URL"],
            Entries=[
                {"Id": str(n), "ReceiptHandle": one["receiptHandle"], "VisibilityTimeout": 1}
                for n, one in enumerate(failed)
            ],
        )
    return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in failed]}
"""


def resources(**queue: object) -> dict[str, Any]:
    fifo = {"QueueName": "lanes.fifo", "FifoQueue": True, **queue}
    made = function("lanes", queue=fifo)
    made["lanesDead"] = resource("SQS::Queue", QueueName="lanes-dead.fifo", FifoQueue=True)
    del made["lanesRule"]
    return made


@pytest.fixture
def lanes(tmp_path: Path) -> Iterator[World]:
    write(tmp_path, "lanes", PRINT_BODIES)
    with world(tmp_path, resources()) as there:
        yield there


def send(there: World, body: str, **more: str) -> Mapping[str, Any]:
    entry = {"MessageGroupId": body[0], "MessageDeduplicationId": body, **more}
    sent: Mapping[str, Any] = there.client("sqs").send_message(
        QueueUrl=url(there), MessageBody=body, **entry
    )
    return sent


def url(there: World) -> str:
    return str(there.client("sqs").get_queue_url(QueueName="lanes.fifo")["QueueUrl"])


def test_a_repeat_is_swallowed_for_five_minutes_though_the_first_is_gone(lanes: World) -> None:
    first = send(lanes, "a1")
    lanes.settle()
    lanes.run_for(timedelta(minutes=4, seconds=59))
    second = send(lanes, "a1")
    lanes.run_for(timedelta(seconds=1))
    third = send(lanes, "a1")
    lanes.settle()

    assert lines(lanes) == ["a1", "a1"]
    assert first["MessageId"] == second["MessageId"] != third["MessageId"]
    assert first["SequenceNumber"] == second["SequenceNumber"] < third["SequenceNumber"]


def test_sequence_numbers_grow_and_reach_the_function(tmp_path: Path) -> None:
    source = "def handler(batch, context):\n    for one in batch['Records']:\n"
    write(tmp_path, "lanes", source + "        print(one['attributes']['SequenceNumber'])")
    with world(tmp_path, resources()) as there:
        numbers = [send(there, body)["SequenceNumber"] for body in ("a1", "b1", "a2")]
        there.settle()

        assert numbers == sorted(set(numbers))
        assert sorted(lines(there)) == numbers


@pytest.mark.parametrize(("scope", "taken"), [("queue", 1), ("messageGroup", 2)])
def test_a_repeat_is_one_within_the_queue_or_within_its_group(
    tmp_path: Path, scope: str, taken: int
) -> None:
    write(tmp_path, "lanes", PRINT_BODIES)
    with world(tmp_path, resources(DeduplicationScope=scope)) as there:
        send(there, "a1", MessageDeduplicationId="same")
        send(there, "b1", MessageDeduplicationId="same")
        there.settle()

        assert len(lines(there)) == taken


def test_of_a_batch_only_what_is_new_is_taken_and_every_entry_is_answered(lanes: World) -> None:
    send(lanes, "a1")
    entries = [
        {"Id": str(n), "MessageBody": body, "MessageGroupId": "a", "MessageDeduplicationId": body}
        for n, body in enumerate(("a1", "a2", "a2"))
    ]
    answer = lanes.client("sqs").send_message_batch(QueueUrl=url(lanes), Entries=entries)
    again = lanes.client("sqs").send_message_batch(QueueUrl=url(lanes), Entries=entries)
    lanes.settle()

    assert lines(lanes) == ["a1", "a2"]
    ids = {said["Id"]: said["MessageId"] for said in answer["Successful"]}
    assert ids["0"] != ids["1"] == ids["2"]
    assert ids == {said["Id"]: said["MessageId"] for said in again["Successful"]}


def test_without_an_id_the_content_decides_where_the_queue_says_so(tmp_path: Path) -> None:
    write(tmp_path, "lanes", PRINT_BODIES)
    with world(tmp_path, resources(ContentBasedDeduplication=True)) as there:
        sqs = there.client("sqs")
        for body in ("a1", "a1", "a2"):
            sqs.send_message(QueueUrl=url(there), MessageBody=body, MessageGroupId="a")
        there.settle()

        assert lines(there) == ["a1", "a2"]


def test_without_an_id_and_without_such_a_queue_sqs_refuses(lanes: World) -> None:
    with pytest.raises(ClientError, match="ContentBasedDeduplication"):
        lanes.client("sqs").send_message(QueueUrl=url(lanes), MessageBody="a1", MessageGroupId="a")


def test_a_group_that_failed_comes_back_in_order_before_what_was_sent_later(
    tmp_path: Path,
) -> None:
    write(tmp_path, "lanes", FAIL_ONCE)
    with world(tmp_path, resources()) as there:
        sqs = there.client("sqs")
        entries = [
            {"Id": one, "MessageBody": one, "MessageGroupId": "a", "MessageDeduplicationId": one}
            for one in ("a1", "a2", "a3")
        ]
        sqs.send_message_batch(QueueUrl=url(there), Entries=entries)
        there.settle(keep_time=True)
        send(there, "a4")
        there.settle()

        assert lines(there) == ["a1 a2 a3", "a2 a3 a4"]


def test_who_receives_by_hand_gets_a_group_in_order_too(tmp_path: Path) -> None:
    queue = resource("SQS::Queue", QueueName="lanes.fifo", FifoQueue=True)
    with world(tmp_path, {"Lanes": queue}) as there:
        sqs, taking = there.client("sqs"), {"QueueUrl": url(there), "MaxNumberOfMessages": 10}
        for body in ("a1", "a2"):
            send(there, body)
        sqs.receive_message(**taking, VisibilityTimeout=5)
        send(there, "a3")
        assert "Messages" not in sqs.receive_message(**taking)
        there.run_for(timedelta(seconds=6))

        answer = sqs.receive_message(**taking, WaitTimeSeconds=20)

        assert [one["Body"] for one in answer["Messages"]] == ["a1", "a2", "a3"]


def test_dead_letters_of_a_fifo_queue_are_one_too(tmp_path: Path) -> None:
    write(tmp_path, "lanes", "def handler(batch, context):\n    raise ValueError('of no use')")
    made = resources()
    made["lanesQueue"]["Properties"]["RedrivePolicy"] = {
        "deadLetterTargetArn": att("lanesDead"),
        "maxReceiveCount": 1,
    }
    with world(tmp_path, made) as there:
        send(there, "a1")
        there.settle()

        [letter] = there.dead_letters()
        assert (letter.queue, letter.error) == ("lanes-dead.fifo", "ValueError: of no use")
