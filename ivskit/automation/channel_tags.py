"""The ivskit tags of channels, read from IVS once a minute per channel over all functions.

Functions that handle many records a second would use up the 5 calls a second that IVS allows. They
share the tags in the memory table, and each instance of a function caches them.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ivskit.client import Ivs
from ivskit.errors import FROM_BOTOCORE, IvsError, NotFound, Unavailable
from ivskit.policy.tags import is_ours

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FRESH_FOR = timedelta(minutes=1)

# None: there is no such channel.
Tags = Mapping[str, str] | None


class ChannelTags:
    """The tags of channels, a minute old at most, older only while IVS is unavailable."""

    def __init__(
        self,
        ivs: Ivs,
        client: "DynamoDBClient",
        *,
        table: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._ivs = ivs
        self._client = client
        self._table = table
        self._clock = clock
        self._known: dict[str, tuple[datetime, Tags]] = {}

    def of(self, arns: Collection[str]) -> Mapping[str, Tags | IvsError]:
        """Each channel's tags, or the error of reading them; 100 channels at most."""
        missing = self._stale(arns)
        if missing:
            self._known.update(self._recalled(missing))
        failures = self._ask(self._stale(missing))
        return {arn: self._answer(arn, failures.get(arn)) for arn in arns}

    def _stale(self, arns: Collection[str]) -> Sequence[str]:
        since = self._clock() - FRESH_FOR
        return [arn for arn in arns if arn not in self._known or self._known[arn][0] <= since]

    def _ask(self, arns: Sequence[str]) -> Mapping[str, IvsError]:
        bulk = self._ivs.channels.get_many(arns)
        now = self._clock()
        for channel in bulk.results:
            tags = {name: text for name, text in channel.tags.items() if is_ours(name)}
            self._known[channel.arn] = (now, tags)
            self._remember(channel.arn, now, tags)
        for failure in bulk.failures:
            if isinstance(failure.error, NotFound):
                self._known[failure.item] = (now, None)
        return {failure.item: failure.error for failure in bulk.failures}

    def _answer(self, arn: str, error: IvsError | None) -> Tags | IvsError:
        forgivable = error is None or isinstance(error, NotFound | Unavailable)
        if forgivable and arn in self._known:
            return self._known[arn][1]
        return error

    # What other instances have read. Where the table fails, IVS is asked instead.

    def _recalled(self, arns: Sequence[str]) -> Mapping[str, tuple[datetime, Tags]]:
        wanted: Any = {
            "Keys": [{"channel_arn": {"S": arn}} for arn in arns],
            "ProjectionExpression": "channel_arn, seen_tags, seen_tags_at",
        }
        try:
            answer = self._client.batch_get_item(RequestItems={self._table: wanted})
        except FROM_BOTOCORE:
            return {}
        items = answer["Responses"].get(self._table, [])
        return {item["channel_arn"]["S"]: _seen(item) for item in items if "seen_tags" in item}

    def _remember(self, arn: str, at: datetime, tags: Mapping[str, str]) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"channel_arn": {"S": arn}},
                UpdateExpression="SET seen_tags = :tags, seen_tags_at = :at",
                ExpressionAttributeValues={
                    ":tags": {"S": json.dumps(tags)},
                    ":at": {"S": at.isoformat()},
                },
            )
        except FROM_BOTOCORE:
            return


def _seen(item: Mapping[str, Any]) -> tuple[datetime, Tags]:
    return datetime.fromisoformat(item["seen_tags_at"]["S"]), json.loads(item["seen_tags"]["S"])
