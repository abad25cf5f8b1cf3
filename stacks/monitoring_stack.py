"""The monitoring stack: alarms, notifications, the topics they go to, and a dashboard."""

from collections.abc import Sequence

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from .alarms import Alarms
from .audit import Audit
from .customer_key import encrypt
from .dashboard import Dashboard
from .event_function import EventFunction
from .log_metrics import LogMetrics
from .nag import accept
from .notifications import Notifications
from .settings import Settings


class Monitoring:
    """Monitoring of one stage in one region; it refers to everything by name, not by exports.

    customer_key: the key for topics and dead letters; without one, the topics have their own.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        functions: Sequence[EventFunction],
        audit: Audit,
        bus_name: str,
        schedule_group: str,
        customer_key: str | None,
    ) -> None:
        self._scope = scope
        key = self._key() if customer_key is None else None
        self.topic = self._topic("Topic", f"ivskit {settings.stage}", key)
        if settings.alarms.email:
            mail = subscriptions.EmailSubscription(settings.alarms.email)
            accept(
                self.topic.add_subscription(mail),
                rule="Serverless-SNSRedrivePolicy",
                because="What a mail says is also in the audit log or in CloudWatch.",
            )
        self.calls = self._topic("Calls", f"ivskit {settings.stage} calls", key)
        LogMetrics(scope, "LogMetrics", settings=settings, functions=functions)
        alarms = Alarms(scope, settings=settings, tickets=self.topic, calls=self.calls)
        alarms.watch_functions(functions)
        [sweep] = (each for each in functions if each.package == "reconcile_streams")
        alarms.watch_sweeps(sweep)
        alarms.watch_schedules(schedule_group)
        alarms.watch_event_age()
        alarms.watch_quotas()
        alarms.watch_dead_letters(
            "AuditDeadLetters",
            audit.dead_letters_name,
            "events are missing from the audit log, and are in this queue.",
            entry="audit-dead-letters",
        )
        self.notifications = Notifications(
            scope, "Notifications", settings=settings, bus_name=bus_name, topic=self.topic
        )
        alarms.watch_dead_letters(
            "NotificationsDeadLetters",
            self.notifications.dead_letters_name,
            "notifications were not delivered. Their outcomes are in this queue.",
            entry="notifications-dead-letters",
        )
        alarms.call_somebody()
        Dashboard(
            scope,
            "Dashboard",
            settings=settings,
            functions=functions,
            alarms=alarms.all,
            dead_letters=alarms.dead_letters,
        )
        CfnOutput(
            scope,
            "Alarms",
            value=self.topic.topic_arn,
            description="The topic of all alarms and notifications: subscribe to it.",
        )
        CfnOutput(
            scope,
            "CallsTopic",
            value=self.calls.topic_arn,
            description="The topic of the two alarms that call a person.",
        )
        encrypt(scope, customer_key)

    def _topic(self, topic_id: str, display_name: str, key: kms.IKey | None) -> sns.Topic:
        topic = sns.Topic(
            self._scope, topic_id, display_name=display_name, master_key=key, enforce_ssl=True
        )
        # A topic with a policy of its own admits nobody by default, not even this account.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self._scope).account}},
            )
        )
        return topic

    def _key(self) -> kms.Key:
        key = kms.Key(
            self._scope,
            "Key",
            description="Encrypts alarms and notifications of ivskit.",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Under a SourceArn condition, which CloudWatch doesn't send, alarms vanish silently.
        # The rules with this topic as their target grant EventBridge the key themselves.
        key.grant(
            iam.ServicePrincipal("cloudwatch.amazonaws.com"), "kms:Decrypt", "kms:GenerateDataKey"
        )
        return key


class MonitoringStack(Stack):
    """The monitoring of one stage in one region."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        functions: Sequence[EventFunction],
        audit: Audit,
        bus_name: str,
        schedule_group: str,
        customer_key: str | None,
        stack_name: str | None = None,
        env: Environment | None = None,
    ) -> None:
        description = f"ivskit ({settings.stage}): alarms, notifications and a dashboard"
        super().__init__(
            scope,
            construct_id,
            description=description,
            termination_protection=settings.termination_protection,
            stack_name=stack_name,
            env=env,
        )
        monitoring = Monitoring(
            self,
            settings=settings,
            functions=functions,
            audit=audit,
            bus_name=bus_name,
            schedule_group=schedule_group,
            customer_key=customer_key,
        )
        self.topic = monitoring.topic
