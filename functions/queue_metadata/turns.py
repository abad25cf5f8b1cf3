"""The count of a session's welcomes, and which message sends which, in the memory table."""

from typing import TYPE_CHECKING

from queue_metadata.decide import Greet, Question

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Turns:
    """Gives every welcome of a session to one message, so that repetitions never fork."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def take(self, question: Question, greet: Greet, *, message_id: str) -> bool:
        """Whether this message may send it: the first that asks may, at each of its tries."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"channel_arn": {"S": question.channel_arn}},
                UpdateExpression="SET welcomes = :welcomes, welcome_number = :number,"
                " welcome_message = :message",
                ConditionExpression="attribute_not_exists(welcomes) OR welcomes <> :welcomes"
                " OR welcome_number < :number"
                " OR (welcome_number = :number AND welcome_message = :message)",
                ExpressionAttributeValues={
                    ":welcomes": {"S": _series(question, greet)},
                    ":number": {"N": str(greet.number)},
                    ":message": {"S": message_id},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _series(question: Question, greet: Greet) -> str:
    """The series that the numbers count: another welcome or interval begins a new one."""
    return f"{question.stream_id} {greet.name} {greet.welcome.every}"
