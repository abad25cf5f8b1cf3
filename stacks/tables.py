"""Tables that outlive the stack: new ones, or those of an earlier deployment."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from ivskit import names

_TEXT = dynamodb.AttributeType.STRING


def memory_table(scope: Construct, construct_id: str, *, existing: str | None) -> dynamodb.ITable:
    """One item per channel, and an index of the channels with unfinished work."""
    if existing is not None:
        return _taken_over(scope, construct_id, existing, indexes=[names.WATCHED_INDEX])
    table = _made(scope, construct_id, partition_key="channel_arn")
    table.add_global_secondary_index(
        index_name=names.WATCHED_INDEX,
        partition_key=dynamodb.Attribute(name=names.WATCHED, type=_TEXT),
        projection_type=dynamodb.ProjectionType.INCLUDE,
        non_key_attributes=["blocked", "intent", "key", "session", "stopping"],
    )
    return table


def expiring_table(
    scope: Construct, construct_id: str, *, existing: str | None, partition_key: str, sort_key: str
) -> dynamodb.ITable:
    """Items that DynamoDB removes at the time in their attribute `expires_at`."""
    if existing is not None:
        return _taken_over(scope, construct_id, existing)
    return _made(
        scope, construct_id, partition_key=partition_key, sort_key=sort_key, expires="expires_at"
    )


def _taken_over(
    scope: Construct, construct_id: str, name: str, *, indexes: list[str] | None = None
) -> dynamodb.ITable:
    return dynamodb.Table.from_table_attributes(
        scope, construct_id, table_name=name, global_indexes=indexes
    )


def _made(
    scope: Construct,
    construct_id: str,
    *,
    partition_key: str,
    sort_key: str | None = None,
    expires: str | None = None,
) -> dynamodb.Table:
    return dynamodb.Table(
        scope,
        construct_id,
        partition_key=dynamodb.Attribute(name=partition_key, type=_TEXT),
        sort_key=None if sort_key is None else dynamodb.Attribute(name=sort_key, type=_TEXT),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute=expires,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        deletion_protection=True,
        removal_policy=RemovalPolicy.RETAIN,
    )
