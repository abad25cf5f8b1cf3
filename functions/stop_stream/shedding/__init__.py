"""Finds the stream to shed, once for each breach and one a minute."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ivskit import formats
from ivskit.changes import LimitBreach
from ivskit.client import Ivs
from ivskit.policy import Policy, Shed
from stop_stream.breaches import sentence
from stop_stream.decisions import Question
from stop_stream.shedding.decide import (
    SHED_EVERY,
    Candidate,
    choose,
    described,
    objection_to_time,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from ivskit.client.streams import StreamSummary

_LIMIT = "Concurrent Broadcasts"
# The table's key is the channel ARN, which this text cannot be.
_KEY: Mapping[str, Any] = {"channel_arn": {"S": "shedding"}}


class NotShed(Exception):
    """Why no stream is shed."""


class Shedder:
    """Chooses a stream; one item of the memory table holds the last choice, its time and breach.

    So a breach that arrives twice, or is retried after a crash, sheds only the same stream.
    """

    def __init__(
        self,
        ivs: Ivs,
        dynamodb: "DynamoDBClient",
        *,
        rule: Shed,
        table: str,
        policy_of: Callable[[Mapping[str, str]], Policy],
        clock: Callable[[], datetime],
    ) -> None:
        self._ivs = ivs
        self._dynamodb = dynamodb
        self._rule = rule
        self._table = table
        self._policy_of = policy_of
        self._clock = clock

    def sheds(self, breach: LimitBreach) -> bool:
        """Whether a breach of this limit sheds streams at all."""
        return self._rule != "none" and breach.detail.limit_name == _LIMIT

    def question(self, breach: LimitBreach) -> Question:
        """What asks for a decision about the stream to shed; raises NotShed.

        It is late when an earlier try chose the stream, and the breach has become old since.
        """
        objection = objection_to_time(breach.time, self._clock())
        chosen = self._chosen_before(breach)
        if chosen is None and objection is not None:
            raise NotShed(objection)
        channel_arn, stream_id = chosen or self._choose(breach)
        return Question(
            by="shed",
            channel_arn=channel_arn,
            cause=breach.id,
            since=breach.time,
            event_id=breach.id,
            reason=f"{sentence(breach)}: shed as {described(self._rule)}",
            stream_id=stream_id,
            then="kick",
            is_late=objection is not None,
        )

    def _choose(self, breach: LimitBreach) -> tuple[str, str]:
        live = list(self._ivs.streams.list())
        if len(live) < breach.detail.limit_value:
            raise NotShed(f"{len(live)} streams are live now")
        chosen = choose(self._rule, self._candidates(live), self._clock())
        if chosen is None:
            raise NotShed("no live stream may be shed")
        self._claim(breach, chosen)
        return chosen.channel_arn, chosen.stream_id

    def _candidates(self, live: list["StreamSummary"]) -> list[Candidate]:
        found = self._ivs.channels.get_many(stream.channel_arn for stream in live)
        tags = {channel.arn: channel.tags for channel in found.results}
        return [
            Candidate(
                stream.channel_arn,
                stream.stream_id,
                stream.start_time,
                stream.viewer_count,
                self._policy_of(tags[stream.channel_arn]),
            )
            for stream in live
            if stream.channel_arn in tags
        ]

    def _chosen_before(self, breach: LimitBreach) -> tuple[str, str] | None:
        item = self._update(
            "SET looked_at = :now",
            "cause = :cause",
            {":cause": {"S": breach.id}, ":now": self._seconds(self._clock())},
        )
        if item is None:
            return None
        formats.check_item(item, formats.MEMORY, what="choice of a stream to shed")
        channel_arn, stream_id = json.loads(item["chosen"]["S"])
        return channel_arn, stream_id

    def _claim(self, breach: LimitBreach, chosen: Candidate) -> None:
        now = self._clock()
        item = self._update(
            "SET cause = :cause, chosen = :chosen, chosen_at = :now, v = :v",
            # The last: this very write, if its answer was lost and botocore repeated it.
            "attribute_not_exists(chosen_at) OR chosen_at <= :before"
            " OR (cause = :cause AND chosen = :chosen)",
            {
                ":cause": {"S": breach.id},
                ":chosen": {"S": json.dumps([chosen.channel_arn, chosen.stream_id])},
                ":now": self._seconds(now),
                ":before": self._seconds(now - SHED_EVERY),
                ":v": formats.as_attribute(formats.MEMORY),
            },
        )
        if item is None:
            raise NotShed("another stream was shed less than a minute ago")

    def _update(self, update: str, condition: str, values: Mapping[str, Any]) -> Any:
        """The item afterwards, or None where the condition does not hold."""
        try:
            return self._dynamodb.update_item(
                TableName=self._table,
                Key=_KEY,
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )["Attributes"]
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return None

    @staticmethod
    def _seconds(at: datetime) -> Mapping[str, str]:
        return {"N": str(at.timestamp())}
