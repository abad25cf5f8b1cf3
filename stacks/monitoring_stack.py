"""What tells people: alarms on dead letters and notable outcomes, to one topic; a dashboard."""

from collections.abc import Sequence

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from ivskit import names
from stacks.audit import Audit
from stacks.dashboard import Dashboard
from stacks.event_function import EventFunction
from stacks.event_queue import EventQueue
from stacks.notifications import Notifications
from stacks.settings import Settings


class MonitoringStack(Stack):
    """One stage in one region, watched; it knows all by name and needs no exports."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: Sequence[EventFunction],
        audit: Audit,
        bus_name: str,
    ) -> None:
        description = f"ivskit ({settings.stage}): alarms, notifications and a dashboard"
        super().__init__(scope, construct_id, description=description)
        self.topic = self._topic(settings)
        self._watched: list[str] = []
        for function in functions:
            for queue in function.queues:
                self._alarm_on_dead_letters_of(function, queue)
        self._alarm_on_missing_sweeps(settings)
        self._alarm_on_dead_letters(
            "AuditDeadLetters",
            audit.dead_letters_name,
            f"Something that happened is not in the audit log. The messages in "
            f"{audit.dead_letters_name} hold the events, and their attributes say why.",
        )
        told = Notifications(
            self, "Notifications", settings=settings, bus_name=bus_name, topic=self.topic
        )
        self._alarm_on_dead_letters(
            "NotificationsDeadLetters",
            told.dead_letters_name,
            f"People were not told of something. The messages in {told.dead_letters_name} hold the "
            "outcomes, and their attributes say why.",
        )
        Dashboard(
            self,
            "Dashboard",
            settings=settings,
            functions=functions,
            dead_letters=self._watched,
        )
        CfnOutput(self, "Alarms", value=self.topic.topic_arn, description="Subscribe here.")

    def _topic(self, settings: Settings) -> sns.Topic:
        topic = sns.Topic(
            self,
            "Topic",
            display_name=f"ivskit {settings.stage}",
            master_key=self._key(),
            enforce_ssl=True,
        )
        # A topic that has a policy of its own admits nobody by default, not even this account.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        if settings.alarms.email:
            topic.add_subscription(subscriptions.EmailSubscription(settings.alarms.email))
        return topic

    def _key(self) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description="Encrypts what ivskit tells people.",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Under a SourceArn condition, which CloudWatch doesn't send, alarms vanish silently.
        # The rules that tell the topic let EventBridge in by themselves.
        key.grant(
            iam.ServicePrincipal("cloudwatch.amazonaws.com"), "kms:Decrypt", "kms:GenerateDataKey"
        )
        return key

    def _alarm_on_dead_letters_of(self, function: EventFunction, queue: EventQueue) -> None:
        self._alarm_on_dead_letters(
            f"{function.node.id}{queue.node.id.removesuffix('Queue')}DeadLetters",
            queue.dead_letters_name,
            f"{function.package} gave up on an event, or never got it. Read its log, cure the "
            f"cause, then redrive {queue.dead_letters_name} to {queue.name}.",
        )

    def _alarm_on_missing_sweeps(self, settings: Settings) -> None:
        """Every sweep tells of itself, also when it finds nothing."""
        name = f"ivskit-{settings.stage}-no-sweep"
        dimensions = {"function": "reconcile_streams", "outcome": names.STREAMS_RECONCILED}
        alarm = cloudwatch.Alarm(
            self,
            "NoSweep",
            alarm_name=name,
            alarm_description=(
                f"{name}: three sweeps in a row did not come. Events that IVS loses are not made "
                "good. Read the log of reconcile_streams, and see whether its schedule is there."
            ),
            metric=cloudwatch.Metric(
                namespace=names.METRICS_NAMESPACE,
                metric_name=names.OUTCOMES_METRIC,
                dimensions_map=dimensions,
                statistic=cloudwatch.Stats.SUM,
                period=Duration.seconds(int(settings.sweep.every.total_seconds())),
            ),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=3,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))

    def _alarm_on_dead_letters(self, alarm_id: str, queue_name: str, advice: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            alarm_id,
            alarm_name=queue_name,
            alarm_description=advice,
            metric=cloudwatch.Metric(
                namespace="AWS/SQS",
                metric_name="ApproximateNumberOfMessagesVisible",
                dimensions_map={"QueueName": queue_name},
                statistic=cloudwatch.Stats.MAXIMUM,
                period=Duration.minutes(1),
            ),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self._watched.append(queue_name)
        alarm.add_alarm_action(actions.SnsAction(self.topic))
