"""Alarms on everything that needs a person, and the topics they go to."""

import re
from typing import Any

import pytest

from tests.stacks.resources import COMPOSITE, alarms, composites
from tests.stacks.synthesized import SynthesizedWith, Template

TOPIC, KEY = "AWS::SNS::Topic", "AWS::KMS::Key"


def dimensions(metric: dict[str, Any]) -> dict[str, str]:
    """What an alarm, or one metric of it, is about."""
    return {each["Name"]: each["Value"] for each in metric["Dimensions"]}


def about(alarm: dict[str, Any]) -> tuple[Any, ...]:
    """What an alarm watches, for how long, and what it takes for bad."""
    names = ("MetricName", "Period", "EvaluationPeriods", "ComparisonOperator", "Threshold")
    return tuple(alarm.get(name) for name in names)


def test_every_dead_letter_queue_has_its_alarm(automation: Template, monitoring: Template) -> None:
    dead_letters = {
        queue["QueueName"]
        for template in (automation, monitoring)
        for queue in template.resources("AWS::SQS::Queue").values()
        if "RedrivePolicy" not in queue
    }
    found = alarms(monitoring)

    assert dead_letters
    for name in dead_letters:
        visible = ("ApproximateNumberOfMessagesVisible", 60, 1)
        assert about(found[name]) == (*visible, "GreaterThanOrEqualToThreshold", 1)
        assert (found[name]["Statistic"], dimensions(found[name])) == (
            "Maximum",
            {"QueueName": name},
        )


def test_an_urgent_message_may_wait_for_a_minute(monitoring: Template) -> None:
    oldest = {name: each for name, each in alarms(monitoring).items() if "-urgent-oldest-" in name}

    assert set(oldest) == {
        "ivskit-dev-plan-revocation-urgent-oldest-message",
        "ivskit-dev-stop-stream-urgent-oldest-message",
    }
    for name, alarm in oldest.items():
        age = ("ApproximateAgeOfOldestMessage", 60, 1, "GreaterThanThreshold", 60)
        assert about(alarm) == age
        assert dimensions(alarm) == {"QueueName": name.removesuffix("-oldest-message")}


def test_another_message_may_wait_for_five_minutes_and_one_that_is_delayed_for_ever(
    automation: Template, monitoring: Template
) -> None:
    found = alarms(monitoring)
    queues = {
        queue["QueueName"]
        for queue in automation.resources("AWS::SQS::Queue").values()
        if "RedrivePolicy" in queue and not queue["QueueName"].endswith("-urgent")
    }
    # A large job waits in these for as long as it lasts.
    patient = {"ivskit-dev-revoke-viewers", "ivskit-dev-revoke-viewers-few"}

    for name in patient:
        alarm = found[f"{name}-oldest-message"]
        age = ("ApproximateAgeOfOldestMessage", 60, 1, "GreaterThanThreshold", 86_400)
        assert (about(alarm), dimensions(alarm)) == (age, {"QueueName": name})
    for name in queues - patient:
        alarm = found[f"{name}-oldest-message"]
        assert about(alarm) == (None, None, 3, "GreaterThanThreshold", 300)
        [result] = [one for one in alarm["Metrics"] if "Expression" in one]
        # Delayed messages are not visible: without others, the age is none.
        assert result["Expression"] == "IF(waiting > 0, age, 0)"
        metrics = {
            one["Id"]: one["MetricStat"]["Metric"] for one in alarm["Metrics"] if one != result
        }
        assert {key: (one["MetricName"], dimensions(one)) for key, one in metrics.items()} == {
            "waiting": ("ApproximateNumberOfMessagesVisible", {"QueueName": name}),
            "age": ("ApproximateAgeOfOldestMessage", {"QueueName": name}),
        }


def test_every_function_has_alarms_on_errors_and_on_throttles_that_last(
    automation: Template, monitoring: Template
) -> None:
    found = alarms(monitoring)

    for function in automation.resources("AWS::Lambda::Function").values():
        name = function["FunctionName"]
        errors, throttles = found[f"{name}-errors"], found[f"{name}-throttles"]
        assert about(errors) == ("Errors", 300, 1, "GreaterThanOrEqualToThreshold", 1)
        assert about(throttles) == ("Throttles", 300, 3, "GreaterThanOrEqualToThreshold", 1)
        for alarm in (errors, throttles):
            assert (alarm["Statistic"], dimensions(alarm)) == ("Sum", {"FunctionName": name})


def test_a_schedule_that_reaches_no_queue_is_an_alarm(
    automation: Template, monitoring: Template
) -> None:
    group = automation.only("AWS::Scheduler::ScheduleGroup")["Name"]
    of_schedules = [
        each for each in alarms(monitoring).values() if each.get("Namespace") == "AWS/Scheduler"
    ]

    assert {each["MetricName"] for each in of_schedules} == {
        "InvocationDroppedCount",
        "TargetErrorCount",
    }
    assert all(dimensions(each) == {"ScheduleGroup": group} for each in of_schedules)


@pytest.mark.parametrize(
    ("name", "package", "outcome"),
    [
        ("revocation-stalled", "revoke_viewers", "Revocation Stalled"),
        ("stream-key-not-delivered", "rotate_stream_key", "Stream Key Not Delivered"),
    ],
)
def test_outcomes_that_harm_are_alarms(
    monitoring: Template, name: str, package: str, outcome: str
) -> None:
    alarm = alarms(monitoring)[f"ivskit-dev-{name}"]

    assert alarm["Namespace"] == "ivskit/dev"
    assert about(alarm) == ("Outcomes", 300, 1, "GreaterThanOrEqualToThreshold", 1)
    assert dimensions(alarm) == {"function": package, "outcome": outcome}


def test_without_revocations_nobody_watches_them(synthesized_with: SynthesizedWith) -> None:
    monitoring = synthesized_with(revocation={"enabled": False}).monitoring

    assert [name for name in alarms(monitoring) if "revo" in name] == []


def test_sweeps_that_stop_are_an_alarm_and_those_that_have_not_begun_are_not(
    synthesized_with: SynthesizedWith,
) -> None:
    monitoring = synthesized_with(sweep={"every": "10m"}).monitoring
    alarm = alarms(monitoring)["ivskit-dev-no-sweep"]

    # SQS reports none deleted of a queue that Lambda polls, whether or not there is a message.
    assert about(alarm) == ("NumberOfMessagesDeleted", 600, 3, "LessThanThreshold", 1)
    assert (alarm["Namespace"], alarm["Statistic"]) == ("AWS/SQS", "Sum")
    assert dimensions(alarm) == {"QueueName": "ivskit-dev-reconcile-streams"}
    # An alarm is made in the state INSUFFICIENT_DATA, and its action runs when it comes back to it.
    assert alarm["TreatMissingData"] == "missing"
    assert alarm["InsufficientDataActions"] == alarm["AlarmActions"]


def test_sweeps_that_keep_finding_late_events_are_an_alarm(
    synthesized_with: SynthesizedWith,
) -> None:
    settings = {"every": "10m", "overdue": "4m"}
    alarm = alarms(synthesized_with(sweep=settings).monitoring)["ivskit-dev-late-events"]

    assert about(alarm) == ("LateEvents", 600, 4, "GreaterThanOrEqualToThreshold", 1)
    assert (alarm["Namespace"], alarm["DatapointsToAlarm"]) == ("ivskit/dev", 3)
    assert "240 s late" in alarm["AlarmDescription"]


@pytest.mark.parametrize(
    ("name", "resource"),
    [("streams-near-quota", "ConcurrentStreams"), ("views-near-quota", "ConcurrentViews")],
)
def test_the_use_of_a_quota_is_an_alarm_before_it_is_used_up(
    monitoring: Template, name: str, resource: str
) -> None:
    alarm = alarms(monitoring)[f"ivskit-dev-{name}"]
    [share] = [one for one in alarm["Metrics"] if "Expression" in one]
    [usage] = [one for one in alarm["Metrics"] if "MetricStat" in one]

    assert share["Expression"] == f"100 * {usage['Id']} / SERVICE_QUOTA({usage['Id']})"
    assert about(alarm) == (None, None, 1, "GreaterThanThreshold", 80)
    assert usage["MetricStat"]["Metric"]["Namespace"] == "AWS/Usage"
    assert usage["MetricStat"]["Metric"]["MetricName"] == "ResourceCount"
    # SERVICE_QUOTA needs all four dimensions.
    assert dimensions(usage["MetricStat"]["Metric"]) == {
        "Service": "IVS",
        "Type": "Resource",
        "Resource": resource,
        "Class": "None",
    }


def test_calls_that_ivs_rejects_for_a_quarter_of_an_hour_are_an_alarm(monitoring: Template) -> None:
    alarm = alarms(monitoring)["ivskit-dev-ivs-throttles"]

    assert about(alarm) == ("Throttled", 300, 3, "GreaterThanOrEqualToThreshold", 1)
    assert alarm["Namespace"] == "ivskit/dev"


def test_what_makes_somebody_wait_is_one_call(monitoring: Template) -> None:
    calling = composites(monitoring)["ivskit-dev-not-acting"]
    waiting = {
        name
        for name in alarms(monitoring)
        if name.endswith("-oldest-message")
        # A day is not urgent at night, and nobody gets up for metadata.
        and not re.search(r"-revoke-viewers|metadata", name)
    }

    assert calling["over"] == waiting | {
        "ivskit-dev-no-sweep",
        "ivskit-dev-revocation-stalled",
        "ivskit-dev-schedules-failed",
        "ivskit-dev-stream-key-not-delivered",
    }
    assert "ActionsSuppressor" not in calling


def test_what_ivskit_gave_up_on_is_one_call_unless_it_does_not_act_anyway(
    monitoring: Template,
) -> None:
    calling = composites(monitoring)["ivskit-dev-gave-up"]
    dead = {
        name
        for name in alarms(monitoring)
        if "-dead-letters" in name and not re.search(r"metadata|audit|notifications", name)
    }
    [suppressor] = [
        key
        for key, each in monitoring.resources(COMPOSITE).items()
        if each["AlarmName"] == "ivskit-dev-not-acting"
    ]

    assert calling["over"] == dead | {"ivskit-dev-schedules-dropped"}
    assert calling["ActionsSuppressor"] == {"Fn::GetAtt": [suppressor, "Arn"]}
    assert calling["ActionsSuppressorWaitPeriod"] == 600
    assert calling["ActionsSuppressorExtensionPeriod"] == 1800


def test_a_call_goes_to_a_topic_of_its_own_when_it_begins_and_when_it_ends(
    monitoring: Template,
) -> None:
    [calls] = [key for key in monitoring.resources(TOPIC) if key.startswith("Calls")]

    for alarm in composites(monitoring).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": calls}]
    assert len(composites(monitoring)) == 2


def test_missing_data_counts_as_ok(monitoring: Template) -> None:
    found = alarms(monitoring)
    del found["ivskit-dev-no-sweep"]

    assert {each["TreatMissingData"] for each in found.values()} == {"notBreaching"}
    assert not [each for each in found.values() if "InsufficientDataActions" in each]


def test_an_alarm_sends_its_beginning_and_end_to_the_topic_with_what_to_do(
    monitoring: Template,
) -> None:
    [topic] = [key for key in monitoring.resources(TOPIC) if not key.startswith("Calls")]
    for name, alarm in alarms(monitoring).items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]
        assert alarm["AlarmDescription"].startswith(f"{name}: ")


def test_alarms_and_sentences_get_through_the_topics_encryption(monitoring: Template) -> None:
    (key,) = monitoring.resources(KEY)
    allowed = [
        statement
        for statement in monitoring.only(KEY)["KeyPolicy"]["Statement"]
        if "Service" in statement["Principal"]
    ]

    for topic in monitoring.resources(TOPIC).values():
        assert topic["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    assert [statement["Principal"]["Service"] for statement in allowed] == [
        "cloudwatch.amazonaws.com",
        "events.amazonaws.com",
    ]
    for statement in allowed:
        decrypt, generate = statement["Action"]
        assert (decrypt, generate.rstrip("*")) == ("kms:Decrypt", "kms:GenerateDataKey")
        assert "Condition" not in statement


def test_the_topic_admits_alarms_and_rules_and_no_plain_http(monitoring: Template) -> None:
    policies = monitoring.resources("AWS::SNS::TopicPolicy")
    calls, both = (policies[name] for name in sorted(policies))

    for policy in (calls, both):
        deny, allow, *_ = policy["PolicyDocument"]["Statement"]
        assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert (allow["Effect"], allow["Action"]) == ("Allow", "sns:Publish")
        assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        account = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert allow["Condition"] == {"StringEquals": account}
    # EventBridge supports no conditions in a topic's policy.
    [rules] = both["PolicyDocument"]["Statement"][2:]
    assert (rules["Effect"], rules["Action"]) == ("Allow", "sns:Publish")
    assert rules["Principal"] == {"Service": "events.amazonaws.com"}
    assert "Condition" not in rules
    assert calls["PolicyDocument"]["Statement"][2:] == []


def test_nobody_is_mailed_unless_the_settings_say_whom(
    monitoring: Template, synthesized_with: SynthesizedWith
) -> None:
    mailing = synthesized_with(alarms={"email": "on-call@example.org"}).monitoring

    assert monitoring.resources("AWS::SNS::Subscription") == {}
    subscription = mailing.only("AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "on-call@example.org")


def test_nothing_outlives_the_stack(monitoring: Template) -> None:
    policies = [
        resource.get("DeletionPolicy", "Delete")
        for resource in monitoring.content["Resources"].values()
    ]

    assert set(policies) == {"Delete"}
