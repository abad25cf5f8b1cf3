"""The reports of a channel in the memory table, so that a command that comes again repeats its own.

They have an item of their own beside the channel's, which every lease pays for, and need no lease.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ivskit import formats
from ivskit.automation.acted import Acted
from ivskit.outcomes import Outcome

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Kept = Mapping[str, Acted]
# A command is repeated within minutes, if at all; an archive is replayed within the day.
_KEPT_FOR = timedelta(days=1)
_MOST_KEPT = 20
_BESIDE = {"channel_arn", "v"}


class Reports:
    """The first report of each command on a channel, by its outcome id."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def of(self, channel_arn: str) -> Kept:
        """The reports that are kept of the channel."""
        answer = self._client.get_item(
            TableName=self._table, Key=_key(channel_arn), ConsistentRead=True
        )
        return _read(answer.get("Item", {}))

    def keep(self, channel_arn: str, report: Outcome, *, kept: Kept) -> Outcome:
        """Keep the report unless its command has one; returns the one that is kept.

        kept: what `of` returned, of which the oldest make room.
        """
        gone = {f"#gone{number}": each for number, each in enumerate(_outdated(report, kept))}
        removes = f" REMOVE {', '.join(gone)}" if gone else ""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(channel_arn),
                UpdateExpression=f"SET #id = :report, #v = :v{removes}",
                ConditionExpression="attribute_not_exists(#id)",
                ExpressionAttributeNames={"#id": report.id, "#v": "v", **gone},
                ExpressionAttributeValues={
                    ":report": {"S": Acted.of(report).model_dump_json(exclude_none=True)},
                    ":v": formats.as_attribute(formats.MEMORY),
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            # The stubs do not know of the item that was asked for.
            refused: Any = error.response
            return _read(refused["Item"])[report.id].as_outcome(channel_arn)
        return report


def _key(channel_arn: str) -> Any:
    return {"channel_arn": {"S": f"reports: {channel_arn}"}}


def _read(item: Mapping[str, Any]) -> Kept:
    formats.check_item(item, formats.MEMORY, what="reports on the channel")
    return {
        name: Acted.model_validate_json(each["S"])
        for name, each in item.items()
        if name not in _BESIDE
    }


def _outdated(report: Outcome, kept: Kept) -> list[str]:
    """The ids of the reports that are too old, or too many beside a new one."""
    newest = sorted(kept, key=lambda each: kept[each].at, reverse=True)
    recent = [each for each in newest if report.at - kept[each].at <= _KEPT_FOR]
    return [each for each in newest if each not in recent[: _MOST_KEPT - 1]]
