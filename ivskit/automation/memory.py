"""The one DynamoDB item that ivskit keeps per channel; everything else is read from IVS.

    with memory.lease(channel_arn) as held:
        held.remembered.intent          what another invocation left half done
        held.write(intent=Intent(...))  conditional on still holding the lease

An invocation that acts on a channel's key or stream holds its lease, so nothing happens twice at
once. The fence number grows with every lease: a write under an old one is refused. A person's
command takes over a lease after one second: its holder may be dead, or stuck in a failing call.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ivskit import formats, names
from ivskit.automation.records import BLOCKED_BY_TAG, Remembered
from ivskit.errors import FROM_BOTOCORE, LeaseHeld, Unavailable
from ivskit.formats import NewerRelease

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# How long a person's command waits for a lease that another invocation holds.
YIELD_AFTER = timedelta(seconds=1)
# How long a person's stop waits for a lease before its record fails: longer than that.
_WAITS = (0.1, 0.2, 0.4, 0.8)
# The most that DynamoDB returns in one call.
_MOST_ITEMS = 100
_YES: Any = {"S": "yes"}
_FORMAT: Any = {"v": formats.as_attribute(formats.MEMORY)}


class LeaseLost(Unavailable):
    """The lease expired, and another invocation has taken it."""


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

        Raises LeaseLost when another invocation holds the lease now.
        """
        kept, removed, after = self._changed(changes)
        self._update(kept, removed)
        self.remembered = after

    def note(self, **changes: Any) -> None:
        """Replace some of what is remembered when the lease ends, unless an error ends it.

        This costs no call of its own.
        """
        self._noted |= changes

    def confirm(self) -> None:
        """Check that this invocation still holds the lease; raises LeaseLost as above."""
        self._update({"fence": {"N": str(self._fence)}}, [])

    def adopt_block(self, *, is_tagged: bool) -> None:
        """Apply the tag ivskit:blocked where memory has no record, as after it was lost."""
        silent = self.remembered.blocked is None and self.remembered.unblocked_at is None
        if is_tagged and silent:
            self.write(blocked=BLOCKED_BY_TAG)

    def drop_block(self, *, is_tagged: bool) -> None:
        """End a block that came from the tag, once the tag is gone: another stage unblocked."""
        if is_tagged or self.remembered.blocked != BLOCKED_BY_TAG:
            return
        stopping = self.remembered.stopping
        is_its = stopping is not None and stopping.then == "block"
        self.write(blocked=None, stopping=None if is_its else stopping)

    def release(self, *, failed: bool) -> None:
        """Let others act on the channel at once."""
        kept, removed, after = self._changed({} if failed else self._noted)
        self._update({**kept, "lease_until": {"N": "0"}}, removed)
        self.remembered = after

    def _changed(self, changes: Mapping[str, Any]) -> tuple[dict[str, Any], list[str], Remembered]:
        """The attributes to set and to remove, and what is remembered then."""
        after = self.remembered.model_copy(update=changes)
        dumped = after.model_dump(mode="json", include=set(changes), exclude_none=True)
        kept = {name: {"S": json.dumps(value)} for name, value in dumped.items()}
        removed = [name for name in changes if name not in kept]
        if after.is_watched != self.remembered.is_watched:
            kept |= {names.WATCHED: _YES} if after.is_watched else {}
            removed += [] if after.is_watched else [names.WATCHED]
        return kept, removed, after

    def _update(self, changed: Mapping[str, Any], removed: list[str]) -> None:
        kept = {**changed, **_FORMAT}
        actions = [f"SET {', '.join(f'#{name} = :{name}' for name in kept)}"]
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
            raise LeaseLost("another invocation has taken the lease on the channel") from error


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
    def lease(
        self, channel_arn: str, *, urgent: bool = False, seconds: int = names.LEASE_SECONDS
    ) -> Iterator[Held]:
        """Be the only one to act on the channel; raises LeaseHeld when another invocation does.

        seconds: when the lease of an invocation that dies expires by itself. urgent: a person
        waits, so a lease is taken over that has been held for a second; later writes of its former
        holder are refused. Several stops of one channel take turns of a second and a half.
        """
        held = self._wait_for(channel_arn, seconds) if urgent else self._take(channel_arn, seconds)
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
            IndexName=names.WATCHED_INDEX,
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
        projected = [*(name for name in Remembered.model_fields if name != "causes"), *_FORMAT]
        keys: Any = {
            "Keys": [{"channel_arn": {"S": arn}} for arn in channel_arns],
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(["channel_arn", *(f"#{name}" for name in projected)]),
            "ExpressionAttributeNames": {f"#{name}": name for name in projected},
        }
        answer: Any = self._client.batch_get_item(RequestItems={self._table: keys})
        missed = answer["UnprocessedKeys"].get(self._table, {"Keys": []})["Keys"]
        return answer["Responses"][self._table], [key["channel_arn"]["S"] for key in missed]

    def _wait_for(self, channel_arn: str, seconds: int) -> Held:
        for wait in _WAITS:
            try:
                return self._take(channel_arn, seconds, urgent=True)
            except LeaseHeld:
                time.sleep(wait)
        return self._take(channel_arn, seconds, urgent=True)

    def _take(self, channel_arn: str, seconds: int, *, urgent: bool = False) -> Held:
        # Unique to this lease: botocore may repeat a call that took effect before it timed out.
        token = f"{self._owner} {uuid4().hex}"
        try:
            item = self._ask_for_lease(channel_arn, token, seconds, urgent=urgent)
            remembered = _remembered(item)
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise LeaseHeld(f"another invocation is acting on {channel_arn}") from error
        except (NewerRelease, *FROM_BOTOCORE):
            self._let_go(channel_arn, token)
            raise
        return Held(
            self._client,
            table=self._table,
            channel_arn=channel_arn,
            fence=int(item["fence"]["N"]),
            remembered=remembered,
        )

    def _ask_for_lease(
        self, channel_arn: str, token: str, seconds: int, *, urgent: bool
    ) -> Mapping[str, Any]:
        now = self._clock()
        until = now + timedelta(seconds=seconds)
        # A lease that expires before this moment may be taken over.
        free = until - YIELD_AFTER if urgent else now
        return self._client.update_item(
            TableName=self._table,
            Key={"channel_arn": {"S": channel_arn}},
            UpdateExpression="SET lease_owner = :owner, lease_until = :until,"
            " fence = if_not_exists(fence, :none) + :one",
            ConditionExpression="attribute_not_exists(lease_until) OR lease_until < :free"
            " OR lease_owner = :owner",
            ExpressionAttributeValues={
                ":owner": {"S": token},
                ":until": {"N": str(until.timestamp())},
                ":free": {"N": str(free.timestamp())},
                ":none": {"N": "0"},
                ":one": {"N": "1"},
            },
            ReturnValues="ALL_NEW",
        )["Attributes"]

    def _let_go(self, channel_arn: str, token: str) -> None:
        """Release a lease that may be ours and is of no use, so that nothing waits for it."""
        with suppress(*FROM_BOTOCORE):
            self._client.update_item(
                TableName=self._table,
                Key={"channel_arn": {"S": channel_arn}},
                UpdateExpression="SET lease_until = :free",
                ConditionExpression="lease_owner = :owner",
                ExpressionAttributeValues={":free": {"N": "0"}, ":owner": {"S": token}},
            )


def _remembered(item: Mapping[str, Any]) -> Remembered:
    formats.check_item(item, formats.MEMORY, what="memory of the channel")
    known = Remembered.model_fields.keys() & item.keys()
    return Remembered.model_validate({name: json.loads(item[name]["S"]) for name in known})
