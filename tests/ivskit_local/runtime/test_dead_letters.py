"""Dead letters: retries before them, redrive, and loops that Lambda stops."""

from datetime import timedelta
from pathlib import Path

from ivskit_local.runtime.world import START
from tests.ivskit_local.runtime.apps import att, event, function, lines, world, write
from tests.ivskit_local.runtime.messages import PRINT, RAISE, send


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
    write(tmp_path, "prints", PRINT)
    resources = function("prints")
    del resources["printsQueue"]["Properties"]["RedrivePolicy"]
    with world(tmp_path, resources) as there:
        there.redrive("prints")
        there.redrive("another")
        there.settle()

        assert lines(there) == []


def test_a_function_may_take_what_is_in_dead_letters(tmp_path: Path) -> None:
    write(tmp_path, "fails", RAISE)
    write(tmp_path, "mends", "def handler(batch, context):\n    print('mended')")
    mends = function("mends", mapping={"EventSourceArn": att("failsDead")})
    with world(tmp_path, function("fails", tries=1), mends) as there:
        send(there, "fails", "x")
        there.settle()

        assert lines(there)[-1] == "mended"
        assert there.dead_letters() == []


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
