"""The one shape of a function: rules, a queue, the function, and dead letters behind each."""

from typing import cast

from aws_cdk import Duration, IgnoreMode, RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from ivskit import names
from stacks.bus import Bus
from stacks.layer import ROOT
from stacks.nag import accept, accept_wildcard
from stacks.schedules import Schedules
from stacks.settings import Settings

TIMEOUT = Duration.seconds(names.FUNCTION_TIMEOUT_SECONDS)
# AWS's advice for a queue in front of a function: a batch never shows up again while it runs.
VISIBILITY = Duration.seconds(6 * names.FUNCTION_TIMEOUT_SECONDS)


class EventFunction(Construct):
    """A package of `functions/`, reacting to the events that its rules let into its queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: str,
        settings: Settings,
        layer: lambda_.ILayerVersion,
        bus: Bus,
    ) -> None:
        super().__init__(scope, construct_id)
        self.package = package
        self.name = f"ivskit-{settings.stage}-{package.replace('_', '-')}"
        self.dead_letters_name = f"{self.name}-dead-letters"
        self._bus = bus
        self._settings = settings

        self.dead_letters = self._make_dead_letters()
        self.queue = self._make_queue()
        self.log_group = self._make_log_group()
        self.role = self._make_role()
        self.function = self._make_function(layer)
        self._poll()

    def on_change(self, detail_type: str, event_name: str) -> None:
        """React to this event of IVS, and to the same event found missing by reconciliation."""
        detail = {"event_name": [event_name]}
        rule_id = event_name.replace(" ", "")
        self._rule(rule_id, None, names.IVS, detail_type, detail)
        self._rule(f"Reconciled{rule_id}", self._bus.events, names.RECONCILE, detail_type, detail)

    def on_command(self, detail_type: str) -> None:
        """React to this command on the ivskit bus."""
        rule_id = f"{detail_type.replace(' ', '')}Command"
        self._rule(rule_id, self._bus.events, names.COMMAND, detail_type, None)

    def allow(self, *actions: str, on: str, because: str = "") -> None:
        """Permit these actions on the resource; a wildcard in its ARN needs a reason."""
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=[on]))
        if because:
            accept_wildcard(self.role, resource=on, because=because)

    def look_again_through(self, schedules: Schedules) -> None:
        """Permit the function to send itself a message, now or by a schedule."""
        schedules.may_send_to(self.queue, self.dead_letters)
        self.allow("sqs:SendMessage", on=self.queue.queue_arn)
        self.allow(
            "scheduler:CreateSchedule",
            on=schedules.any_schedule,
            because="The name of a schedule is a hash of what it is for.",
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[schedules.role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
            )
        )
        for key, value in {
            "IVSKIT_SCHEDULE_GROUP": schedules.group_name,
            "IVSKIT_SCHEDULE_ROLE": schedules.role.role_arn,
            "IVSKIT_SCHEDULE_DEAD_LETTERS": self.dead_letters.queue_arn,
        }.items():
            self.function.add_environment(key, value)

    def _make_dead_letters(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=self.dead_letters_name,
            retention_period=Duration.days(14),
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
        )
        return queue

    def _make_queue(self) -> sqs.Queue:
        return sqs.Queue(
            self,
            "Queue",
            queue_name=self.name,
            visibility_timeout=VISIBILITY,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=names.TRIES
            ),
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
        )

    def _make_log_group(self) -> logs.LogGroup:
        group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/ivskit/{self._settings.stage}/{self.package}",
            removal_policy=RemovalPolicy.DESTROY,
        )
        # The settings give days, as CloudWatch does; the construct asks for a name per number.
        resource = cast(logs.CfnLogGroup, group.node.default_child)
        resource.retention_in_days = self._settings.log_retention_days
        return group

    def _make_role(self) -> iam.Role:
        role = iam.Role(
            self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
        )
        accept_wildcard(
            role, resource="*", because="X-Ray has no resources to limit its actions to."
        )
        return role

    def _make_function(self, layer: lambda_.ILayerVersion) -> lambda_.Function:
        function = lambda_.Function(
            self,
            "Function",
            description=f"ivskit ({self._settings.stage}): {self.package}",
            code=_code_of(self.package),
            handler=f"{self.package}.handler.handler",
            runtime=lambda_.Runtime(self._settings.runtime, lambda_.RuntimeFamily.PYTHON),
            architecture=lambda_.Architecture.custom(self._settings.architecture),
            layers=[layer],
            role=self.role,
            timeout=TIMEOUT,
            memory_size=256,
            tracing=lambda_.Tracing.ACTIVE,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            environment=self._environment(),
        )
        accept(function, rule="AwsSolutions-L1", because="The runtime is a setting of the owner.")
        self.allow("logs:CreateLogStream", "logs:PutLogEvents", on=self.log_group.log_group_arn)
        self.allow("events:PutEvents", on=self._bus.events.event_bus_arn)
        return function

    def _environment(self) -> dict[str, str]:
        return {
            "IVSKIT_STAGE": self._settings.stage,
            "IVSKIT_POLICY": self._settings.policy.model_dump_json(),
            "IVSKIT_BUS": self._bus.events.event_bus_name,
            "IVSKIT_QUEUE_URL": self.queue.queue_url,
            "IVSKIT_QUEUE_ARN": self.queue.queue_arn,
            "POWERTOOLS_SERVICE_NAME": self.package,
            "POWERTOOLS_METRICS_NAMESPACE": names.METRICS_NAMESPACE,
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }

    def _poll(self) -> None:
        self.allow(
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ChangeMessageVisibility",
            on=self.queue.queue_arn,
        )
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=self.function,
            event_source_arn=self.queue.queue_arn,
            batch_size=10,
            report_batch_item_failures=True,
            max_concurrency=self._settings.concurrency,
        )

    def _rule(
        self,
        rule_id: str,
        bus: events.IEventBus | None,
        source: str,
        detail_type: str,
        detail: dict[str, list[str]] | None,
    ) -> None:
        events.Rule(
            self,
            rule_id,
            event_bus=bus,
            event_pattern=events.EventPattern(
                source=[source], detail_type=[detail_type], detail=detail
            ),
            targets=[targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letters)],
        )


def _code_of(package: str) -> lambda_.Code:
    return lambda_.Code.from_asset(
        str(ROOT / "functions"),
        exclude=["*", f"!{package}", f"!{package}/**", "**/__pycache__", "**/*.pyc"],
        ignore_mode=IgnoreMode.GIT,
    )
