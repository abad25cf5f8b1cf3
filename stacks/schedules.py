"""Where functions leave one-time schedules to look again later."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from stacks.event_queue import EventQueue
from stacks.settings import Settings


class Schedules(Construct):
    """The schedule group, and the role by which a schedule that is due sends its message."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.group_name = f"ivskit-{settings.stage}"
        group = scheduler.ScheduleGroup(
            self,
            "Group",
            schedule_group_name=self.group_name,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = iam.Role(
            self,
            "Role",
            description="EventBridge Scheduler delivers what is due with it.",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={
                    "StringEquals": {
                        "aws:SourceAccount": Stack.of(self).account,
                        "aws:SourceArn": group.schedule_group_arn,
                    }
                },
            ),
        )
        self.any_schedule = Stack.of(self).format_arn(
            service="scheduler", resource="schedule", resource_name=f"{self.group_name}/*"
        )

    def may_send_to(self, queue: EventQueue) -> None:
        """Let a schedule that is due send to this queue, or else to its dead letters."""
        arns = [queue.events.queue_arn, queue.dead_letters.queue_arn]
        self.role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=arns))
