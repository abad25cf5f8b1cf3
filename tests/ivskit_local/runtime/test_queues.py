"""From queues to functions: records, delays and visibility."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from ivskit_local.runtime.template import NotCarriedOut
from ivskit_local.runtime.world import START
from tests.ivskit_local.runtime.apps import function, lines, resource, world, write
from tests.ivskit_local.runtime.messages import FAIL_BAD_ONES, PRINT, left, send


def test_a_function_gets_records_as_lambda_hands_them_over(tmp_path: Path) -> None:
    write(tmp_path, "prints", PRINT)
    with world(tmp_path, function("prints")) as there:
        attributes = {"kind": {"DataType": "String", "StringValue": "note"}}
        send(there, "prints", "hello", MessageAttributes=attributes)
        there.settle()
        [record] = json.loads(lines(there)[0])["Records"]

    milliseconds = str(round(START.timestamp() * 1000))
    assert len(record.pop("messageId")) == 36
    assert record.pop("receiptHandle")
    assert record.pop("md5OfMessageAttributes")
    assert (
        record.pop("attributes").items()
        >= {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": milliseconds,
            "ApproximateFirstReceiveTimestamp": milliseconds,
        }.items()
    )
    assert record == {
        "body": "hello",
        "messageAttributes": {
            "kind": {
                "stringValue": "note",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            }
        },
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-west-2:123456789012:prints",
        "awsRegion": "us-west-2",
    }


def test_a_delayed_message_arrives_when_its_delay_is_over(tmp_path: Path) -> None:
    write(tmp_path, "some", FAIL_BAD_ONES)
    with world(tmp_path, function("some")) as there:
        send(there, "some", "later", DelaySeconds=900)
        there.settle(keep_time=True)
        assert lines(there) == []

        there.settle()

        assert lines(there) == [f"{START.timestamp() + 900} ['later']"]
        assert there.now == START + timedelta(minutes=15)


def test_a_queue_may_delay_everything(tmp_path: Path) -> None:
    write(tmp_path, "some", FAIL_BAD_ONES)
    with world(tmp_path, function("some", queue={"DelaySeconds": 60})) as there:
        send(there, "some", "later")
        there.settle()

        assert there.now == START + timedelta(seconds=60)


def test_a_handler_may_have_a_record_come_back_sooner(tmp_path: Path) -> None:
    write(
        tmp_path,
        "patient",
        """
        def handler(batch, context):
            print(time.time())
            for record in batch["Records"]:
                boto3.client("sqs").change_message_visibility(
                    QueueUrl=os.environ["QUEUE_URL"],
                    ReceiptHandle=record["receiptHandle"],
                    VisibilityTimeout=2,
                )
            raise ValueError
        """,
    )
    with world(tmp_path, function("patient", tries=2)) as there:
        send(there, "patient", "x")
        there.settle()

        assert lines(there) == [str(START.timestamp()), str(START.timestamp() + 2.001)]


def test_a_disabled_mapping_takes_nothing(tmp_path: Path) -> None:
    with world(tmp_path, function("off", mapping={"Enabled": False})) as there:
        send(there, "off", "x")
        there.settle()

        assert (left(there, "off"), lines(there)) == (1, [])


def test_a_queue_whose_messages_reappear_too_soon_is_refused(tmp_path: Path) -> None:
    impatient = world(tmp_path, function("slow", timeout=31))
    with pytest.raises(NotCarriedOut, match="visibility timeout of 30 seconds is less"):
        impatient.__enter__()


def test_a_purged_message_is_not_missed(tmp_path: Path) -> None:
    write(
        tmp_path,
        "purges",
        """
        def handler(batch, context):
            boto3.client("sqs").delete_message(
                QueueUrl=os.environ["QUEUE_URL"],
                ReceiptHandle=batch["Records"][0]["receiptHandle"],
            )
        """,
    )
    with world(tmp_path, function("purges")) as there:
        send(there, "purges", "x")
        there.settle()

        assert (left(there, "purges"), there.dead_letters()) == (0, [])


def test_a_queue_that_is_purged_while_a_function_works_on_it_is_no_error(tmp_path: Path) -> None:
    write(tmp_path, "slow", "def handler(batch, context):\n    time.sleep(1)")
    with world(tmp_path, function("slow")) as there:
        send(there, "slow", "x")
        there.settle(keep_time=True)
        url = there.client("sqs").get_queue_url(QueueName="slow")["QueueUrl"]
        there.client("sqs").purge_queue(QueueUrl=url)
        there.settle()

        assert there.now == START + timedelta(seconds=1)


def test_a_long_poll_is_a_short_one(tmp_path: Path) -> None:
    with world(tmp_path, {"Jobs": resource("SQS::Queue", QueueName="jobs")}) as there:
        url = there.client("sqs").get_queue_url(QueueName="jobs")["QueueUrl"]
        answer = there.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)

        assert "Messages" not in answer
        assert there.now == START


def test_queues_are_looked_at_one_by_one_as_their_messages_appear(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path, name, FAIL_BAD_ONES)
    with world(tmp_path, function("one"), function("two")) as there:
        send(there, "one", "first", DelaySeconds=60)
        send(there, "two", "second", DelaySeconds=90)
        there.settle()

        printed = [line.line.partition(" ")[2] for line in there.logs]
        assert printed == ["['first']", "['second']"]


def test_a_fifo_queue_keeps_the_order_within_a_group(tmp_path: Path) -> None:
    write(
        tmp_path,
        "lanes",
        """
        def handler(batch, context):
            time.sleep(1)
            print(" ".join(record["body"] for record in batch["Records"]))
        """,
    )
    fifo = {"QueueName": "lanes.fifo", "FifoQueue": True}
    resources = function("lanes", queue=fifo, mapping={"BatchSize": 1})
    resources["lanesDead"] = resource("SQS::Queue", QueueName="lanes-dead.fifo", FifoQueue=True)
    del resources["lanesRule"]
    with world(tmp_path, resources) as there:
        for body in ("a1", "a2", "b1", "a3", "b2"):
            send(there, "lanes.fifo", body, MessageGroupId=body[0], MessageDeduplicationId=body)
        there.settle()

        assert sorted(lines(there)[:2]) == ["a1", "b1"]
        assert [line for line in lines(there) if line[0] == "a"] == ["a1", "a2", "a3"]
        assert there.now == START + timedelta(seconds=3)
