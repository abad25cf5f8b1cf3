"""Queues, buses, rules, topics and schedules."""

import json
from typing import Any

from ivskit_local.runtime.buses import TARGET_PROPERTIES
from ivskit_local.runtime.patterns import compiled
from ivskit_local.runtime.resources.kind import (
    ENCRYPTION,
    TAGS,
    WORDS,
    Kind,
    Properties,
    Putting,
)
from ivskit_local.runtime.template import NotCarriedOut, Placed
from ivskit_local.runtime.transformers import check as check_transformer


def _queue(putting: Putting, properties: dict[str, Any]) -> Placed:
    fifo = ".fifo" if properties.get("FifoQueue") else ""
    name = putting.name(properties, "QueueName", longest=80, end=fifo)
    attributes = {key: _attribute(properties[key]) for key in _QUEUE_ATTRIBUTES & set(properties)}
    if "RedrivePolicy" in properties:
        arn = properties["RedrivePolicy"]["deadLetterTargetArn"]
        putting.deployed.dead_letters.add(arn.rpartition(":")[2])
    putting.client("sqs").create_queue(QueueName=name, Attributes=attributes)
    url = f"https://sqs.{putting.place.region}.amazonaws.com/{putting.place.account}/{name}"
    arn = putting.place.arn("sqs", name)
    putting.encrypt(arn, properties.get("KmsMasterKeyId"))
    return Placed(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


_QUEUE_ATTRIBUTES = {
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "RedrivePolicy",
    "VisibilityTimeout",
}


def _attribute(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _queue_policy(putting: Putting, properties: dict[str, Any]) -> Placed:
    policy = json.dumps(properties["PolicyDocument"])
    for url in properties["Queues"]:
        putting.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return Placed(putting.logical_id, {})


def _bus(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = properties["Name"]
    arn = putting.client("events").create_event_bus(Name=name)["EventBusArn"]
    if properties.get("Policy", {}).get("Statement"):
        policy = json.dumps(properties["Policy"])
        putting.client("events").put_permission(EventBusName=name, Policy=policy)
    return Placed(name, {"Arn": arn, "Name": name})


def _bus_policy(putting: Putting, properties: dict[str, Any]) -> Placed:
    statement = {"Sid": properties["StatementId"], **properties["Statement"]}
    putting.client("events").put_permission(
        EventBusName=properties.get("EventBusName", "default"),
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    return Placed(putting.logical_id, {})


def _archive(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "ArchiveName", longest=48)
    given: dict[str, Any] = {"ArchiveName": name, "EventSourceArn": properties["SourceArn"]}
    if "EventPattern" in properties:
        given["EventPattern"] = _pattern(properties)
    arn = putting.client("events").create_archive(**given)["ArchiveArn"]
    return Placed(name, {"Arn": arn, "ArchiveName": name})


def _rule(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "Name", longest=64)
    bus = properties.get("EventBusName", "default").rpartition("/")[2]
    on = {"EventBusName": bus}
    events = putting.client("events")
    arn = events.put_rule(
        Name=name,
        EventPattern=_pattern(properties),
        State=properties.get("State", "ENABLED"),
        **on,
    )["RuleArn"]
    targets = properties.get("Targets", [])
    _check_targets(putting, targets)
    if targets:
        events.put_targets(Rule=name, Targets=targets, **on)
    putting.deployed.rule_paths[arn] = putting.path
    return Placed(name, {"Arn": arn})


def _pattern(properties: Properties) -> str:
    text = json.dumps(properties["EventPattern"])
    compiled(text)
    return text


def _check_targets(putting: Putting, targets: list[Properties]) -> None:
    for target in targets:
        unknown = set(target) - TARGET_PROPERTIES
        path = target.get("InputPath", "$")
        if unknown or target["Arn"].split(":")[2] not in ("sqs", "sns", "logs"):
            raise NotCarriedOut(f"a target {target['Arn']} with {sorted(unknown)}")
        if not all(part.isidentifier() for part in path.split(".")[1:]):
            raise NotCarriedOut(f"the InputPath {path}")
        if "InputTransformer" in target:
            check_transformer(target["InputTransformer"])
        if "DeadLetterConfig" in target:
            arn = target["DeadLetterConfig"]["Arn"]
            putting.deployed.dead_letters.add(arn.rpartition(":")[2])


def _topic(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "TopicName", longest=256)
    arn = putting.client("sns").create_topic(Name=name)["TopicArn"]
    putting.encrypt(arn, properties.get("KmsMasterKeyId"))
    return Placed(arn, {"TopicArn": arn, "TopicName": name})


def _subscription(putting: Putting, properties: dict[str, Any]) -> Placed:
    if properties["Protocol"] not in ("email", "sqs"):
        raise NotCarriedOut(f"a subscription by {properties['Protocol']}")
    sns = putting.client("sns")
    arn = sns.subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    if properties.get("RawMessageDelivery"):
        # moto reads it only here, not from the parameters of Subscribe.
        sns.set_subscription_attributes(
            SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="true"
        )
    return Placed(arn, {"Arn": arn})


def _topic_policy(putting: Putting, properties: dict[str, Any]) -> Placed:
    policy = json.dumps(properties["PolicyDocument"])
    for arn in properties["Topics"]:
        putting.client("sns").set_topic_attributes(
            TopicArn=arn, AttributeName="Policy", AttributeValue=policy
        )
    return Placed(putting.logical_id, {})


def _schedule_group(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "Name", longest=64)
    arn = putting.client("scheduler").create_schedule_group(Name=name)["ScheduleGroupArn"]
    return Placed(name, {"Arn": arn})


def _schedule(putting: Putting, properties: dict[str, Any]) -> Placed:
    name = putting.name(properties, "Name", longest=64)
    arn = putting.client("scheduler").create_schedule(
        **{**properties, "Name": name, "FlexibleTimeWindow": {"Mode": "OFF"}}
    )
    dead_letters = properties["Target"].get("DeadLetterConfig", {}).get("Arn")
    if dead_letters:
        putting.deployed.dead_letters.add(dead_letters.rpartition(":")[2])
    return Placed(name, {"Arn": arn["ScheduleArn"]})


KINDS = (
    Kind(
        "AWS::SQS::Queue",
        _queue,
        carried_out=frozenset({"KmsMasterKeyId", "QueueName", *_QUEUE_ATTRIBUTES}),
        without_effect={
            "KmsDataKeyReusePeriodSeconds": ENCRYPTION,
            "ReceiveMessageWaitTimeSeconds": "queues are never long-polled",
            "SqsManagedSseEnabled": ENCRYPTION,
            "Tags": TAGS,
        },
    ),
    Kind(
        "AWS::SQS::QueuePolicy",
        _queue_policy,
        carried_out=frozenset({"PolicyDocument", "Queues"}),
    ),
    Kind(
        "AWS::Events::EventBus",
        _bus,
        carried_out=frozenset({"Name", "Policy"}),
        without_effect={
            "DeadLetterConfig": "no event is lost here before it reaches the rules",
            "Description": WORDS,
            "KmsKeyIdentifier": ENCRYPTION,
            "LogConfig": "the replay shows what a bus does",
            "Tags": TAGS,
        },
    ),
    Kind(
        "AWS::Events::EventBusPolicy",
        _bus_policy,
        carried_out=frozenset({"EventBusName", "Statement", "StatementId"}),
    ),
    Kind(
        "AWS::Events::Archive",
        _archive,
        carried_out=frozenset({"ArchiveName", "EventPattern", "SourceArn"}),
        without_effect={
            "Description": WORDS,
            "KmsKeyIdentifier": ENCRYPTION,
            "RetentionDays": "an archive ends with its world",
        },
    ),
    Kind(
        "AWS::Events::Rule",
        _rule,
        carried_out=frozenset({"EventBusName", "EventPattern", "Name", "State", "Targets"}),
        without_effect={"Description": WORDS, "Tags": TAGS},
    ),
    Kind(
        "AWS::SNS::Topic",
        _topic,
        carried_out=frozenset({"KmsMasterKeyId", "TopicName"}),
        without_effect={"DisplayName": WORDS, "Tags": TAGS},
    ),
    Kind(
        "AWS::SNS::TopicPolicy",
        _topic_policy,
        carried_out=frozenset({"PolicyDocument", "Topics"}),
    ),
    Kind(
        "AWS::SNS::Subscription",
        _subscription,
        carried_out=frozenset({"Endpoint", "Protocol", "RawMessageDelivery", "TopicArn"}),
    ),
    Kind(
        "AWS::Scheduler::ScheduleGroup",
        _schedule_group,
        carried_out=frozenset({"Name"}),
        without_effect={"Tags": TAGS},
    ),
    Kind(
        "AWS::Scheduler::Schedule",
        _schedule,
        carried_out=frozenset(
            {
                "GroupName",
                "Name",
                "ScheduleExpression",
                "ScheduleExpressionTimezone",
                "State",
                "Target",
            }
        ),
        without_effect={
            "Description": WORDS,
            "FlexibleTimeWindow": "schedules fire on time, or all of them late if asked to",
            "KmsKeyArn": ENCRYPTION,
        },
    ),
)
