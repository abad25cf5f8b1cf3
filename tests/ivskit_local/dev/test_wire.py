"""Clients of boto3 in one process, and over HTTP a world in another."""

import json
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import pytest
import urllib3

from tests.ivskit_local.dev.wires import BUS, Served, refusal
from tests.samples import sample

READS = [
    ("events", "list_rules", {"EventBusName": BUS}, "Rules"),
    ("sqs", "list_queues", {}, "QueueUrls"),
    ("dynamodb", "list_tables", {}, "TableNames"),
    ("ssm", "get_parameters_by_path", {"Path": "/ivskit/dev", "Recursive": True}, "Parameters"),
    ("secretsmanager", "list_secrets", {}, "SecretList"),
    ("logs", "describe_log_groups", {}, "logGroups"),
    ("scheduler", "list_schedules", {"GroupName": BUS}, "Schedules"),
    ("s3", "list_buckets", {}, "Buckets"),
    ("sts", "get_caller_identity", {}, "Account"),
    ("ivs", "list_channels", {}, "channels"),
    ("kms", "list_keys", {}, "Keys"),
]


@pytest.mark.parametrize(("service", "operation", "given", "member"), READS)
def test_every_service_answers(
    world: Served, service: str, operation: str, given: dict[str, Any], member: str
) -> None:
    answer = getattr(world.client(service), operation)(**given)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["ResponseMetadata"]["RequestId"]
    assert answer[member] or service in ("ivs", "kms", "secretsmanager")


def test_a_queue_is_at_the_address_that_was_asked(world: Served) -> None:
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="mine")["QueueUrl"]

    assert url == f"{world.address}/123456789012/mine"
    assert sqs.get_queue_url(QueueName="mine")["QueueUrl"] == url
    assert url in sqs.list_queues()["QueueUrls"]


def test_a_receiver_waits_for_a_message(world: Served) -> None:
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="waits")["QueueUrl"]
    began = perf_counter()
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert 1 <= perf_counter() - began < 15

    sqs.send_message(
        QueueUrl=url,
        MessageBody="late",
        DelaySeconds=1,
        MessageAttributes={"blob": {"DataType": "Binary", "BinaryValue": b"\xff\0"}},
    )
    began = perf_counter()
    [message] = sqs.receive_message(
        QueueUrl=url,
        WaitTimeSeconds=20,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    )["Messages"]

    assert perf_counter() - began < 18
    assert message["Body"] == "late"
    assert message["MessageAttributes"]["blob"]["BinaryValue"] == b"\xff\0"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_queue_of_its_own_says_how_long_receivers_wait(world: Served) -> None:
    sqs = world.client("sqs")
    attributes = {"ReceiveMessageWaitTimeSeconds": "1"}
    url = sqs.create_queue(QueueName="patient", Attributes=attributes)["QueueUrl"]
    began = perf_counter()

    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert perf_counter() - began >= 1


def test_errors_of_queues_have_their_old_and_their_new_name(world: Served) -> None:
    sqs = world.client("sqs")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        sqs.get_queue_url(QueueName="nowhere")

    error = caught.value.response["Error"]
    assert error["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert error["QueryErrorCode"] == "QueueDoesNotExist"


def test_entries_are_put_one_by_one_and_noted_in_the_audit_log(world: Served) -> None:
    command = sample("command.block-channel", issued_at=datetime.now(UTC).isoformat())
    entry = {
        "EventBusName": BUS,
        "Source": command["source"],
        "DetailType": command["detail-type"],
        "Detail": json.dumps(command["detail"]),
        "Time": datetime.now(UTC),
    }
    answer = world.client("events").put_events(Entries=[entry, {**entry, "Detail": "[]"}])

    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][1]["ErrorCode"] == "MalformedDetail"
    logs = world.client("logs")
    lines = logs.filter_log_events(logGroupName="/ivskit/dev/audit")["events"]
    assert answer["Entries"][0]["EventId"] in [json.loads(one["message"])["id"] for one in lines]


def test_tables_keep_every_type_and_refuse_with_the_item(world: Served) -> None:
    dynamodb = world.client("dynamodb")
    table = world.client("ssm").get_parameter(Name="/ivskit/dev/memory")["Parameter"]["Value"]
    item = {
        "channel_arn": {"S": "arn:aws:ivs:us-west-2:123456789012:channel/ofATable12345"},
        "number": {"N": "12345678901234567890.5"},
        "binary": {"B": b"\x00\xff"},
        "all": {"L": [{"BOOL": True}, {"NULL": True}, {"M": {"few": {"SS": ["a"]}}}]},
    }
    dynamodb.put_item(TableName=table, Item=item)

    assert dynamodb.query(
        TableName=table,
        KeyConditionExpression="channel_arn = :arn",
        ExpressionAttributeValues={":arn": item["channel_arn"]},
    )["Items"] == [item]
    del item["binary"]  # The oldest moto refuses nothing that has bytes.
    dynamodb.put_item(TableName=table, Item=item)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        dynamodb.put_item(
            TableName=table,
            Item=item,
            ConditionExpression="attribute_not_exists(channel_arn)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert caught.value.response["Item"] == item
    dynamodb.delete_item(TableName=table, Key={"channel_arn": item["channel_arn"]})


def test_secrets_are_text_or_bytes(world: Served) -> None:
    secrets = world.client("secretsmanager")
    secrets.create_secret(Name="text", SecretString="s3cret")
    secrets.create_secret(Name="bytes", SecretBinary=b"\xff\0")

    found = secrets.get_secret_value(SecretId="text")
    assert found["SecretString"] == "s3cret"
    assert abs(found["CreatedDate"] - datetime.now(UTC)) < timedelta(minutes=10)
    assert secrets.get_secret_value(SecretId="bytes")["SecretBinary"] == b"\xff\0"
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId="none")


def test_schedules_come_and_go_with_their_group(world: Served) -> None:
    scheduler = world.client("scheduler")
    scheduler.create_schedule_group(Name="mine")
    schedule = {
        "Name": "once",
        "GroupName": "mine",
        "ScheduleExpression": "at(2100-01-01T00:00:00)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": "arn:aws:sqs:us-west-2:123456789012:mine",
            "RoleArn": "arn:aws:iam::123456789012:role/none",
            "Input": "{}",
        },
    }
    arn = scheduler.create_schedule(**schedule)["ScheduleArn"]

    assert scheduler.get_schedule(Name="once", GroupName="mine")["Arn"] == arn
    [listed] = scheduler.list_schedules(GroupName="mine", MaxResults=5)["Schedules"]
    assert listed["Arn"] == arn
    scheduler.delete_schedule_group(Name="mine")
    with pytest.raises(scheduler.exceptions.ResourceNotFoundException):
        scheduler.get_schedule(Name="once", GroupName="mine")
    odd = {**schedule["Target"], "Arn": "arn:aws:lambda:us-west-2:123456789012:function:mine"}  # type: ignore[dict-item]
    code, message = refusal(
        scheduler.create_schedule, **{**schedule, "GroupName": "default", "Target": odd}
    )
    assert code == "NotImplemented"
    assert "queues (sqs) or buses (events)" in message


def test_objects_are_bytes_for_those_with_credentials_a_link_or_neither(world: Served) -> None:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    key, content = "some folder/ü&?.bin", bytes(range(256))
    s3.put_object(Bucket="mine", Key=key, Body=content, Metadata={"by": "me"})

    assert s3.get_object(Bucket="mine", Key=key)["Body"].read() == content
    head = s3.head_object(Bucket="mine", Key=key)
    assert (head["ContentLength"], head["Metadata"]) == (256, {"by": "me"})
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="mine")["Contents"]] == [key]
    link = s3.generate_presigned_url("get_object", Params={"Bucket": "mine", "Key": key})
    assert urllib3.request("GET", link).data == content
    s3.put_object(Bucket="mine", Key="open", Body=b"all", ACL="public-read")
    assert urllib3.request("GET", f"{world.address}/mine/open").data == b"all"
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="mine", Key="none")


def test_a_bucket_may_stand_in_the_name_of_the_host(world: Served) -> None:
    s3 = world.client("s3")
    where = {"LocationConstraint": "us-west-2"}
    s3.create_bucket(Bucket="in-the-name", CreateBucketConfiguration=where)
    s3.put_object(Bucket="in-the-name", Key="a/b", Body=b"here", ACL="public-read")
    host = {"Host": f"in-the-name.localhost:{world.port}"}

    assert urllib3.request("GET", f"{world.address}/a/b", headers=host).data == b"here"


def test_an_object_may_come_in_chunks_with_a_checksum_behind_them(world: Served) -> None:
    s3 = world.client("s3")
    where = {"LocationConstraint": "us-west-2"}
    s3.create_bucket(Bucket="in-chunks", CreateBucketConfiguration=where)
    scope = "key/20261120/us-west-2/s3/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=x",
        "Content-Encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "7",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    body = b"3\r\ncon\r\n4\r\ntent\r\n0\r\nx-amz-checksum-crc32:/sUwqQ==\r\n\r\n"
    put = urllib3.request("PUT", f"{world.address}/in-chunks/a", headers=headers, body=body)

    assert put.status == 200
    assert s3.get_object(Bucket="in-chunks", Key="a")["Body"].read() == b"content"


def test_ivs_is_the_emulators(world: Served) -> None:
    ivs = world.client("ivs")
    made = ivs.create_channel(name="mine", tags={"a": "b"})

    assert ivs.get_channel(arn=made["channel"]["arn"])["channel"]["tags"] == {"a": "b"}
    with pytest.raises(ivs.exceptions.ResourceNotFoundException):
        ivs.get_channel(arn=made["channel"]["arn"][:-2] + "zz")


def test_the_world_goes_on_without_a_queue_of_its_own(world: Served) -> None:
    """Last, for nobody in this world plans a revocation after it."""
    sqs = world.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="ivskit-dev-plan-revocation")["QueueUrl"])
    command = sample("command.revoke-viewers", issued_at=datetime.now(UTC).isoformat())
    entry = {"Source": command["source"], "DetailType": command["detail-type"]}

    answer = world.client("events").put_events(
        Entries=[{**entry, "EventBusName": BUS, "Detail": json.dumps(command["detail"])}]
    )

    assert answer["FailedEntryCount"] == 0
    assert "ivskit-dev-plan-revocation" not in str(sqs.list_queues()["QueueUrls"]).split("/")
