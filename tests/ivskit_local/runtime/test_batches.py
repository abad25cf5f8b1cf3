"""Batches of messages: their sizes, windows and answers."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from ivskit_local.runtime.world import START
from tests.ivskit_local.runtime.apps import function, lines, world, write
from tests.ivskit_local.runtime.messages import FAIL_BAD_ONES, left, send


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
