"""Every queue is encrypted, and has dead letters that are kept."""

from ivskit import names
from tests.stacks.resources import (
    QUEUE,
    dead_letter_queues,
    id_in,
)
from tests.stacks.synthesized import Template


def test_every_queue_has_dead_letters_or_holds_them_for_14_days(automation: Template) -> None:
    queues = automation.resources(QUEUE)
    dead_letters = dead_letter_queues(automation)

    assert dead_letters
    for logical_id in dead_letters:
        assert queues[logical_id]["MessageRetentionPeriod"] == 14 * 24 * 3600
        assert "RedrivePolicy" not in queues[logical_id]
    for logical_id in set(queues) - dead_letters:
        tries = names.METADATA_TRIES if "FifoQueue" in queues[logical_id] else names.TRIES
        assert queues[logical_id]["RedrivePolicy"]["maxReceiveCount"] == tries


def test_every_queue_is_encrypted_and_refuses_plain_http(automation: Template) -> None:
    policies = automation.resources("AWS::SQS::QueuePolicy").values()
    guarded = {
        id_in(queue)
        for policy in policies
        for queue in policy["Queues"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }

    assert guarded == set(automation.resources(QUEUE))
    assert all(queue["SqsManagedSseEnabled"] for queue in automation.resources(QUEUE).values())
