"""The shape of every function: rules send events to its queue, and it takes them from there."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from ivskit import names
from ivskit.policy import PolicySettings
from ivskit.policy.health import NO_RULES

from .bus import Bus
from .event_queue import EventQueue, Urgency
from .function_code import function_code
from .nag import accept, accept_wildcard
from .schedules import Schedules
from .settings import Settings
from .sources import FUNCTIONS

_QUEUE_HAS_THEM = "The queue that invokes it keeps what fails as dead letters."


class EventFunction(Construct):
    """A package with its queue, its own role and its own log.

    folder: where the package is, if it is not one of ivskit's. purpose: what it does, for its
    description in the console. may_loop: it sends itself more than 15 messages in a row, which
    Lambda would otherwise stop as a runaway loop.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: str,
        purpose: str,
        settings: Settings,
        layer: lambda_.ILayerVersion,
        bus: Bus,
        queue: EventQueue | None = None,
        urgency: Urgency = "normal",
        concurrency: int | None = None,
        batch_size: int = 10,
        timeout_seconds: int = names.FUNCTION_TIMEOUT_SECONDS,
        memory_megabytes: int = 256,
        may_loop: bool = False,
        folder: Path = FUNCTIONS,
    ) -> None:
        super().__init__(scope, construct_id)
        self.package = package
        self._folder = folder
        self.actions: set[str] = set()
        self.ivs_operations: set[str] = set()
        self.commands: set[str] = set()
        self._settings = settings
        self._batch_size = batch_size
        self._timeout_seconds = timeout_seconds
        self._memory_megabytes = memory_megabytes
        self._bus = bus
        self.queue_concurrency = concurrency or settings.concurrency
        self.name = f"ivskit-{settings.stage}-{package.replace('_', '-')}"
        self.queue = queue or self._queue("Queue", self.name, urgency)
        self.queues = [self.queue]
        self.log_group = self._log_group()
        self.role = self._role()
        self.function = self._function(layer, purpose, may_loop=may_loop)
        # Code, layer and variables change at one moment: when the alias has the next version.
        self.live = self.function.add_alias("live")
        self._take_events_from(self.queue, mapping_id="Mapping")

    @property
    def concurrency(self) -> int:
        """How many records it may process at a time, all its queues together."""
        return len(self.queues) * self.queue_concurrency

    def on_change(self, detail_type: str, event_name: str) -> None:
        """React to this event of IVS, and to the same event where the sweep re-emits it."""
        rule_id, detail = event_name.replace(" ", ""), {"event_name": [event_name]}
        self._rule(rule_id, None, names.IVS, detail_type, detail)
        self._rule(f"Reconciled{rule_id}", self._bus, names.RECONCILE, detail_type, detail)

    def on_recording(self, *statuses: str) -> None:
        """React when the recording of a stream reaches one of these; it has no event name."""
        detail = {"recording_status": list(statuses)}
        self._rule("RecordingStateChange", None, names.IVS, names.RECORDING_STATE_CHANGE, detail)

    def on_limit_breach(self, *limits: str) -> None:
        """React when one of these limits is exceeded; IVS names it in one of two ways."""
        detail = {"$or": [{"limit_name": list(limits)}, {"limit": list(limits)}]}
        self._rule("LimitBreach", None, names.IVS, names.LIMIT_BREACH, detail)

    def on_command(self, detail_type: str) -> None:
        """React to this command on the ivskit bus."""
        self._on_command(detail_type, self.queue)

    def on_urgent_commands(self, *detail_types: str) -> EventQueue:
        """React to these commands through a queue of their own: they wait behind no event.

        Nor behind each other: in batches, twenty commands would take two of four invocations.
        """
        urgent = self.another_queue("Urgent", batch_size=1, urgency="high")
        for detail_type in detail_types:
            self._on_command(detail_type, urgent)
        return urgent

    def _on_command(self, detail_type: str, queue: EventQueue) -> None:
        self.commands.add(detail_type)
        rule_id = f"{detail_type.replace(' ', '')}Command"
        self._rule(rule_id, self._bus, names.COMMAND, detail_type, queue=queue)

    def on_any_other_command(self, *known: str, queue: EventQueue) -> None:
        """Take every command that no function reacts to, in order to refuse it."""
        pattern = events.EventPattern(
            source=[names.COMMAND], detail_type=events.Match.anything_but(*sorted(known))
        )
        targets = [queue.target()]
        events.Rule(
            self,
            "AnyOtherCommand",
            event_bus=self._bus.events,
            event_pattern=pattern,
            targets=targets,
        )

    def another_queue(
        self, name: str, *, batch_size: int | None = None, urgency: Urgency = "normal"
    ) -> EventQueue:
        """A second queue, whose records wait behind none of the first."""
        queue = self._queue(f"{name}Queue", f"{self.name}-{name.lower()}", urgency)
        self.queues.append(queue)
        self._take_events_from(queue, mapping_id=f"{name}Mapping", batch_size=batch_size)
        return queue

    def allow(
        self,
        *actions: str,
        on: str,
        because: str | None = None,
        when: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Permit these actions on a resource; a wildcard in its ARN needs a reason."""
        self.actions.update(actions)
        of_ivs = [action.removeprefix("ivs:") for action in actions if action.startswith("ivs:")]
        self.ivs_operations.update(of_ivs)
        self.role.add_to_policy(
            iam.PolicyStatement(actions=list(actions), resources=[on], conditions=when)
        )
        if because is not None:
            accept_wildcard(self.role, resource=on, because=because)

    def set_variable(self, variable: str, value: str) -> None:
        """Give the function an environment variable."""
        self.function.add_environment(variable, value)

    def send_to(self, queue: EventQueue, *, variable: str | None = None) -> None:
        """Permit the function to send to this queue, whose URL it gets in the variable."""
        self.allow("sqs:SendMessage", on=queue.events.queue_arn)
        if variable is not None:
            self.set_variable(variable, queue.events.queue_url)

    def look_again_through(self, schedules: Schedules) -> None:
        """Permit the function to send itself a message, at once or by a schedule."""
        role = schedules.role_for(self.queue)
        self.allow("sqs:SendMessage", on=self.queue.events.queue_arn)
        self.allow(
            "scheduler:CreateSchedule",
            on=schedules.any_schedule,
            because="A schedule's name is a hash of what it is for.",
        )
        self.allow(
            "iam:PassRole",
            on=role.role_arn,
            when={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        )
        for name, value in {
            "IVSKIT_QUEUE_ARN": self.queue.events.queue_arn,
            "IVSKIT_SCHEDULE_GROUP": schedules.group_name,
            "IVSKIT_SCHEDULE_ROLE": role.role_arn,
            "IVSKIT_SCHEDULE_DEAD_LETTERS": self.queue.dead_letters.queue_arn,
        }.items():
            self.set_variable(name, value)

    def recur(self, schedules: Schedules, message: str, *, every: timedelta) -> None:
        """React to a message that the clock sends."""
        schedules.recur(self.queue, message, every=every)

    def _log_group(self) -> logs.LogGroup:
        group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/ivskit/{self._settings.stage}/{self.package}",
            removal_policy=RemovalPolicy.DESTROY,
        )
        # The setting is in days, as in CloudWatch; the construct wants a name for each number.
        resource = cast(logs.CfnLogGroup, group.node.default_child)
        resource.retention_in_days = self._settings.log_retention_days
        return group

    def _role(self) -> iam.Role:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        if self._settings.tracing:
            accept_wildcard(role, resource="*", because="X-Ray has no resources to be named.")
        return role

    def _function(
        self, layer: lambda_.ILayerVersion, purpose: str, *, may_loop: bool
    ) -> lambda_.Function:
        function = lambda_.Function(
            self,
            "Function",
            function_name=self.name,
            description=f"ivskit ({self._settings.stage}): {purpose}",
            code=function_code(self.package, self._settings, folder=self._folder),
            handler=f"{self.package}.handler.handler",
            runtime=lambda_.Runtime(
                self._settings.runtime, lambda_.RuntimeFamily.PYTHON, supports_snap_start=True
            ),
            architecture=lambda_.Architecture.custom(self._settings.architecture),
            layers=[layer],
            role=self.role,
            timeout=Duration.seconds(self._timeout_seconds),
            memory_size=self._memory_megabytes,
            tracing=lambda_.Tracing.ACTIVE if self._settings.tracing else None,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS
            if self._settings.snap_start
            else None,
            recursive_loop=lambda_.RecursiveLoop.ALLOW if may_loop else None,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            environment=self._own_environment(),
        )
        accept(function, rule="AwsSolutions-L1", because="The runtime is the owner's setting.")
        accept(
            function,
            rule="Serverless-LambdaLatestVersion",
            because="The runtime is the owner's setting.",
        )
        accept(function, rule="Serverless-LambdaDLQ", because=_QUEUE_HAS_THEM)
        if not self._settings.tracing:
            accept(function, rule="Serverless-LambdaTracing", because="It is the owner's setting.")
        # The CDK also spells out the dependency on the role, which the role's ARN implies.
        resource = cast(lambda_.CfnFunction, function.node.default_child)
        resource.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3005"]}})
        self.allow("logs:CreateLogStream", "logs:PutLogEvents", on=self.log_group.log_group_arn)
        self.allow("events:PutEvents", on=self._bus.events.event_bus_arn)
        return function

    def _own_environment(self) -> dict[str, str]:
        return {
            "IVSKIT_STAGE": self._settings.stage,
            "IVSKIT_POLICY": _written(self._settings.policy),
            "IVSKIT_COMMAND_CHANNELS": self._settings.commands.channels,
            "IVSKIT_BUS": self._bus.events.event_bus_name,
            "IVSKIT_QUEUE_URL": self.queue.events.queue_url,
            "POWERTOOLS_SERVICE_NAME": self.package,
            "POWERTOOLS_METRICS_NAMESPACE": names.metrics_namespace(self._settings.stage),
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }

    def _queue(self, construct_id: str, name: str, urgency: Urgency) -> EventQueue:
        return EventQueue(
            self,
            construct_id,
            name=name,
            urgency=urgency,
            timeout_seconds=self._timeout_seconds,
        )

    def _take_events_from(
        self, queue: EventQueue, *, mapping_id: str, batch_size: int | None = None
    ) -> None:
        self.allow(
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ChangeMessageVisibility",
            on=queue.events.queue_arn,
        )
        mapping = lambda_.EventSourceMapping(
            self,
            mapping_id,
            target=self.live,
            event_source_arn=queue.events.queue_arn,
            batch_size=batch_size or self._batch_size,
            report_batch_item_failures=True,
            max_concurrency=self.queue_concurrency,
        )
        # The construct names the function in the alias's ARN, which takes it apart.
        resource = cast(lambda_.CfnEventSourceMapping, mapping.node.default_child)
        resource.function_name = self.live.function_arn
        accept(
            mapping, rule="Serverless-LambdaEventSourceMappingDestination", because=_QUEUE_HAS_THEM
        )

    def _rule(
        self,
        rule_id: str,
        bus: Bus | None,
        source: str,
        detail_type: str,
        detail: Mapping[str, object] | None = None,
        *,
        queue: EventQueue | None = None,
    ) -> None:
        events.Rule(
            self,
            rule_id,
            event_bus=bus.events if bus else None,
            event_pattern=events.EventPattern(
                source=[source], detail_type=[detail_type], detail=detail
            ),
            targets=[(queue or self.queue).target()],
        )


def _written(policy: PolicySettings) -> str:
    """As functions read it; the last release, which may meet it in a roll-back, knows no health."""
    is_new = policy.health != NO_RULES
    return policy.model_dump_json(exclude=None if is_new else {"health"})
