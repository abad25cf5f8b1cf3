"""Asks the functions that act, by their queues, to look at something now."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ivskit.automation.messages.delivery import send
from ivskit.automation.messages.look_again import LookAgain
from reconcile_streams.decide import Owner, Referral

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Referrals:
    """The queues of the functions that act."""

    def __init__(self, sqs: "SQSClient", *, queue_urls: Mapping[Owner, str]) -> None:
        self._sqs = sqs
        self._queue_urls = queue_urls

    def send(self, referral: Referral, *, event_id: str, now: datetime) -> None:
        """Ask the owner by its queue, where it can wait for the channel's lease."""
        look = LookAgain(
            channel_arn=referral.channel_arn,
            stream_id=referral.stream_id,
            purpose=referral.purpose,
            cause=referral.cause,
            since=referral.since or now,
            due=now,
            metric=referral.metric,
            event_id=event_id,
        )
        send(self._sqs, self._queue_urls[referral.owner], look, now=now)
