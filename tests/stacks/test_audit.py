"""Everything on the bus is written down, and what could not be is kept."""

import json
from typing import Any

from ivskit import names
from tests.stacks.synthesized import SynthesizedWith, Template

GROUP, RULE = "AWS::Logs::LogGroup", "AWS::Events::Rule"
NAME = names.audit_log_group("dev")


def only_audit(template: Template, kind: str) -> tuple[str, dict[str, Any]]:
    """Logical id and properties of the audit's one resource of this type."""
    found = template.resources(kind).items()
    ((logical_id, properties),) = [each for each in found if each[0].startswith("Audit")]
    return logical_id, properties


def test_every_source_of_ours_and_ivs_are_written_down(automation: Template) -> None:
    group, _ = only_audit(automation, GROUP)
    queue, _ = only_audit(automation, "AWS::SQS::Queue")
    rules = [rule for name, rule in automation.resources(RULE).items() if name.startswith("Audit")]

    ours, ivs = sorted(rules, key=lambda rule: "EventBusName" not in rule)
    assert ours["EventPattern"] == {"source": [names.COMMAND, names.OUTCOME, names.RECONCILE]}
    assert ivs["EventPattern"] == {"source": [names.IVS]}
    assert "EventBusName" not in ivs
    for rule in rules:
        [target] = rule["Targets"]
        assert target["Arn"]["Fn::Join"][1][-2:] == [":log-group:", {"Ref": group}]
        assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}
        assert "RoleArn" not in target
        assert "InputTransformer" not in target


def test_eventbridge_may_write_to_this_log_and_to_no_other(automation: Template) -> None:
    group, _ = only_audit(automation, GROUP)
    policy = automation.only("AWS::Logs::ResourcePolicy")["PolicyDocument"]
    pieces = policy["Fn::Join"][1]

    document = json.loads("".join(one if isinstance(one, str) else "GROUP" for one in pieces))
    [statement] = document["Statement"]
    assert statement == {
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
        "Resource": "GROUP",
    }
    assert {"Fn::GetAtt": [group, "Arn"]} in pieces
    # The CDK's own target for log groups would bring a function that is not ours.
    for function in automation.resources("AWS::Lambda::Function").values():
        assert function["Handler"].endswith(".handler.handler")


def test_the_log_is_kept_for_a_year_or_as_long_as_is_set(
    automation: Template, synthesized_with: SynthesizedWith
) -> None:
    other = synthesized_with(audit_retention_days=30).automation

    assert only_audit(automation, GROUP)[1]["RetentionInDays"] == 365
    assert only_audit(other, GROUP)[1]["RetentionInDays"] == 30


def test_a_stream_key_is_masked(automation: Template) -> None:
    _, group = only_audit(automation, GROUP)
    policy = group["DataProtectionPolicy"]

    assert policy["Configuration"] == {
        "CustomDataIdentifier": [{"Name": "StreamKey", "Regex": names.STREAM_KEY_PATTERN}]
    }


def test_stories_can_be_queried(automation: Template) -> None:
    group, _ = only_audit(automation, GROUP)
    saved = automation.resources("AWS::Logs::QueryDefinition").values()

    assert [each["Name"] for each in saved] == ["ivskit/dev/by channel", "ivskit/dev/by cause"]
    assert all(each["LogGroupNames"] == [{"Ref": group}] for each in saved)
