"""What a bus does with an event, by the API of the engine that has the rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

Clients = Callable[[str], Any]


def deliver_by_rules(clients: Clients, event: dict[str, Any]) -> Iterator[str]:
    """Send the event to the targets of all rules of the default bus that match it.

    Yields a sentence for each target that does not get it. Queues, topics and functions do, with
    the event or with the constant input of the target.
    """
    events, whole = clients("events"), json.dumps(event)
    for rule in _rules(events):
        matches = events.test_event_pattern(EventPattern=rule["EventPattern"], Event=whole)
        if matches["Result"]:
            pages = events.get_paginator("list_targets_by_rule").paginate(Rule=rule["Name"])
            for target in (target for page in pages for target in page["Targets"]):
                if problem := _send(clients, target, target.get("Input", whole)):
                    yield f"{event['id']} was not sent to {target['Arn']}: {problem}"


def _rules(events: Any) -> Iterator[dict[str, Any]]:
    for page in events.get_paginator("list_rules").paginate():
        for rule in page["Rules"]:
            if rule.get("State") == "ENABLED" and rule.get("EventPattern"):
                yield rule


def _send(clients: Clients, target: dict[str, Any], body: str) -> str | None:
    """Send it to one target; why that did not work."""
    kind = target["Arn"].split(":")[2]
    if "InputPath" in target or "InputTransformer" in target:
        return "targets with InputPath or InputTransformer are not served"
    if kind not in SENDERS:
        return f"only targets of {', '.join(SENDERS)} are served"
    try:
        SENDERS[kind](clients(kind), target, body)
    except ClientError as error:
        return str(error)
    return None


def _to_queue(sqs: Any, target: dict[str, Any], body: str) -> None:
    arn = target["Arn"].split(":")
    url = sqs.get_queue_url(QueueName=arn[5], QueueOwnerAWSAccountId=arn[4])["QueueUrl"]
    group = target.get("SqsParameters", {})
    sqs.send_message(QueueUrl=url, MessageBody=body, **group)


def _to_topic(sns: Any, target: dict[str, Any], body: str) -> None:
    sns.publish(TopicArn=target["Arn"], Message=body)


def _to_function(awslambda: Any, target: dict[str, Any], body: str) -> None:
    awslambda.invoke(FunctionName=target["Arn"], InvocationType="Event", Payload=body)


SENDERS: dict[str, Callable[[Any, dict[str, Any], str], None]] = {
    "sqs": _to_queue,
    "sns": _to_topic,
    "lambda": _to_function,
}
