"""What a run makes beside IVS: a rule and a queue for the events, and a bucket for recordings."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from ivskit_local.conform.made import TAG, Ledger

PREFIX = "ivskit-conform-"
Client = Callable[[str], Any]
# A receipt of ten messages at most; more are there in the next.
RECEIVES_AT_MOST = 20
HOME_OF_S3 = "us-east-1"


class Beside:
    """A rule on the default bus with a queue as its target, and a bucket; made when needed.

    `client` makes a client by its service's name. Names begin with `ivskit-conform-` and end with
    the run's id, so that left-overs are found.
    """

    def __init__(self, client: Client, run: str, region: str, ledger: Ledger) -> None:
        self._client = client
        self.name = f"{PREFIX}{run}"
        self._run = run
        self._region = region
        self._ledger = ledger
        self._queue = ""
        self._bucket = ""

    def listen(self) -> None:
        """Make the queue and the rule, unless they are there."""
        if self._queue:
            return
        sqs, events = self._client("sqs"), self._client("events")
        self._ledger.note("making", queue=self.name, rule=self.name)
        self._queue = sqs.create_queue(QueueName=self.name, tags={TAG: self._run})["QueueUrl"]
        asked = {"QueueUrl": self._queue, "AttributeNames": ["QueueArn"]}
        arn = sqs.get_queue_attributes(**asked)["Attributes"]["QueueArn"]
        pattern = json.dumps({"source": ["aws.ivs"]})
        tags = [{"Key": TAG, "Value": self._run}]
        rule = events.put_rule(Name=self.name, EventPattern=pattern, Tags=tags)["RuleArn"]
        policy = json.dumps(_who_may_send(arn, rule))
        sqs.set_queue_attributes(QueueUrl=self._queue, Attributes={"Policy": policy})
        events.put_targets(Rule=self.name, Targets=[{"Id": "queue", "Arn": arn}])

    def received(self) -> list[dict[str, Any]]:
        """The events that came since the last time."""
        self.listen()
        sqs, events = self._client("sqs"), []
        for _ in range(RECEIVES_AT_MOST):
            asked = {"QueueUrl": self._queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1}
            messages = sqs.receive_message(**asked).get("Messages", [])
            if not messages:
                break
            for message in messages:
                events.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return events

    def bucket(self) -> str:
        """The bucket's name; it is made unless it is there."""
        if not self._bucket:
            self._ledger.note("making", bucket=self.name)
            # S3 takes no constraint for the region where it began.
            there = {"LocationConstraint": self._region}
            given = {} if self._region == HOME_OF_S3 else {"CreateBucketConfiguration": there}
            self._client("s3").create_bucket(Bucket=self.name, **given)
            self._bucket = self.name
        return self._bucket

    def close(self) -> list[str]:
        """Delete what was made; answers what is left."""
        left = []
        if self._queue:
            left += delete_rule_and_queue(self._client, self.name)
            self._queue = ""
        if self._bucket:
            left += delete_bucket(self._client, self._bucket)
            self._bucket = ""
        return left


def _who_may_send(queue_arn: str, rule_arn: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
            }
        ],
    }


def left_names(client: Client) -> set[str]:
    """The names of rules, queues and buckets that runs have left."""
    rules = client("events").list_rules(NamePrefix=PREFIX)["Rules"]
    queues = client("sqs").list_queues(QueueNamePrefix=PREFIX).get("QueueUrls", [])
    buckets = client("s3").list_buckets()["Buckets"]
    names = [rule["Name"] for rule in rules]
    names += [url.rpartition("/")[2] for url in queues]
    names += [bucket["Name"] for bucket in buckets]
    return {name for name in names if name.startswith(PREFIX)}


def delete_all(client: Client, name: str) -> list[str]:
    """Delete the rule, the queue and the bucket of this name, as far as there are any."""
    return delete_rule_and_queue(client, name) + delete_bucket(client, name)


def delete_rule_and_queue(client: Client, name: str) -> list[str]:
    """Answers what is left."""
    events, sqs = client("events"), client("sqs")
    left = []
    if not _is_gone(lambda: events.remove_targets(Rule=name, Ids=["queue"])):
        left.append(f"the target of the rule {name}")
    if not _is_gone(lambda: events.delete_rule(Name=name)):
        left.append(f"the rule {name}")
    if not _is_gone(
        lambda: sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])
    ):
        left.append(f"the queue {name}")
    return left


def delete_bucket(client: Client, name: str) -> list[str]:
    """Delete it with what was recorded; answers what is left."""
    s3 = client("s3")

    def delete() -> None:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
            for item in page.get("Contents", []):
                s3.delete_object(Bucket=name, Key=item["Key"])
        s3.delete_bucket(Bucket=name)

    return [] if _is_gone(delete) else [f"the bucket {name}"]


# What the three services say of something that there is not.
ABSENT = (
    "ResourceNotFoundException",
    "NoSuchBucket",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
)


def _is_gone(delete: Callable[[], object]) -> bool:
    try:
        delete()
    except ClientError as error:
        return error.response["Error"]["Code"] in ABSENT
    return True
