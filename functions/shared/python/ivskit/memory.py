"""The one DynamoDB item that ivskit keeps per channel; everything else is asked of IVS.

    with memory.lease(channel_arn) as held:
        held.remembered.intent          what another invocation left half done
        held.write(intent=Intent(...))  conditional on still holding the lease

Who acts on a channel's key or stream holds its lease, so nothing happens twice at once. The fence
number grows with every lease: a write under an old one is refused.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from ivskit import names
from ivskit.errors import LeaseHeld, Unavailable
from ivskit.outcomes import By, Outcome, parse_outcome

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A stop takes up to three: its own, the new key's, the block's.
_CAUSES_KEPT = 20
# What DynamoDB gives in one call.
_MOST_ITEMS = 100
_YES: Any = {"S": "yes"}
Then = Literal["rotate", "kick", "block"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Intent(_Record):
    """A key is about to be replaced, and for whom: written before the old one is deleted."""

    cause: str
    reason: str
    event_id: str
    at: AwareDatetime
    stream_id: str | None = None
    old_key_arn: str | None = None
    tags: Mapping[str, str] = {}

    def why(self) -> dict[str, Any]:
        """What an outcome says of it."""
        return self.model_dump(include={"cause", "reason", "event_id", "stream_id"})


class Stopping(_Record):
    """A stream is about to be stopped: written before anything is done about it.

    stream_id: None where a channel is blocked that is not live; verify: the purpose for which
    stop_stream looks again; by: whether a command asked for just this.
    """

    cause: str
    reason: str
    event_id: str
    at: AwareDatetime
    then: Then
    verify: str
    by: By = "command"
    stream_id: str | None = None

    def why(self) -> dict[str, Any]:
        """What an outcome says of it."""
        return self.model_dump(include={"cause", "reason", "event_id", "stream_id"})


class Key(_Record):
    """The key that ivskit made or met last; `version` is the store's.

    delivered: False for a key that somebody else made and that is remembered for its age alone.
    """

    arn: str
    made_at: AwareDatetime
    version: str | None = None
    delivered: bool = True


class Acted(_Record):
    """A cause that was acted on, with the outcome that answers it again."""

    cause: str
    outcome: str
    detail: Mapping[str, Any]


class Blocked(_Record):
    """The command that blocked the channel."""

    command_id: str
    issued_at: AwareDatetime


class Session(_Record):
    """The newest session heard of, with the times of its Stream Start and Stream End as heard."""

    stream_id: str
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it began, and nobody has heard of its end."""
        return self.started_at is not None and self.ended_at is None

    def is_newer_than(self, moment: datetime) -> bool:
        """Whether something that happened then belongs to an older session."""
        heard_at = self.ended_at or self.started_at
        return heard_at is not None and heard_at > moment


class Round(_Record):
    """The newest sweep over all channels, by the time for which it was scheduled.

    idle: since when nobody has watched a session; looked_at: the last blocked channel whose keys
    were looked at; asked_after: the last whose session that is not live any more was asked after;
    page, visited: how far the slow visit of all channels has come.
    """

    swept_at: AwareDatetime
    idle: Mapping[str, AwareDatetime] = {}
    looked_at: str = ""
    asked_after: str = ""
    page: str | None = None
    visited: int = 0


class BadTags(_Record):
    """The channel's bad tags as last reported, and the occasion on which they were."""

    occasion: str
    errors: tuple[str, ...]


class Remembered(_Record):
    """All that is remembered of one channel; `round` is in the sweep's own item only."""

    intent: Intent | None = None
    key: Key | None = None
    causes: tuple[Acted, ...] = ()
    blocked: Blocked | None = None
    session: Session | None = None
    bad_tags: BadTags | None = None
    stopping: Stopping | None = None
    unblocked_at: AwareDatetime | None = None
    round: Round | None = None

    @property
    def is_watched(self) -> bool:
        """Whether the sweep has to look at the channel each time: something is under way on it."""
        live = self.session is not None and self.session.is_open
        return live or (self.intent or self.stopping or self.blocked) is not None

    def heard(self, stream_id: str, **times: datetime) -> Session:
        """The newest session, once the start or the end of this one was heard of."""
        known = self.session
        if known is not None and known.stream_id == stream_id:
            return known.model_copy(update=times)
        if known is not None and known.is_newer_than(max(times.values())):
            return known
        return Session.model_validate({"stream_id": stream_id, **times})

    def answer_to(self, cause: str) -> Outcome | None:
        """What this cause was answered with, if it was acted on."""
        acted = next((acted for acted in self.causes if acted.cause == cause), None)
        return parse_outcome(acted.outcome, acted.detail) if acted else None

    def answers_to(self, cause: str) -> tuple[Outcome, ...]:
        """The same, after all else that the same event led to."""
        known = self.answer_to(cause)
        if known is None:
            return ()
        others = [parse_outcome(each.outcome, each.detail) for each in self.causes]
        return (*(o for o in others if o.event_id == known.event_id and o.id != known.id), known)

    def with_answer(self, *outcomes: Outcome) -> tuple[Acted, ...]:
        """The last few causes, those that these outcomes answer among them."""
        answered = {outcome.cause for outcome in outcomes}
        others = [known for known in self.causes if known.cause not in answered]
        return (*others, *map(_acted, outcomes))[-_CAUSES_KEPT:]


def _acted(outcome: Outcome) -> Acted:
    detail = outcome.model_dump(mode="json", exclude_none=True)
    return Acted(cause=outcome.cause, outcome=outcome.name, detail=detail)


class LeaseLost(Unavailable):
    """The lease ran out, and somebody else has taken it."""


class Held:
    """A lease on one channel, and what is remembered of the channel under it."""

    def __init__(
        self,
        client: "DynamoDBClient",
        *,
        table: str,
        channel_arn: str,
        fence: int,
        remembered: Remembered,
    ) -> None:
        self._client = client
        self._table = table
        self._key = {"channel_arn": {"S": channel_arn}}
        self._fence = fence
        self._noted: dict[str, Any] = {}
        self.remembered = remembered

    def write(self, **changes: Any) -> None:
        """Replace some of what is remembered, in one call; None removes.

        Raises LeaseLost when somebody else holds the lease now.
        """
        self._change(changes, {})

    def note(self, **changes: Any) -> None:
        """Replace some of what is remembered when the lease ends, unless an error ends it.

        It costs no call of its own.
        """
        self._noted |= changes

    def release(self, *, failed: bool) -> None:
        """Let others act on the channel at once."""
        self._change({} if failed else self._noted, {"lease_until": {"N": "0"}})

    def _change(self, changes: Mapping[str, Any], also: Mapping[str, Any]) -> None:
        after = self.remembered.model_copy(update=changes)
        dumped = after.model_dump(mode="json", include=set(changes), exclude_none=True)
        kept = {name: {"S": json.dumps(value)} for name, value in dumped.items()}
        removed = [name for name in changes if name not in kept]
        if after.is_watched != self.remembered.is_watched:
            kept |= {names.WATCHED: _YES} if after.is_watched else {}
            removed += [] if after.is_watched else [names.WATCHED]
        self._update({**kept, **also}, removed)
        self.remembered = after

    def _update(self, kept: Mapping[str, Any], removed: list[str]) -> None:
        actions = [f"SET {', '.join(f'#{name} = :{name}' for name in kept)}"] if kept else []
        actions += [f"REMOVE {', '.join(f'#{name}' for name in removed)}"] if removed else []
        try:
            self._client.update_item(
                TableName=self._table,
                Key=self._key,
                UpdateExpression=" ".join(actions),
                ConditionExpression="#fence = :fence",
                ExpressionAttributeNames={f"#{name}": name for name in ("fence", *kept, *removed)},
                ExpressionAttributeValues={
                    ":fence": {"N": str(self._fence)},
                    **{f":{name}": value for name, value in kept.items()},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise LeaseLost("the lease on the channel was taken by somebody else") from error


class Memory:
    """The memory table, seen from one function."""

    def __init__(
        self,
        client: "DynamoDBClient",
        *,
        table: str,
        owner: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._table = table
        self._owner = owner
        self._clock = clock

    @contextmanager
    def lease(self, channel_arn: str) -> Iterator[Held]:
        """Be the only one who acts on the channel; raises LeaseHeld when somebody else is.

        An invocation that dies leaves its lease to run out by itself (names.LEASE_SECONDS).
        """
        held = self._take(channel_arn)
        failed = True
        try:
            yield held
            failed = False
        finally:
            held.release(failed=failed)

    def watched(self) -> dict[str, Remembered]:
        """The channels on which something is under way, without their causes; it may lag behind."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=names.WATCHED,
            KeyConditionExpression=f"{names.WATCHED} = :yes",
            ExpressionAttributeValues={":yes": _YES},
        )
        return {
            item["channel_arn"]["S"]: _remembered(item) for page in pages for item in page["Items"]
        }

    def recall(self, channel_arns: Iterable[str]) -> dict[str, Remembered]:
        """What is remembered of these channels, without their causes."""
        wanted = list(channel_arns)
        found: dict[str, Remembered] = {}
        while wanted:
            some, wanted = wanted[:_MOST_ITEMS], wanted[_MOST_ITEMS:]
            items, missed = self._get_batch(some)
            found |= {item["channel_arn"]["S"]: _remembered(item) for item in items}
            wanted += missed
        return found

    def _get_batch(self, channel_arns: Sequence[str]) -> tuple[list[Any], list[str]]:
        projected = [name for name in Remembered.model_fields if name != "causes"]
        keys: Any = {
            "Keys": [{"channel_arn": {"S": arn}} for arn in channel_arns],
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(["channel_arn", *(f"#{name}" for name in projected)]),
            "ExpressionAttributeNames": {f"#{name}": name for name in projected},
        }
        answer: Any = self._client.batch_get_item(RequestItems={self._table: keys})
        missed = answer["UnprocessedKeys"].get(self._table, {"Keys": []})["Keys"]
        return answer["Responses"][self._table], [key["channel_arn"]["S"] for key in missed]

    def _take(self, channel_arn: str) -> Held:
        now = self._clock()
        until = now + timedelta(seconds=names.LEASE_SECONDS)
        try:
            item = self._client.update_item(
                TableName=self._table,
                Key={"channel_arn": {"S": channel_arn}},
                UpdateExpression="SET lease_owner = :owner, lease_until = :until,"
                " fence = if_not_exists(fence, :none) + :one",
                ConditionExpression="attribute_not_exists(lease_until) OR lease_until < :now",
                ExpressionAttributeValues={
                    ":owner": {"S": self._owner},
                    ":until": {"N": str(until.timestamp())},
                    ":now": {"N": str(now.timestamp())},
                    ":none": {"N": "0"},
                    ":one": {"N": "1"},
                },
                ReturnValues="ALL_NEW",
            )["Attributes"]
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise LeaseHeld(f"{channel_arn} is being acted on by somebody else") from error
        return Held(
            self._client,
            table=self._table,
            channel_arn=channel_arn,
            fence=int(item["fence"]["N"]),
            remembered=_remembered(item),
        )


def _remembered(item: Mapping[str, Any]) -> Remembered:
    known = Remembered.model_fields.keys() & item.keys()
    return Remembered.model_validate({name: json.loads(item[name]["S"]) for name in known})
