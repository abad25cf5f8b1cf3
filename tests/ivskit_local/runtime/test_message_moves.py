"""SQS's message moves in the local runtime."""

import pytest
from botocore.exceptions import ClientError

from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.worlds import ROOT

ARN = "arn:aws:sqs:us-west-2:123456789012:ivskit-dev-stop-stream"


def test_a_move_takes_dead_letters_back_to_their_queue() -> None:
    with World(synthesize(ROOT), project_root=ROOT) as world:
        sqs = world.client("sqs")
        url = sqs.get_queue_url(QueueName="ivskit-dev-stop-stream-dead-letters")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="{}")
        assert sqs.list_message_move_tasks(SourceArn=f"{ARN}-dead-letters")["Results"] == []

        handle = sqs.start_message_move_task(SourceArn=f"{ARN}-dead-letters")["TaskHandle"]

        [task] = sqs.list_message_move_tasks(SourceArn=f"{ARN}-dead-letters")["Results"]
        assert (task["TaskHandle"], task["Status"]) == (handle, "COMPLETED")
        assert task["ApproximateNumberOfMessagesMoved"] == 1
        assert world.dead_letters() == []


def test_only_the_dead_letters_of_a_queue_move() -> None:
    with World(synthesize(ROOT), project_root=ROOT) as world:
        sqs = world.client("sqs")

        with pytest.raises(ClientError, match="is not the dead-letter queue of any queue"):
            sqs.start_message_move_task(SourceArn=ARN)
