"""Items of the table of jobs in DynamoDB: reads, conditional writes, encodings."""

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ivskit import formats

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The partition key under which every job is listed.
ALL = "all jobs"
FORMAT = {"v": formats.as_attribute(formats.JOBS)}


class JobItems:
    """The items of one table; those of a job share its partition key.

    Reads are consistent. Methods raise botocore's ClientError, and NewerRelease for an item of a
    format that this release does not know.
    """

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def query(
        self, job: str, kind: str, *, since: int = 0, **how: Any
    ) -> Iterator[Mapping[str, Any]]:
        """The numbered items of a kind in order, beginning with number `since`."""
        asked = {
            "TableName": self._table,
            "KeyConditionExpression": "#job = :job AND #item BETWEEN :since AND :last",
            "ExpressionAttributeNames": {"#job": "job", "#item": "item"},
            "ExpressionAttributeValues": {
                ":job": _key(job, kind)["job"],
                ":since": {"S": numbered(kind, since)},
                ":last": {"S": f"{kind}~"},
            },
            "ConsistentRead": True,
            **how,
        }
        answer = self._client.query(**asked)
        yield from map(_read, answer["Items"])
        while "LastEvaluatedKey" in answer and "Limit" not in how:
            answer = self._client.query(**asked, ExclusiveStartKey=answer["LastEvaluatedKey"])
            yield from map(_read, answer["Items"])

    def newest(self, most: int) -> Iterator[Mapping[str, Any]]:
        """The list entries of all jobs, newest first."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="#job = :job",
            ExpressionAttributeNames={"#job": "job"},
            ExpressionAttributeValues={":job": {"S": ALL}},
            ScanIndexForward=False,
            Limit=most,
        )
        return map(_read, answer["Items"])

    def get(self, job: str, item: str) -> Mapping[str, Any]:
        """One item; empty where there is none."""
        answer = self._client.get_item(
            TableName=self._table, Key=_key(job, item), ConsistentRead=True
        )
        return _read(answer.get("Item", {}))

    def put(
        self, job: str, item: str, attributes: Mapping[str, Any], *, once: bool = False
    ) -> bool:
        """Write an item; False where `once` is asked for and the item exists."""
        condition: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(#item)",
            "ExpressionAttributeNames": {"#item": "item"},
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**_key(job, item), **attributes, **FORMAT},
                **(condition if once else {}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def update(
        self, job: str, item: str, update: str, condition: str | None = None, **values: Any
    ) -> tuple[Mapping[str, Any], bool]:
        """The item after the call, and whether the condition allowed the update."""
        conditional: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(job, item),
                UpdateExpression=update,
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **conditional,
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            # The stubs do not know of the item that was asked for.
            return _read(error.response["Item"]), False  # type: ignore[typeddict-item]
        return _read(answer["Attributes"]), True


def _read(item: Mapping[str, Any]) -> Mapping[str, Any]:
    formats.check_item(item, formats.JOBS, what="item of a revocation")
    return item


def _key(job: str, item: str) -> dict[str, Any]:
    # The prefix keeps a job's id from being the key of the list.
    return {"job": {"S": job if job == ALL else f"job {job}"}, "item": {"S": item}}


def numbered(kind: str, number: int) -> str:
    """The sort key of the nth item of a kind."""
    return f"{kind}{number:06}"


def number(value: int) -> dict[str, str]:
    """An attribute that is a number."""
    return {"N": str(value)}


def text(value: str) -> dict[str, str]:
    """An attribute that is a text."""
    return {"S": value}


def zipped(value: Any) -> dict[str, bytes]:
    """An attribute that holds a value as compressed JSON."""
    return {"B": zlib.compress(json.dumps(value, separators=(",", ":")).encode())}


def unzipped(attribute: Mapping[str, Any]) -> Any:
    """The value in such an attribute."""
    return json.loads(zlib.decompress(attribute["B"]))
