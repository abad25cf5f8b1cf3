"""Topics: what is published goes to every subscriber, as a mail or into a queue."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from moto.sns.models import SNSBackend, Subscription, sns_backends

from ivskit_local.runtime.clock import Clock
from ivskit_local.runtime.deliveries import Delivery, Message
from ivskit_local.runtime.permissions import Permission, Place
from ivskit_local.runtime.queues import Queues
from ivskit_local.runtime.roles import Roles

SNS = "sns.amazonaws.com"


@dataclass(frozen=True)
class Mail:
    """A mail that a topic's subscriber got."""

    topic: str
    to: str
    at: datetime
    text: str


class Topics:
    """The topics of one world."""

    def __init__(self, clock: Clock, place: Place, roles: Roles, queues: Queues) -> None:
        self.mails: list[Mail] = []
        self._clock = clock
        self._place = place
        self._roles = roles
        self._queues = queues

    @property
    def _backend(self) -> SNSBackend:
        return sns_backends[self._place.account][self._place.region]

    def exists(self, arn: str) -> bool:
        return arn in self._backend.topics

    def publish(self, arn: str, text: str, delivery: Delivery | None) -> None:
        """Hand a text to all subscribers of a topic."""
        if delivery is not None:
            delivery.messages.append(Message(arn.rpartition(":")[2], text))
        for subscription in self._subscriptions(arn):
            if subscription.protocol == "email":
                name, to = arn.rpartition(":")[2], str(subscription.endpoint)
                self.mails.append(Mail(name, to, self._clock.now, text))
            else:
                self._put(subscription, text, delivery)

    def _subscriptions(self, arn: str) -> Sequence[Subscription]:
        found, _ = self._backend.list_subscriptions_by_topic(arn)
        return found

    def _put(self, subscription: Subscription, text: str, delivery: Delivery | None) -> None:
        topic, queue = subscription.topic.arn, str(subscription.endpoint)
        permission = Permission("sqs:SendMessage", queue)
        if self._roles.service_may(SNS, permission, source_arn=topic):
            raw = subscription.attributes["RawMessageDelivery"]
            body = text if raw else self._envelope(topic, text)
            self._queues.send(queue.rpartition(":")[2], body, delivery)
        elif delivery is not None:
            delivery.lost.append(f"{topic}: the policy of {queue} does not admit {SNS}")

    def _envelope(self, topic: str, text: str) -> str:
        """What SNS puts around a message; without signatures, which nothing here checks."""
        envelope = {
            "Type": "Notification",
            "MessageId": str(uuid4()),
            "TopicArn": topic,
            "Message": text,
            "Timestamp": f"{self._clock.now:%Y-%m-%dT%H:%M:%S.000Z}",
        }
        return json.dumps(envelope)
