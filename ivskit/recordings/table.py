"""The table of recordings: an item for each, under its channel, in order of time."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ivskit import formats
from ivskit.recordings.records import Recording, first_key, key_of_missing

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# IVS begins a new recording after 48 hours at the latest; the key has the minute of its start.
LONGEST_RECORDING = timedelta(hours=49)
_FORMAT = {"v": formats.as_attribute(formats.RECORDINGS)}
_KEYS = ("channel_arn", "recording")
# What a take-down and its end write, and an event of IVS must not undo.
_OF_OTHERS = {"taken_down_by", "restored_by"}
# What does not outlast the note that says it.
_OF_ONE_NOTE = ("failure", "unread")


class RecordingTable:
    """The recordings of all channels. Methods raise botocore's ClientError.

    forget_after: how long an item is kept after it was noted; None keeps it for ever.
    """

    def __init__(
        self, client: "DynamoDBClient", *, table: str, forget_after: timedelta | None = None
    ) -> None:
        self._client = client
        self._table = table
        self._forget_after = forget_after

    def of_channel(
        self, channel_arn: str, *, since: datetime | None = None, **how: Any
    ) -> Iterator[Recording]:
        """The recordings of the channel that began since then, newest first.

        Those of which nothing is known but their stream come first, whenever that was.
        """
        asked = {
            "TableName": self._table,
            "KeyConditionExpression": "#channel = :channel AND #recording >= :since",
            "ExpressionAttributeNames": {"#channel": "channel_arn", "#recording": "recording"},
            "ExpressionAttributeValues": {
                ":channel": {"S": channel_arn},
                ":since": {"S": first_key(since) if since else "0"},
            },
            "ScanIndexForward": False,
            "ConsistentRead": True,
            **how,
        }
        answer = self._client.query(**asked)
        yield from map(_read, answer["Items"])
        while "LastEvaluatedKey" in answer:
            answer = self._client.query(**asked, ExclusiveStartKey=answer["LastEvaluatedKey"])
            yield from map(_read, answer["Items"])

    def of_stream(
        self, channel_arn: str, stream_id: str, *, started_at: datetime
    ) -> Recording | None:
        """The recording that the stream is part of, as far as the index knows, or None."""
        near = self.of_channel(channel_arn, since=started_at - LONGEST_RECORDING)
        found = [each for each in near if stream_id in each.stream_ids]
        return min(found, key=lambda each: each.status == "missing", default=None)

    def note(self, recording: Recording) -> Recording:
        """Write what is known of the recording; returns what the index has then.

        What it has of a later moment stays as it is, and so does the mark of a take-down.
        """
        said = recording.model_dump(mode="json", exclude_none=True, exclude={*_KEYS, *_OF_OTHERS})
        streams = {"SS": list(said.pop("stream_ids"))}
        kept = {name: _attribute(value) for name, value in said.items()} | _FORMAT
        kept["noted_at"] = {"S": _in_utc(recording.noted_at)}
        if self._forget_after is not None:
            expires = recording.noted_at + self._forget_after
            kept["expires_at"] = {"N": str(int(expires.timestamp()))}
        sets = ", ".join(f"#{name} = :{name}" for name in kept)
        gone = [name for name in _OF_ONE_NOTE if name not in kept]
        removes = f" REMOVE {', '.join(f'#{name}' for name in gone)}" if gone else ""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(recording.channel_arn, recording.recording),
                UpdateExpression=f"SET {sets}{removes} ADD #stream_ids :stream_ids",
                ConditionExpression="attribute_not_exists(#noted_at) OR #noted_at <= :noted_at",
                ExpressionAttributeNames={
                    f"#{name}": name for name in (*kept, *gone, "stream_ids")
                },
                ExpressionAttributeValues={
                    ":stream_ids": streams,
                    **{f":{name}": value for name, value in kept.items()},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            # The stubs do not know of the item that was asked for.
            refused: Any = error.response
            return _read(refused["Item"])
        return _read(answer["Attributes"])

    def mark(self, recording: Recording, *, taken_down_by: str) -> bool:
        """Mark the recording as taken down by this command.

        False where the index has no such recording (any more).
        """
        return self._mark(recording, "taken_down_by", taken_down_by, instead_of="restored_by")

    def unmark(self, recording: Recording, *, restored_by: str) -> bool:
        """End the mark, by this command; False as above."""
        return self._mark(recording, "restored_by", restored_by, instead_of="taken_down_by")

    def _mark(self, recording: Recording, mark: str, command: str, *, instead_of: str) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(recording.channel_arn, recording.recording),
                UpdateExpression="SET #mark = :command REMOVE #former",
                ConditionExpression="attribute_exists(#recording)",
                ExpressionAttributeNames={
                    "#mark": mark,
                    "#former": instead_of,
                    "#recording": "recording",
                },
                ExpressionAttributeValues={":command": {"S": command}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def forget_missing(self, channel_arn: str, stream_id: str) -> None:
        """Remove what the index says of a missing recording, which is there after all."""
        self._client.delete_item(
            TableName=self._table, Key=_key(channel_arn, key_of_missing(stream_id))
        )


def _key(channel_arn: str, recording: str) -> dict[str, Any]:
    return {"channel_arn": {"S": channel_arn}, "recording": {"S": recording}}


def _in_utc(moment: datetime) -> str:
    """Of a fixed width, so that texts compare as their times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _read(item: Mapping[str, Any]) -> Recording:
    formats.check_item(item, formats.RECORDINGS, what="recording")
    return Recording.model_validate({name: _value(each) for name, each in item.items()})


def _attribute(value: Any) -> Any:
    """A value of JSON as DynamoDB keeps it."""
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case dict():
            return {"M": {name: _attribute(each) for name, each in value.items()}}
        case _:
            return {"L": [_attribute(each) for each in value]}


def _value(attribute: Mapping[str, Any]) -> Any:
    [(kind, value)] = attribute.items()
    match kind:
        case "N":
            return int(value)
        case "M":
            return {name: _value(each) for name, each in value.items()}
        case "L":
            return [_value(each) for each in value]
        case "SS":
            return sorted(value)
        case _:
            return value
