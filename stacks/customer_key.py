"""One KMS key for all data of a stage: one of the stage's own, or one that its owner names.

AWS services ask KMS on behalf of whoever calls them. So the key's policy admits the services that
act by themselves, and the roles are allowed to use the key through the services that they call.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from .bus import principal
from .event_function import EventFunction
from .settings import CREATE, Settings

_ENCRYPT, _DECRYPT, _DATA_KEY = "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"
# What a service has KMS do for the caller of an action, where it holds data under the key.
# DynamoDB decrypts the key of the table, whatever is called.
_USES: Mapping[str, Sequence[str]] = {
    "dynamodb:BatchGetItem": [_DECRYPT],
    "dynamodb:GetItem": [_DECRYPT],
    "dynamodb:PutItem": [_DECRYPT],
    "dynamodb:Query": [_DECRYPT],
    "dynamodb:UpdateItem": [_DECRYPT],
    "s3:GetObject": [_DECRYPT],
    "s3:PutObject": [_DATA_KEY],
    "secretsmanager:CreateSecret": [_DECRYPT, _DATA_KEY],
    "secretsmanager:GetSecretValue": [_DECRYPT],
    "secretsmanager:PutSecretValue": [_DECRYPT, _DATA_KEY],
    "secretsmanager:UpdateSecret": [_DECRYPT, _ENCRYPT, _DATA_KEY],
    "sqs:ReceiveMessage": [_DECRYPT],
    "sqs:SendMessage": [_DECRYPT, _DATA_KEY],
    "ssm:PutParameter": [_ENCRYPT],
}


@dataclass(frozen=True)
class CustomerKey:
    """The key; `elsewhere` is its name in another stack, which imports nothing from this one."""

    arn: str
    elsewhere: str


def customer_key(scope: Construct, settings: Settings) -> CustomerKey | None:
    """The key of the settings, made if they say so; None leaves encryption to AWS."""
    wanted = settings.security.customer_key
    if wanted is None:
        return None
    settings.check_customer_key()
    return _made(scope, settings) if wanted == CREATE else CustomerKey(wanted, wanted)


def _made(scope: Construct, settings: Settings) -> CustomerKey:
    """A key that outlives the stack, as the tables, the bucket and the secrets do."""
    key = kms.Key(
        scope,
        "CustomerKey",
        description=f"Encrypts the data of ivskit ({settings.stage}).",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.RETAIN,
    )
    stack = Stack.of(scope)
    for statement in key_policy(settings, region=stack.region, account=stack.account):
        key.add_to_resource_policy(statement)
    alias = f"alias/ivskit-{settings.stage}"
    kms.CfnAlias(scope, "CustomerKeyAlias", alias_name=alias, target_key_id=key.key_arn)
    return CustomerKey(key.key_arn, alias)


def key_policy(settings: Settings, *, region: str, account: str) -> Iterator[iam.PolicyStatement]:
    """What the key's policy needs, besides the statement that lets IAM grant its use.

    Neither EventBridge, towards a topic, nor CloudWatch names the resource that it acts for, so
    conditions on it would lose events and alarms. The policies of queues and topics have them.
    """
    log_groups = f"arn:aws:logs:{region}:{account}:log-group:/ivskit/{settings.stage}/*"
    yield _admitting(
        "LogsOfIvskit",
        iam.ServicePrincipal(f"logs.{region}.amazonaws.com"),
        [_ENCRYPT, _DECRYPT, "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
    )
    yield _admitting(
        "EventsToQueuesAndTopics",
        iam.ServicePrincipal("events.amazonaws.com"),
        [_DECRYPT, _DATA_KEY, "kms:DescribeKey"],
    )
    yield _admitting(
        "ArchiveOfTheBus",
        iam.ServicePrincipal("events.amazonaws.com"),
        ["kms:ReEncrypt*"],
        {"StringEquals": {"aws:SourceAccount": account}},
    )
    yield _admitting(
        "AlarmsToTopics", iam.ServicePrincipal("cloudwatch.amazonaws.com"), [_DECRYPT, _DATA_KEY]
    )
    if settings.commands.senders and settings.metadata.enabled:
        yield iam.PolicyStatement(
            sid="SendersOfMetadata",
            principals=[principal(sender) for sender in settings.commands.senders],
            actions=[_DECRYPT, _DATA_KEY],
            resources=["*"],
            conditions=_through("sqs", region),
        )


def _admitting(
    sid: str,
    service: iam.IPrincipal,
    actions: Sequence[str],
    when: Mapping[str, Mapping[str, str]] | None = None,
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, principals=[service], actions=list(actions), resources=["*"], conditions=when
    )


def _through(service: str, region: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}}


def allow_key(
    key: CustomerKey | None, functions: Sequence[EventFunction], senders: Sequence[iam.Role]
) -> None:
    """Permit the functions to use the key wherever they call a service that holds data under it.

    senders: the roles with which schedules send to queues.
    """
    if key is None:
        return
    for function in functions:
        _allow(function.role, key.arn, function.actions)
    for role in senders:
        _allow(role, key.arn, ["sqs:SendMessage"])


def _allow(role: iam.Role, key: str, actions: Collection[str]) -> None:
    by_service: dict[str, set[str]] = {}
    for action in _USES.keys() & set(actions):
        by_service.setdefault(action.partition(":")[0], set()).update(_USES[action])
    for service, uses in sorted(by_service.items()):
        role.add_to_policy(
            iam.PolicyStatement(
                actions=sorted(uses),
                resources=[key],
                conditions=_through(service, Stack.of(role).region),
            )
        )


def encrypt(scope: Construct, key: str | None) -> None:
    """Encrypt everything below the construct that holds data with this key; None leaves it to AWS.

    An alias will do, but for log groups.
    """
    if key is None:
        return
    for each in scope.node.find_all():
        if type(each) in _HOLDERS:
            for name, value in _HOLDERS[type(each)](key).items():
                setattr(each, name, value)


def _table(key: str) -> Mapping[str, object]:
    of_table = dynamodb.CfnTable.SSESpecificationProperty(
        sse_enabled=True, sse_type="KMS", kms_master_key_id=key
    )
    return {"sse_specification": of_table}


def _bucket(key: str) -> Mapping[str, object]:
    """With a key of the bucket, S3 asks KMS now and then; else at each object."""
    by_default = s3.CfnBucket.ServerSideEncryptionByDefaultProperty(
        sse_algorithm="aws:kms", kms_master_key_id=key
    )
    rule = s3.CfnBucket.ServerSideEncryptionRuleProperty(
        bucket_key_enabled=True, server_side_encryption_by_default=by_default
    )
    of_bucket = s3.CfnBucket.BucketEncryptionProperty(server_side_encryption_configuration=[rule])
    return {"bucket_encryption": of_bucket}


# The properties with which each type of resource that holds data is encrypted.
_HOLDERS: Mapping[type, Callable[[str], Mapping[str, object]]] = {
    dynamodb.CfnTable: _table,
    events.CfnArchive: lambda key: {"kms_key_identifier": key},
    events.CfnEventBus: lambda key: {"kms_key_identifier": key},
    logs.CfnLogGroup: lambda key: {"kms_key_id": key},
    s3.CfnBucket: _bucket,
    sns.CfnTopic: lambda key: {"kms_master_key_id": key},
    sqs.CfnQueue: lambda key: {"kms_master_key_id": key, "sqs_managed_sse_enabled": None},
}
