"""Who watches: the viewers whose tokens an application issued, since IVS cannot list them.

    audience = Audience(boto3.client("dynamodb"), table=table)
    token = issue(audience, private_key, channel_arn=arn, viewer_id="viewer-1", now=now)

One DynamoDB item per channel and viewer holds the newest session version, and when the newest and
the first token were issued. A channel's viewers are spread over 16 partitions for the beginning of
a show: 15,000 join in a minute, and one partition takes 1,000 writes a second. An item expires a
day after the longest session that its newest token can have started.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from ivskit import formats
from ivskit.arguments import aware

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARDS = 16
# IVS ends a stream after 48 hours; a day more, for late revocations.
KEPT = timedelta(hours=72)


@dataclass(frozen=True)
class Recorded:
    """A viewer of a channel, with the newest session version and the second of its token.

    first_at: the second of the first token.
    """

    channel_arn: str
    viewer_id: str
    version: int
    issued_at: int
    first_at: int
    position: tuple[int, str]


class Audience:
    """The table of viewers, which applications write and functions read."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def record(self, channel_arn: str, viewer_id: str, version: int, *, now: datetime) -> None:
        """Record that a token with this session version was issued; the highest version stays.

        Raises ValueError for a time without a zone.
        """
        aware(now, field="now")
        times = {":at": _number(now), ":expires": _number(now + KEPT)}
        is_noted = self._update(
            _key(channel_arn, viewer_id),
            "SET version = :version, issued_at = :at, expires_at = :expires, v = :v,"
            " first_at = if_not_exists(first_at, :at)",
            "attribute_not_exists(version) OR version <= :version",
            {
                ":version": {"N": str(version)},
                ":v": formats.as_attribute(formats.AUDIENCE),
                **times,
            },
        )
        if not is_noted:
            # A token of an older session is valid too, so its viewer stays recorded as long.
            self._update(
                _key(channel_arn, viewer_id),
                "SET issued_at = :at, expires_at = :expires",
                "expires_at < :expires",
                times,
            )

    def of(self, channel_arn: str, *, now: datetime) -> Iterator[Recorded]:
        """All recorded viewers in a stable order: by shard, then by viewer.

        Raises ValueError for a time without a zone, when the iteration begins.
        """
        aware(now, field="now")
        for shard in range(SHARDS):
            for page in self._pages(channel_arn, shard, now):
                yield from (_recorded(channel_arn, shard, item) for item in page["Items"])

    def _update(
        self, key: dict[str, Any], update: str, condition: str, values: dict[str, Any]
    ) -> bool:
        """Whether the condition held."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _pages(self, channel_arn: str, shard: int, now: datetime) -> Iterable[Any]:
        return self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="channel_shard = :shard",
            # DynamoDB may take days to remove what has expired.
            FilterExpression="expires_at > :now",
            ExpressionAttributeValues={
                ":shard": {"S": _partition(channel_arn, shard)},
                ":now": {"N": str(int(now.timestamp()))},
            },
            ConsistentRead=True,
        )


def _recorded(channel_arn: str, shard: int, item: Mapping[str, Any]) -> Recorded:
    formats.check_item(item, formats.AUDIENCE, what="recorded viewer")
    viewer_id = item["viewer_id"]["S"]
    return Recorded(
        channel_arn=channel_arn,
        viewer_id=viewer_id,
        version=int(item["version"]["N"]),
        issued_at=int(item["issued_at"]["N"]),
        first_at=int(item["first_at"]["N"]),
        position=(shard, viewer_id),
    )


def partition_of(channel_arn: str, viewer_id: str) -> str:
    """The partition that a viewer is recorded in."""
    return _partition(channel_arn, blake2b(viewer_id.encode(), digest_size=1).digest()[0] % SHARDS)


def _key(channel_arn: str, viewer_id: str) -> dict[str, Any]:
    partition = partition_of(channel_arn, viewer_id)
    return {"channel_shard": {"S": partition}, "viewer_id": {"S": viewer_id}}


def _number(moment: datetime) -> dict[str, str]:
    return {"N": str(int(moment.timestamp()))}


def _partition(channel_arn: str, shard: int) -> str:
    return f"{channel_arn}#{shard:02}"
