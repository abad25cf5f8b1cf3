"""From queues to functions: batches, partial failures, retries, redrive."""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from ivskit_local.runtime.template import NotCarriedOut
from ivskit_local.runtime.world import START, World
from tests.ivskit_local.runtime.apps import att, event, function, resource, world, write

TELL = """
def handler(batch, context):
    print(json.dumps(batch))
"""
FAIL_BAD_ONES = """
def handler(batch, context):
    print(time.time(), [record["body"] for record in batch["Records"]])
    bad = [record for record in batch["Records"] if record["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in bad]}
"""
RAISE = """
def handler(batch, context):
    print(time.time())
    raise ValueError("of no use")
"""


def send(world: World, queue: str, *bodies: str, **more: object) -> None:
    url = world.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    for body in bodies:
        world.client("sqs").send_message(QueueUrl=url, MessageBody=body, **more)


def lines(world: World) -> list[str]:
    return [line.line for line in world.logs]


def left(world: World, queue: str) -> int:
    names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
    ]
    url = world.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    answer = world.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(map(int, answer["Attributes"].values()))


def test_a_function_gets_records_as_lambda_hands_them_over(tmp_path: Path) -> None:
    write(tmp_path, "tell", TELL)
    with world(tmp_path, function("tell")) as there:
        told = {"kind": {"DataType": "String", "StringValue": "note"}}
        send(there, "tell", "hello", MessageAttributes=told)
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
        "eventSourceARN": "arn:aws:sqs:us-west-2:123456789012:tell",
        "awsRegion": "us-west-2",
    }


def test_of_a_batch_only_what_failed_comes_back_and_ends_in_dead_letters(tmp_path: Path) -> None:
    write(tmp_path, "some", FAIL_BAD_ONES)
    batched = {"MaximumBatchingWindowInSeconds": 1}
    with world(tmp_path, function("some", mapping=batched, tries=2)) as there:
        send(there, "some", "good", "bad", "fine")
        there.settle()

        second = START.timestamp() + 1
        assert lines(there) == [
            f"{second} ['good', 'bad', 'fine']",
            f"{second + 31.001} ['bad']",
        ]
        assert left(there, "some") == 0
        [letter] = there.dead_letters()
        assert (letter.queue, letter.function) == ("some-dead", "some")
        assert letter.error == "reported as a batch item failure"


def test_a_record_that_keeps_failing_is_tried_as_often_as_the_queue_says(tmp_path: Path) -> None:
    write(tmp_path, "fails", RAISE)
    with world(tmp_path, function("fails", tries=3)) as there:
        delivery = there.deliver(event())
        there.settle()

        assert [line.partition(".")[0] for line in lines(there)] == [
            str(round(START.timestamp()) + after) for after in (0, 30, 60)
        ]
        [letter] = there.dead_letters()
        assert letter.event_id == "event-1"
        assert letter.error == "ValueError: of no use"
        assert [reaction.error for reaction in delivery.reactions] == [letter.error] * 3


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


def test_what_arrives_one_by_one_is_worked_on_at_the_same_time(tmp_path: Path) -> None:
    write(
        tmp_path,
        "slow",
        """
        def handler(batch, context):
            time.sleep(1)
            print(time.time(), len(batch["Records"]))
        """,
    )
    two = {"ScalingConfig": {"MaximumConcurrency": 2}}
    with world(tmp_path, function("slow", mapping=two)) as there:
        send(there, "slow", *"abcde")
        there.settle()

        # Two at once; the others wait in the queue and then come as a batch.
        start = START.timestamp()
        assert lines(there) == [f"{start + 1} 1", f"{start + 1} 1", f"{start + 2} 3"]


def test_a_batch_is_not_larger_than_the_mapping_says(tmp_path: Path) -> None:
    write(tmp_path, "some", FAIL_BAD_ONES)
    mapping = {"BatchSize": 2, "MaximumBatchingWindowInSeconds": 5}
    with world(tmp_path, function("some", mapping=mapping)) as there:
        send(there, "some", *"abcde")
        there.settle()

        # A full batch goes at once, the rest when the window is over.
        sizes = Counter((line.partition(" ")[0], line.count("'") // 2) for line in lines(there))
        start = START.timestamp()
        assert sizes == {(str(start), 2): 2, (str(start + 5), 1): 1}


@pytest.mark.parametrize(
    "answer",
    [
        '{"batchItemFailures": [{"itemIdentifier": "unknown"}]}',
        '{"batchItemFailures": [{"itemIdentifier": ""}]}',
        '{"batchItemFailures": [{}]}',
        '{"batchItemFailures": 7}',
        '["no object"]',
    ],
)
def test_an_answer_that_lambda_cannot_read_fails_the_whole_batch(
    tmp_path: Path, answer: str
) -> None:
    write(tmp_path, "odd", f"def handler(batch, context):\n    return {answer}")
    with world(tmp_path, function("odd", tries=1)) as there:
        send(there, "odd", "x")
        there.settle()

        [letter] = there.dead_letters()
        assert letter.error.startswith("batchItemFailures: ")


@pytest.mark.parametrize("answer", ["None", "{}", '{"batchItemFailures": []}', '{"other": 1}'])
def test_an_answer_without_failures_is_success(tmp_path: Path, answer: str) -> None:
    write(tmp_path, "fine", f"def handler(batch, context):\n    return {answer}")
    with world(tmp_path, function("fine", tries=1)) as there:
        send(there, "fine", "x")
        there.settle()

        assert (left(there, "fine"), there.dead_letters()) == (0, [])


def test_without_partial_failures_the_answer_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path, "fine", 'def handler(batch, context):\n    return {"batchItemFailures": 7}')
    with world(tmp_path, function("fine", mapping={"FunctionResponseTypes": []})) as there:
        send(there, "fine", "x")
        there.settle()

        assert (left(there, "fine"), there.dead_letters()) == (0, [])


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


def test_a_full_batch_does_not_wait_for_its_window(tmp_path: Path) -> None:
    write(tmp_path, "some", FAIL_BAD_ONES)
    mapping = {"BatchSize": 2, "MaximumBatchingWindowInSeconds": 60}
    with world(tmp_path, function("some", mapping=mapping)) as there:
        send(there, "some", "a")
        there.run_for(timedelta(seconds=5))
        send(there, "some", "b")
        there.settle()

        assert lines(there) == [f"{START.timestamp() + 5} ['a', 'b']"]
        assert there.now == START + timedelta(seconds=5)


def test_a_batch_that_is_full_at_once_never_waits(tmp_path: Path) -> None:
    write(tmp_path, "some", FAIL_BAD_ONES)
    mapping = {"BatchSize": 1, "MaximumBatchingWindowInSeconds": 60}
    with world(tmp_path, function("some", mapping=mapping)) as there:
        send(there, "some", "a")
        there.settle()

        assert there.now == START


def test_a_long_poll_is_a_short_one(tmp_path: Path) -> None:
    with world(tmp_path, {"Jobs": resource("SQS::Queue", QueueName="jobs")}) as there:
        url = there.client("sqs").get_queue_url(QueueName="jobs")["QueueUrl"]
        answer = there.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)

        assert "Messages" not in answer
        assert there.now == START


def test_a_queue_without_dead_letters_never_gives_up(tmp_path: Path) -> None:
    write(tmp_path, "fails", RAISE)
    resources = function("fails")
    del resources["failsQueue"]["Properties"]["RedrivePolicy"]
    with world(tmp_path, resources) as there:
        send(there, "fails", "x")
        there.run_for(timedelta(minutes=10))

        assert len(lines(there)) == 20


def test_redriven_dead_letters_are_tried_as_if_they_were_new(tmp_path: Path) -> None:
    write(tmp_path, "fails", RAISE)
    with world(tmp_path, function("fails", tries=2)) as there:
        delivery = there.deliver(event())
        there.settle()

        there.redrive("fails")
        assert there.dead_letters() == []
        there.settle()

        assert len(lines(there)) == 4
        assert len(delivery.reactions) == 4
        assert len(there.dead_letters()) == 1


def test_without_dead_letters_there_is_nothing_to_redrive(tmp_path: Path) -> None:
    write(tmp_path, "tell", TELL)
    resources = function("tell")
    del resources["tellQueue"]["Properties"]["RedrivePolicy"]
    with world(tmp_path, resources) as there:
        there.redrive("tell")
        there.redrive("another")
        there.settle()

        assert lines(there) == []


def test_queues_are_looked_at_one_by_one_as_their_messages_appear(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path, name, FAIL_BAD_ONES)
    with world(tmp_path, function("one"), function("two")) as there:
        send(there, "one", "first", DelaySeconds=60)
        send(there, "two", "second", DelaySeconds=90)
        there.settle()

        told = [line.line.partition(" ")[2] for line in there.logs]
        assert told == ["['first']", "['second']"]


def test_a_function_may_take_what_is_in_dead_letters(tmp_path: Path) -> None:
    write(tmp_path, "fails", RAISE)
    write(tmp_path, "mends", "def handler(batch, context):\n    print('mended')")
    mends = function("mends", mapping={"EventSourceArn": att("failsDead")})
    with world(tmp_path, function("fails", tries=1), mends) as there:
        send(there, "fails", "x")
        there.settle()

        assert lines(there)[-1] == "mended"
        assert there.dead_letters() == []


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


ASKS_ITSELF = """
sqs = boto3.client("sqs")
def handler(batch, context):
    print("invoked")
    for record in batch["Records"]:
        sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody="again", DelaySeconds=1)
"""


def test_a_function_that_asks_itself_on_and_on_is_stopped_as_lambda_does(tmp_path: Path) -> None:
    write(tmp_path, "loops", ASKS_ITSELF)
    with world(tmp_path, function("loops")) as there:
        there.deliver(event())
        there.settle()

        assert len(there.logs) == 16
        [dead] = there.dead_letters()
        assert (dead.function, dead.error) == (
            "loops",
            "stopped by Lambda: 16 invocations in a loop",
        )


def test_a_function_may_be_allowed_to_loop(tmp_path: Path) -> None:
    write(tmp_path, "loops", ASKS_ITSELF)
    resources = function("loops")
    resources["loopsFunction"]["Properties"]["RecursiveLoop"] = "Allow"
    with world(tmp_path, resources) as there:
        there.deliver(event())
        there.run_for(timedelta(seconds=40))

        assert len(there.logs) == 41
        assert there.dead_letters() == []


def test_a_loop_without_dead_letters_just_ends(tmp_path: Path) -> None:
    write(tmp_path, "loops", ASKS_ITSELF)
    resources = function("loops")
    del resources["loopsQueue"]["Properties"]["RedrivePolicy"]
    with world(tmp_path, resources) as there:
        there.deliver(event())
        there.settle()

        assert len(there.logs) == 16
