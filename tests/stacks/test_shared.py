"""What the automations share: the pause, the memory, and settings about keys."""

import json

import pytest

from ivskit import names
from tests.stacks.resources import (
    functions,
)
from tests.stacks.synthesized import SynthesizedWith, Template


def test_a_deploy_pauses_nothing(automation: Template) -> None:
    parameters = automation.resources("AWS::SSM::Parameter").values()

    assert ("/ivskit/dev/pause", "off") in [(one["Name"], one["Value"]) for one in parameters]


def test_memory_outlives_the_stack_and_everything_else_goes_with_it(automation: Template) -> None:
    resources = automation.content["Resources"]
    kept = {
        name
        for name, resource in resources.items()
        if resource.get("DeletionPolicy", "Delete") != "Delete"
    }

    stores = ("AWS::DynamoDB::Table", "AWS::S3::Bucket")
    assert kept == {name for kind in stores for name in automation.resources(kind)}
    assert all(resources[name]["UpdateReplacePolicy"] == "Retain" for name in kept)


def test_memory_is_one_item_per_channel_protected_and_recoverable(automation: Template) -> None:
    tables = automation.resources("AWS::DynamoDB::Table")
    [memory] = [table for name, table in tables.items() if name.startswith("Memory")]

    assert memory["KeySchema"] == [{"AttributeName": "channel_arn", "KeyType": "HASH"}]
    (index,) = memory["GlobalSecondaryIndexes"]
    assert index["KeySchema"] == [{"AttributeName": names.WATCHED, "KeyType": "HASH"}]
    assert index["IndexName"] == names.WATCHED_INDEX
    for table in tables.values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        # A name of its own would make "destroy, then deploy" meet the retained table.
        assert "TableName" not in table


@pytest.mark.parametrize("adopt", ["deliver", "leave"])
def test_the_settings_about_keys_reach_the_functions_that_see_keys(
    synthesized_with: SynthesizedWith, adopt: str
) -> None:
    keys = {"store": "ssm", "adopt": adopt, "delete_orphaned_after": "30d"}

    deployed = functions(synthesized_with(keys=keys).automation)

    given = {
        each["Handler"].partition(".")[0]: each["Environment"]["Variables"].get("IVSKIT_KEYS")
        for each in deployed
    }
    seeing = {name: json.loads(text) for name, text in given.items() if text}
    assert seeing == dict.fromkeys(["rotate_stream_key", "reconcile_streams", "stop_stream"], keys)
