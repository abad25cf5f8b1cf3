"""Which permissions each operation needs: one table for the services that functions use.

An operation that is not in it is an error, so that none is allowed by omission.
"""

from collections.abc import Iterable, Mapping, Sequence

from moto.secretsmanager.models import secretsmanager_backends

from ivskit_local.runtime.iam_policies import NotModelled
from ivskit_local.runtime.permissions import (
    Needs,
    Parameters,
    Permission,
    Place,
    Resources,
    any_of,
    both,
    everything,
    given,
    nothing,
    tagging,
    to,
)


def needed(service: str, operation: str, place: Place, parameters: Parameters) -> list[Permission]:
    """The permissions that a request needs, all of them; raises NotModelled for unknown ones."""
    try:
        needs = _OPERATIONS[service][operation]
    except KeyError:
        raise NotModelled(
            f"the permissions of {service}:{operation}; add it to permission_table.py"
        ) from None
    return list(needs(place, parameters))


def known_operations() -> Iterable[tuple[str, str]]:
    """Every operation in the table."""
    return ((service, one) for service, table in _OPERATIONS.items() for one in table)


# IVS.

_CHANNELS = any_of("ivs", "channel")
_KEYS = any_of("ivs", "stream-key")


def _viewers(place: Place, parameters: Parameters) -> Sequence[str]:
    return sorted({one["channelArn"] for one in parameters["viewerSessions"]})


def _ivs_rows() -> Mapping[str, Needs]:
    rows: dict[str, Resources] = {
        **dict.fromkeys(("GetChannel", "UpdateChannel"), given("arn")),
        "BatchGetChannel": given("arns"),
        **dict.fromkeys(("ListChannels", "ListStreams"), _CHANNELS),
        **dict.fromkeys(
            (
                "GetStream",
                "GetStreamSession",
                "ListStreamSessions",
                "StopStream",
                "PutMetadata",
                "InsertAdBreak",
                "StartViewerSessionRevocation",
            ),
            given("channelArn"),
        ),
        "BatchStartViewerSessionRevocation": _viewers,
        **dict.fromkeys(("DeleteStreamKey", "GetStreamKey"), given("arn")),
        "BatchGetStreamKey": given("arns"),
        "CreateStreamKey": _KEYS,
        **dict.fromkeys(
            (
                "GetPlaybackKeyPair",
                "DeletePlaybackKeyPair",
                "GetRecordingConfiguration",
                "DeleteRecordingConfiguration",
                "GetPlaybackRestrictionPolicy",
                "DeletePlaybackRestrictionPolicy",
                "UpdatePlaybackRestrictionPolicy",
                "GetAdConfiguration",
                "DeleteAdConfiguration",
            ),
            given("arn"),
        ),
        **dict.fromkeys(
            ("ImportPlaybackKeyPair", "ListPlaybackKeyPairs"), any_of("ivs", "playback-key")
        ),
        **dict.fromkeys(
            ("CreateRecordingConfiguration", "ListRecordingConfigurations"),
            any_of("ivs", "recording-configuration"),
        ),
        "CreatePlaybackRestrictionPolicy": any_of("ivs", "playback-restriction-policy"),
        "CreateAdConfiguration": any_of("ivs", "ad-configuration"),
        **dict.fromkeys(
            (
                "ListPlaybackRestrictionPolicies",
                "ListAdConfigurations",
                "UpdateAdConfiguration",
            ),
            everything,
        ),
        **dict.fromkeys(
            ("TagResource", "UntagResource", "ListTagsForResource"), given("resourceArn")
        ),
    }
    plain = {name: to(f"ivs:{name}", find) for name, find in rows.items()}
    return (
        plain
        | {
            "ListStreamKeys": to("ivs:ListStreamKeys", given("channelArn"), _KEYS),
            "CreateChannel": tagging("ivs:TagResource", to("ivs:CreateChannel", _CHANNELS, _KEYS)),
            "DeleteChannel": to("ivs:DeleteChannel", given("arn"), _KEYS),
        }
        | {
            name: tagging("ivs:TagResource", plain[name])
            for name in plain
            if name.startswith(("Create", "Import"))
        }
    )


# DynamoDB.


def _table_arn(place: Place, name: str) -> str:
    return name if name.startswith("arn:") else place.arn("dynamodb", f"table/{name}")


def _table(place: Place, parameters: Parameters) -> Sequence[str]:
    arn = _table_arn(place, parameters["TableName"])
    return [f"{arn}/index/{parameters['IndexName']}" if "IndexName" in parameters else arn]


def _tables(place: Place, parameters: Parameters) -> Sequence[str]:
    return [_table_arn(place, name) for name in parameters["RequestItems"]]


def _transaction(place: Place, parameters: Parameters) -> Sequence[Permission]:
    actions = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}
    return [
        Permission(f"dynamodb:{actions.get(kind, 'ConditionCheckItem')}", _table(place, item)[0])
        for entry in parameters["TransactItems"]
        for kind, item in entry.items()
    ]


_DYNAMODB_TABLE_OPERATIONS = (
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "DescribeTable",
)


# SQS.


def _queue(place: Place, parameters: Parameters) -> Sequence[str]:
    return [place.arn("sqs", parameters["QueueUrl"].rpartition("/")[2])]


def _queue_by_name(place: Place, parameters: Parameters) -> Sequence[str]:
    return [place.arn("sqs", parameters["QueueName"])]


_SQS_OPERATIONS = (
    "SendMessage",
    "ReceiveMessage",
    "DeleteMessage",
    "ChangeMessageVisibility",
    "GetQueueAttributes",
)
_SQS_BATCHES = ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")


# Secrets Manager and the parameter store.


def _secret(place: Place, parameters: Parameters) -> Sequence[str]:
    name = parameters["SecretId"]
    if name.startswith("arn:"):
        return [name]
    secret = secretsmanager_backends[place.account][place.region].secrets.get(name)
    return [secret.arn if secret else place.arn("secretsmanager", f"secret:{name}-??????")]


def _new_secret(place: Place, parameters: Parameters) -> Sequence[str]:
    return [place.arn("secretsmanager", f"secret:{parameters['Name']}-??????")]


def _ssm_arn(place: Place, name: str) -> str:
    return name if name.startswith("arn:") else place.arn("ssm", f"parameter/{name.lstrip('/')}")


def _parameter(place: Place, parameters: Parameters) -> Sequence[str]:
    return [_ssm_arn(place, parameters["Name"])]


def _parameters(place: Place, parameters: Parameters) -> Sequence[str]:
    return [_ssm_arn(place, name) for name in parameters["Names"]]


def _parameter_path(place: Place, parameters: Parameters) -> Sequence[str]:
    return [_ssm_arn(place, parameters["Path"])]


# Events and schedules.


def bus_arn(place: Place, name: str) -> str:
    """The ARN of a bus that is named by its name or its ARN."""
    return name if name.startswith("arn:") else place.arn("events", f"event-bus/{name}")


def _put_events(place: Place, parameters: Parameters) -> Sequence[Permission]:
    return [
        Permission(
            "events:PutEvents",
            bus_arn(place, entry.get("EventBusName", "default")),
            {
                "events:source": [entry.get("Source", "")],
                "events:detail-type": [entry.get("DetailType", "")],
            },
        )
        for entry in parameters["Entries"]
    ]


def _schedule(place: Place, parameters: Parameters) -> Sequence[str]:
    group = parameters.get("GroupName", "default")
    return [place.arn("scheduler", f"schedule/{group}/{parameters['Name']}")]


def _pass_role(place: Place, parameters: Parameters) -> Sequence[Permission]:
    passed = {"iam:passedtoservice": ["scheduler.amazonaws.com"]}
    return [Permission("iam:PassRole", parameters["Target"]["RoleArn"], passed)]


# S3, topics, logs and metrics.


def _object(place: Place, parameters: Parameters) -> Sequence[str]:
    return [f"arn:aws:s3:::{parameters['Bucket']}/{parameters['Key']}"]


def _bucket(place: Place, parameters: Parameters) -> Sequence[str]:
    return [f"arn:aws:s3:::{parameters['Bucket']}"]


def _log_stream(place: Place, parameters: Parameters) -> Sequence[str]:
    group, stream = parameters["logGroupName"], parameters["logStreamName"]
    return [place.arn("logs", f"log-group:{group}:log-stream:{stream}")]


def _put_metrics(place: Place, parameters: Parameters) -> Sequence[Permission]:
    namespace = {"cloudwatch:namespace": [parameters["Namespace"]]}
    return [Permission("cloudwatch:PutMetricData", "*", namespace)]


_OPERATIONS: Mapping[str, Mapping[str, Needs]] = {
    "ivs": _ivs_rows(),
    "dynamodb": {
        **{name: to(f"dynamodb:{name}", _table) for name in _DYNAMODB_TABLE_OPERATIONS},
        "BatchGetItem": to("dynamodb:BatchGetItem", _tables),
        "BatchWriteItem": to("dynamodb:BatchWriteItem", _tables),
        "TransactGetItems": _transaction,
        "TransactWriteItems": _transaction,
    },
    "sqs": {
        **{name: to(f"sqs:{name}", _queue) for name in _SQS_OPERATIONS},
        **{f"{name}Batch": to(f"sqs:{name}", _queue) for name in _SQS_BATCHES},
        "GetQueueUrl": to("sqs:GetQueueUrl", _queue_by_name),
    },
    "secretsmanager": {
        **{
            name: to(f"secretsmanager:{name}", _secret)
            for name in (
                "GetSecretValue",
                "PutSecretValue",
                "DescribeSecret",
                "UpdateSecret",
                "UpdateSecretVersionStage",
                "DeleteSecret",
                "RestoreSecret",
                "TagResource",
                "UntagResource",
            )
        },
        "CreateSecret": tagging(
            "secretsmanager:TagResource", to("secretsmanager:CreateSecret", _new_secret)
        ),
        "ListSecrets": to("secretsmanager:ListSecrets", everything),
    },
    "ssm": {
        **{
            name: to(f"ssm:{name}", _parameter)
            for name in ("GetParameter", "DeleteParameter", "GetParameterHistory")
        },
        "PutParameter": tagging("ssm:AddTagsToResource", to("ssm:PutParameter", _parameter)),
        "GetParameters": to("ssm:GetParameters", _parameters),
        "GetParametersByPath": to("ssm:GetParametersByPath", _parameter_path),
        "DescribeParameters": to("ssm:DescribeParameters", everything),
    },
    "events": {"PutEvents": _put_events},
    "scheduler": {
        "CreateSchedule": both(to("scheduler:CreateSchedule", _schedule), _pass_role),
        "UpdateSchedule": both(to("scheduler:UpdateSchedule", _schedule), _pass_role),
        "GetSchedule": to("scheduler:GetSchedule", _schedule),
        "DeleteSchedule": to("scheduler:DeleteSchedule", _schedule),
        "ListSchedules": to("scheduler:ListSchedules", everything),
    },
    "sns": {
        "Publish": to("sns:Publish", given("TopicArn")),
        "PublishBatch": to("sns:Publish", given("TopicArn")),
    },
    "s3": {
        **{name: to(f"s3:{name}", _object) for name in ("GetObject", "PutObject", "DeleteObject")},
        "HeadObject": to("s3:GetObject", _object),
        "CreateMultipartUpload": to("s3:PutObject", _object),
        "UploadPart": to("s3:PutObject", _object),
        "CompleteMultipartUpload": to("s3:PutObject", _object),
        "AbortMultipartUpload": to("s3:AbortMultipartUpload", _object),
        "ListObjectsV2": to("s3:ListBucket", _bucket),
        "HeadBucket": to("s3:ListBucket", _bucket),
    },
    "logs": {
        "CreateLogStream": to("logs:CreateLogStream", _log_stream),
        "PutLogEvents": to("logs:PutLogEvents", _log_stream),
    },
    "cloudwatch": {
        "PutMetricData": _put_metrics,
        "GetMetricData": to("cloudwatch:GetMetricData", everything),
        "GetMetricStatistics": to("cloudwatch:GetMetricStatistics", everything),
    },
    "service-quotas": {
        "ListServiceQuotas": to("servicequotas:ListServiceQuotas", everything),
    },
    "sts": {
        "GetCallerIdentity": nothing,
        "AssumeRole": to("sts:AssumeRole", given("RoleArn")),
    },
}
