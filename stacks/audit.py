"""The audit log: every event of IVS, command, outcome and re-emitted change, in one log group."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from ivskit import names

from .bus import Bus
from .event_queue import dead_letters
from .settings import Settings

_FIELDS = "fields @timestamp, `detail-type`, detail.stream_id, detail.reason, detail.cause"
QUERIES = {
    "by channel": f'{_FIELDS}\n| filter @message like "channel/CHANNEL-ID"\n| sort @timestamp',
    "by cause": f'{_FIELDS}\n| filter @message like "CAUSE"\n| sort @timestamp',
}
# A first deploy that fails leaves no log behind: the next deploy could not make it again.
_KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE


class Audit(Construct):
    """The log group of the bus and of IVS, and dead letters for events that it did not take."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, bus: Bus
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = settings.stage
        self.name = f"ivskit-{settings.stage}-audit"
        self.dead_letters_name = f"{self.name}-dead-letters"
        self.log_group = self._log_group(settings.audit_retention_days, keep=settings.audit.keep)
        self.dead_letters = dead_letters(self, self.dead_letters_name)
        admission = self._admit_events()
        ours = [names.COMMAND, names.OUTCOME, names.RECONCILE]
        what = "Every command, outcome and re-emitted change"
        rules = [
            self._rule("Everything", what, ours, bus=bus.events.event_bus_name),
            # What an outcome comes of: an incident can be replayed from the log alone.
            self._rule("IvsEvents", "Every event of IVS", [names.IVS]),
        ]
        for rule in rules:
            rule.add_resource_dependency(cast(logs.CfnResourcePolicy, admission.node.default_child))
            self._keep_what_fails(rule)
        self._save_queries()

    def _log_group(self, days: int, *, keep: bool) -> logs.LogGroup:
        group = logs.LogGroup(
            self,
            "Log",
            log_group_name=names.audit_log_group(self._stage),
            # A sender may put a stream key into a field of a command.
            data_protection_policy=logs.DataProtectionPolicy(
                name="no-stream-keys",
                description="Masks stream keys.",
                identifiers=[logs.CustomDataIdentifier("StreamKey", names.STREAM_KEY_PATTERN)],
            ),
            removal_policy=_KEPT if keep else RemovalPolicy.DESTROY,
        )
        # The setting is in days, as in CloudWatch; the construct wants a name for each number.
        cast(logs.CfnLogGroup, group.node.default_child).retention_in_days = days
        return group

    def _admit_events(self) -> logs.ResourcePolicy:
        """Let EventBridge write to the log; an account has ten such policies per region.

        The CDK's own target would add a Lambda function.
        """
        return logs.ResourcePolicy(
            self,
            "Admission",
            resource_policy_name=self.name,
            policy_statements=[
                iam.PolicyStatement(
                    principals=[
                        iam.ServicePrincipal("events.amazonaws.com"),
                        iam.ServicePrincipal("delivery.logs.amazonaws.com"),
                    ],
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[self.log_group.log_group_arn],
                )
            ],
        )

    def _rule(
        self, name: str, what: str, sources: Sequence[str], *, bus: str | None = None
    ) -> events.CfnRule:
        """A rule on this bus, or on the default one."""
        group = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=self.log_group.log_group_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return events.CfnRule(
            self,
            name,
            description=f"{what}, for the audit log.",
            event_bus_name=bus,
            event_pattern={"source": sources},
            targets=[
                events.CfnRule.TargetProperty(
                    id="Log",
                    arn=group,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=self.dead_letters.queue_arn
                    ),
                )
            ],
        )

    def _keep_what_fails(self, rule: events.CfnRule) -> None:
        self.dead_letters.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.dead_letters.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
            )
        )

    def _save_queries(self) -> None:
        for title, query in QUERIES.items():
            logs.CfnQueryDefinition(
                self,
                title.title().replace(" ", ""),
                name=f"ivskit/{self._stage}/{title}",
                log_group_names=[self.log_group.log_group_name],
                query_string=query,
            )
