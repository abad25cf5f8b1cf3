"""No dead letter goes unnoticed."""

from pathlib import Path

from tests.stacks.synthesized import Template, synthesize

ALARM, TOPIC, KEY = "AWS::CloudWatch::Alarm", "AWS::SNS::Topic", "AWS::KMS::Key"


def test_every_dead_letter_queue_has_its_alarm(automation: Template, monitoring: Template) -> None:
    queues = automation.resources("AWS::SQS::Queue")
    dead_letters = {queue["QueueName"] for queue in queues.values() if "RedrivePolicy" not in queue}
    watched = [
        dimension["Value"]
        for alarm in monitoring.resources(ALARM).values()
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    ]

    assert sorted(watched) == sorted(dead_letters)


def test_one_dead_letter_is_enough_and_silence_is_well(monitoring: Template) -> None:
    for alarm in monitoring.resources(ALARM).values():
        assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            "Maximum",
        )
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (1, 1)
        assert alarm["TreatMissingData"] == "notBreaching"


def test_an_alarm_tells_the_topic_and_what_to_do(monitoring: Template) -> None:
    (topic,) = monitoring.resources(TOPIC)
    for alarm in monitoring.resources(ALARM).values():
        assert alarm["AlarmActions"] == [{"Ref": topic}]
        assert alarm["AlarmName"] in alarm["AlarmDescription"]


def test_an_alarm_gets_through_the_topics_encryption(monitoring: Template) -> None:
    (key,) = monitoring.resources(KEY)
    allowed = [
        statement
        for statement in monitoring.only(KEY)["KeyPolicy"]["Statement"]
        if "Service" in statement["Principal"]
    ]

    assert monitoring.only(TOPIC)["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    (statement,) = allowed
    assert statement["Principal"]["Service"] == [
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
    ]
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert "Condition" not in statement


def test_the_topic_admits_this_accounts_alarms_and_no_plain_http(monitoring: Template) -> None:
    deny, allow = monitoring.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]

    assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert (allow["Effect"], allow["Action"]) == ("Allow", "sns:Publish")
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


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
