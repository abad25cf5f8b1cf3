"""Notifications: a rule and a sentence for each kind of outcome that people should know about.

EventBridge escapes nothing that it puts into a sentence, and leaves out fields that an outcome does
not have. So a sentence names only fields that its outcomes always have, and of free text only
`reason`, which is free of quotes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

from ivskit import names

from .event_queue import dead_letters
from .settings import About, Settings

_THERE, _NOT_THERE = [{"exists": True}], [{"exists": False}]


@dataclass(frozen=True)
class Notification:
    """One sentence, and the outcomes that it is about; `rule_id` is unique."""

    about: About
    rule_id: str
    detail_type: str
    sentence: str
    detail: Mapping[str, object] = field(default_factory=dict)


NOTIFICATIONS = (
    Notification(
        "command refused",
        "CommandRefused",
        names.COMMAND_REFUSED,
        "The command {command} was refused: {reason}.",
    ),
    Notification(
        "stream stopped",
        "StreamStopped",
        names.STREAM_STOPPED,
        "Stream {stream_id} on {channel_arn} was stopped: {reason}.",
        {"by": ["policy"], "again": [False]},
    ),
    Notification(
        "stream back",
        "StreamBack",
        names.STREAM_BACK,
        "A stream on {channel_arn} was stopped, and is back: {reason}.",
    ),
    Notification(
        "channel blocked",
        "ChannelBlocked",
        names.CHANNEL_BLOCKED,
        "{channel_arn} is blocked, and has no stream key until it is unblocked: {reason}.",
    ),
    Notification(
        "limit breach",
        "LimitBreachOfChannel",
        names.STOP_SKIPPED,
        "IVS reports a limit breach on {channel_arn}: {reason}.",
        {"limit": _THERE, "channel_arn": _THERE},
    ),
    Notification(
        "limit breach",
        "LimitBreachOfAccount",
        names.STOP_SKIPPED,
        "IVS reports a limit breach in this account: {reason}.",
        {"limit": _THERE, "channel_arn": _NOT_THERE},
    ),
    Notification(
        "revocation stalled",
        "RevocationStalled",
        names.REVOCATION_STALLED,
        "The revocation {cause} is stalled: {reason}.",
    ),
    Notification(
        "stream key not delivered",
        "StreamKeyNotDelivered",
        names.STREAM_KEY_NOT_DELIVERED,
        "The store does not hold the stream key of {channel_arn}: {reason}.",
    ),
    Notification(
        "tag refused",
        "TagRefused",
        names.TAG_REFUSED,
        "{channel_arn} has invalid tags: {reason}.",
    ),
    Notification(
        "stream unhealthy",
        "StreamUnhealthy",
        names.STREAM_UNHEALTHY,
        "Stream {stream_id} on {channel_arn} is unhealthy: {reason}.",
    ),
    Notification(
        "quota nearly full",
        "QuotaNearlyFull",
        names.QUOTA_NEARLY_FULL,
        "A quota of IVS is nearly full: {reason}.",
    ),
    Notification(
        "recording failed",
        "RecordingFailed",
        names.RECORDING_FAILED,
        "A stream on {channel_arn} was not recorded as configured: {reason}.",
    ),
)


class Notifications(Construct):
    """The rules on the ivskit bus that send to the topic, and their dead letters."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        bus_name: str,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._details = f" Details: ivskit audit --stage {settings.stage} --cause {{event_id}}"
        # By its name: an export would tie the two stacks together.
        self._bus = events.EventBus.from_event_bus_name(self, "Bus", bus_name)
        self._topic = topic
        self.dead_letters_name = f"ivskit-{settings.stage}-notifications-dead-letters"
        self._dead_letters = dead_letters(self, self.dead_letters_name)
        for notification in NOTIFICATIONS:
            if notification.about in settings.notifications.about:
                self._add(notification)

    def _add(self, notification: Notification) -> None:
        text = _filled(notification.sentence + self._details)
        events.Rule(
            self,
            notification.rule_id,
            event_bus=self._bus,
            event_pattern=events.EventPattern(
                source=[names.OUTCOME],
                detail_type=[notification.detail_type],
                detail=notification.detail or None,
            ),
            targets=[
                targets.SnsTopic(
                    self._topic,
                    message=events.RuleTargetInput.from_text(text),
                    dead_letter_queue=self._dead_letters,
                )
            ],
        )


class _Fields(dict[str, str]):
    """Every name as the field of an outcome's detail."""

    def __missing__(self, name: str) -> str:
        return events.EventField.from_path(f"$.detail.{name}")


def _filled(sentence: str) -> str:
    return sentence.format_map(_Fields())
