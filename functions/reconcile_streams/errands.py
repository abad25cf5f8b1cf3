"""Asks the functions that act, by their queues, to look at something now."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ivskit.look_again import LookAgain, send
from reconcile_streams.decide import Errand, Owner

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Errands:
    """The queues of the functions that act."""

    def __init__(self, sqs: "SQSClient", *, queue_urls: Mapping[Owner, str]) -> None:
        self._sqs = sqs
        self._queue_urls = queue_urls

    def run(self, errand: Errand, *, event_id: str, now: datetime) -> None:
        """Ask the owner; a lease that somebody holds makes it wait, not us."""
        look = LookAgain(
            channel_arn=errand.channel_arn,
            stream_id=errand.stream_id,
            purpose=errand.purpose,
            cause=errand.cause,
            since=errand.since or now,
            due=now,
            event_id=event_id,
        )
        send(self._sqs, self._queue_urls[errand.owner], look, now=now)
