"""Schedules: those with which functions look again later, and those that recur."""

import json
from collections.abc import Sequence
from datetime import timedelta

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from ivskit import names

from .event_queue import EventQueue
from .settings import Settings


class Schedules(Construct):
    """The schedule group, and the roles with which its schedules send messages."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.group_name = f"ivskit-{settings.stage}"
        self._group = scheduler.ScheduleGroup(
            self,
            "Group",
            schedule_group_name=self.group_name,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._roles: dict[str, iam.Role] = {}
        self.any_schedule = Stack.of(self).format_arn(
            service="scheduler", resource="schedule", resource_name=f"{self.group_name}/*"
        )

    @property
    def roles(self) -> Sequence[iam.Role]:
        """The roles of all queues that schedules send to."""
        return list(self._roles.values())

    def role_for(self, queue: EventQueue) -> iam.Role:
        """The role with which a schedule sends to this queue, or else to its dead letters.

        Every queue has a role of its own: who may pass it can schedule messages to no other queue.
        """
        if queue.name not in self._roles:
            self._roles[queue.name] = self._role(queue)
        return self._roles[queue.name]

    def recur(self, queue: EventQueue, message: str, *, every: timedelta) -> None:
        """Send this message to a queue at this interval; it has the shape of an event."""
        schedule = scheduler.CfnSchedule(
            queue,
            message,
            group_name=self.group_name,
            description=f"{message} for {queue.name}",
            schedule_expression=_rate(every),
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=queue.events.queue_arn,
                role_arn=self.role_for(queue).role_arn,
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=queue.dead_letters.queue_arn
                ),
                input=json.dumps(_event(message)),
            ),
        )
        # The name of the group is no reference to it, so CDK sees no dependency.
        schedule.node.add_dependency(self._group)

    def _role(self, queue: EventQueue) -> iam.Role:
        role = iam.Role(
            queue,
            "ScheduleRole",
            description=f"EventBridge Scheduler sends due messages to {queue.name} with it.",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": Stack.of(self).account,
                        "aws:SourceArn": self._group.schedule_group_arn,
                    }
                },
            ),
        )
        arns = [queue.events.queue_arn, queue.dead_letters.queue_arn]
        role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=arns))
        return role


def _event(detail_type: str) -> dict[str, object]:
    """The scheduler fills in what stands between angle brackets."""
    return {
        "id": "<aws.scheduler.execution-id>",
        "source": names.SCHEDULE,
        "detail-type": detail_type,
        "time": "<aws.scheduler.scheduled-time>",
        "detail": {},
    }


def _rate(every: timedelta) -> str:
    minutes = every // timedelta(minutes=1)
    return f"rate({minutes} minute{'s' if minutes > 1 else ''})"
