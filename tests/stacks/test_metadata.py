"""Timed metadata: its queue, its welcomes, and a stage without it."""

from typing import Any

import pytest

from tests.stacks.resources import (
    QUEUE,
    RULE,
    arn_of,
    dead_letter_queues,
    functions,
)
from tests.stacks.synthesized import SynthesizedWith, Template


def test_applications_find_the_metadata_queue_and_senders_may_send_to_it(
    synthesized_with: SynthesizedWith,
) -> None:
    role = "arn:aws:iam::210987654321:role/producer"
    automation = synthesized_with(commands={"senders": [role]}).automation
    (queue,) = [
        name
        for name, properties in automation.resources(QUEUE).items()
        if properties["QueueName"] == "ivskit-dev-metadata.fifo"
    ]
    parameters = automation.resources("AWS::SSM::Parameter").values()
    (statement,) = [
        each
        for policy in automation.resources("AWS::SQS::QueuePolicy").values()
        for each in policy["PolicyDocument"]["Statement"]
        if each.get("Sid") == "SendersMaySendMetadata"
    ]

    address = {"Ref": queue}
    found = [(one["Name"], one["Value"]) for one in parameters]
    assert ("/ivskit/dev/metadata-queue", address) in found
    assert address in [output["Value"] for output in automation.content["Outputs"].values()]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sqs:SendMessage")
    assert (statement["Resource"], statement["Principal"]) == (arn_of(queue), {"AWS": role})


def test_the_metadata_queue_keeps_order_and_knows_repeats_by_channel(automation: Template) -> None:
    fifo = {
        name: queue for name, queue in automation.resources(QUEUE).items() if "FifoQueue" in queue
    }

    assert len(fifo) == len(fifo.keys() & dead_letter_queues(automation)) * 2 == 2
    for queue in fifo.values():
        assert queue["DeduplicationScope"] == "messageGroup"
        assert queue["FifoThroughputLimit"] == "perMessageGroupId"
        assert queue["QueueName"].endswith(".fifo")


@pytest.mark.parametrize(("welcomes", "rules"), [({}, 0), ({"show": {"metadata": "hi"}}, 2)])
def test_stream_starts_are_welcomed_only_where_there_are_welcomes(
    synthesized_with: SynthesizedWith, welcomes: dict[str, Any], rules: int
) -> None:
    automation = synthesized_with(metadata={"welcomes": welcomes}).automation

    starts = [name for name in automation.resources(RULE) if "StreamStart" in name]
    assert len([name for name in starts if name.startswith("QueueMetadata")]) == rules


def test_without_metadata_there_is_neither_its_queue_nor_its_functions(
    synthesized_with: SynthesizedWith,
) -> None:
    automation = synthesized_with(metadata={"enabled": False}).automation

    handlers = [function["Handler"] for function in functions(automation)]
    assert not [name for name in handlers if "metadata" in name]
    assert not [name for name in automation.resources(QUEUE) if "Metadata" in name]
