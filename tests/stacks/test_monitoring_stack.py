"""No dead letter goes unnoticed, and one look tells how it goes."""

import json
from pathlib import Path
from typing import Any

from tests.stacks.synthesized import Template, synthesize

ALARM, TOPIC, KEY = "AWS::CloudWatch::Alarm", "AWS::SNS::Topic", "AWS::KMS::Key"


def test_every_dead_letter_queue_has_its_alarm(automation: Template, monitoring: Template) -> None:
    dead_letters = {
        queue["QueueName"]
        for template in (automation, monitoring)
        for queue in template.resources("AWS::SQS::Queue").values()
        if "RedrivePolicy" not in queue
    }
    watched = [
        dimension["Value"]
        for alarm in monitoring.resources(ALARM).values()
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    ]

    assert sorted(watched) == sorted(dead_letters)


def test_one_dead_letter_is_enough_and_silence_is_well(monitoring: Template) -> None:
    alarms = monitoring.resources(ALARM).values()
    for alarm in (each for each in alarms if each["AlarmName"] != "ivskit-dev-no-sweep"):
        assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            "Maximum",
        )
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (1, 1)
        assert alarm["TreatMissingData"] == "notBreaching"


def test_three_sweeps_that_do_not_come_are_an_alarm(tmp_path: Path) -> None:
    monitoring = synthesize(tmp_path, sweep={"every": "10m"}).monitoring

    (alarm,) = [
        each
        for each in monitoring.resources(ALARM).values()
        if each["AlarmName"] == "ivskit-dev-no-sweep"
    ]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("ivskit", "Outcomes")
    assert {each["Name"]: each["Value"] for each in alarm["Dimensions"]} == {
        "function": "reconcile_streams",
        "outcome": "Streams Reconciled",
    }
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (600, 3, 1)
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["TreatMissingData"] == "breaching"


def test_an_alarm_tells_the_topic_and_what_to_do(monitoring: Template) -> None:
    (topic,) = monitoring.resources(TOPIC)
    for alarm in monitoring.resources(ALARM).values():
        assert alarm["AlarmActions"] == [{"Ref": topic}]
        assert alarm["AlarmName"] in alarm["AlarmDescription"]


def test_alarms_and_sentences_get_through_the_topics_encryption(monitoring: Template) -> None:
    (key,) = monitoring.resources(KEY)
    allowed = [
        statement
        for statement in monitoring.only(KEY)["KeyPolicy"]["Statement"]
        if "Service" in statement["Principal"]
    ]

    assert monitoring.only(TOPIC)["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    assert [statement["Principal"]["Service"] for statement in allowed] == [
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
    ]
    for statement in allowed:
        decrypt, generate = statement["Action"]
        assert (decrypt, generate.rstrip("*")) == ("kms:Decrypt", "kms:GenerateDataKey")
        assert "Condition" not in statement


def test_the_topic_admits_alarms_and_rules_and_no_plain_http(monitoring: Template) -> None:
    deny, allow, rules = monitoring.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]

    assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert (allow["Effect"], allow["Action"]) == ("Allow", "sns:Publish")
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    # EventBridge supports no conditions in a topic's policy.
    assert (rules["Effect"], rules["Action"], rules.get("Condition")) == (
        "Allow",
        "sns:Publish",
        None,
    )
    assert rules["Principal"] == {"Service": "events.amazonaws.com"}


def test_nobody_is_mailed_unless_the_settings_say_whom(
    monitoring: Template, tmp_path: Path
) -> None:
    told = synthesize(tmp_path, alarms={"email": "on-call@example.org"}).monitoring

    assert monitoring.resources("AWS::SNS::Subscription") == {}
    subscription = told.only("AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "on-call@example.org")


def test_nothing_outlives_the_stack(monitoring: Template) -> None:
    policies = [
        resource.get("DeletionPolicy", "Delete")
        for resource in monitoring.content["Resources"].values()
    ]

    assert set(policies) == {"Delete"}


def widgets(monitoring: Template) -> list[dict[str, Any]]:
    """What the dashboard shows."""
    pieces = monitoring.only("AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"][1]
    text = "".join(one if isinstance(one, str) else "us-west-2" for one in pieces)
    found: list[dict[str, Any]] = json.loads(text)["widgets"]
    return [widget["properties"] for widget in found]


def test_the_dashboard_shows_every_function_and_every_queue(
    automation: Template, monitoring: Template
) -> None:
    shown = {widget["title"]: json.dumps(widget["metrics"]) for widget in widgets(monitoring)}

    for function in automation.resources("AWS::Lambda::Function").values():
        package = function["Handler"].partition(".")[0]
        wanted = f'{{ivskit,function,outcome}} MetricName="Outcomes" function="{package}"'
        assert json.dumps(f"SEARCH('{wanted}'")[1:-1] in shown[f"{package}: outcomes"]
        for title in ("Duration, p99", "Errors", "Throttles"):
            assert f'"FunctionName", "{function["FunctionName"]}"' in shown[title]
    for queue in automation.resources("AWS::SQS::Queue").values():
        title = "Oldest message" if "RedrivePolicy" in queue else "Dead letters"
        assert f'"QueueName", "{queue["QueueName"]}"' in shown[title]
