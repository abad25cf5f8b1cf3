"""The ivskit bus: commands come in, outcomes and re-emitted changes go out."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from ivskit import names

from .settings import Settings


class Bus(Construct):
    """The event bus with its policy, its archive and its published address."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.name = f"ivskit-{settings.stage}"
        self.events = events.EventBus(
            self,
            "Events",
            event_bus_name=self.name,
            description="Commands to ivskit, its outcomes, and re-emitted changes.",
        )
        self._policy = iam.PolicyDocument()
        cast(events.CfnEventBus, self.events.node.default_child).policy = self._policy
        if settings.commands.senders:
            self._accept_commands_from(settings.commands.senders)
        if settings.commands.only:
            named = [sender for sender in settings.commands.senders if not sender.isdigit()]
            self._accept_commands_of_this_account_from([*settings.commands.only, *named])
        self._archive(settings.archive_days)
        self._publish_address(settings.stage)

    def reserve_our_sources(self, *, for_roles: Sequence[iam.IRole]) -> None:
        """Let only these roles publish outcomes and re-emitted changes."""
        self._policy.add_statements(
            iam.PolicyStatement(
                sid="OnlyIvskitSpeaksAsIvskit",
                effect=iam.Effect.DENY,
                principals=[iam.StarPrincipal()],
                actions=["events:PutEvents"],
                resources=[self._own_arn()],
                conditions={
                    "ForAnyValue:StringEquals": {"events:source": [names.OUTCOME, names.RECONCILE]},
                    "ArnNotEquals": {"aws:PrincipalArn": [role.role_arn for role in for_roles]},
                },
            )
        )

    def _accept_commands_from(self, senders: Sequence[str]) -> None:
        self._policy.add_statements(
            iam.PolicyStatement(
                sid="SendersMaySendCommands",
                principals=[principal(sender) for sender in senders],
                actions=["events:PutEvents"],
                resources=[self._own_arn()],
                conditions={
                    "ForAllValues:StringEquals": {"events:source": names.COMMAND},
                    # "For all values" is also true of a request that has none.
                    "Null": {"events:source": "false"},
                },
            )
        )

    def _accept_commands_of_this_account_from(self, principals: Sequence[str]) -> None:
        """Of this account, let only these principals send commands.

        Without this, everybody with events:PutEvents could.

        Other accounts get in as senders, and AWS services have no account.
        """
        self._policy.add_statements(
            iam.PolicyStatement(
                sid="OnlyTheseSendCommands",
                effect=iam.Effect.DENY,
                principals=[iam.StarPrincipal()],
                actions=["events:PutEvents"],
                resources=[self._own_arn()],
                conditions={
                    "ForAnyValue:StringEquals": {"events:source": names.COMMAND},
                    "StringEquals": {"aws:PrincipalAccount": Stack.of(self).account},
                    "ArnNotLike": {"aws:PrincipalArn": list(principals)},
                },
            )
        )

    def _own_arn(self) -> str:
        """Spelled out, since a resource can't refer to itself."""
        return Stack.of(self).format_arn(
            service="events", resource="event-bus", resource_name=self.name
        )

    def _archive(self, days: int) -> None:
        events.CfnArchive(
            self,
            "Archive",
            source_arn=self.events.event_bus_arn,
            description="Commands to ivskit, its outcomes, and re-emitted changes.",
            event_pattern={"source": [names.COMMAND, names.OUTCOME, names.RECONCILE]},
            retention_days=days,
        )

    def _publish_address(self, stage: str) -> None:
        address = self.events.event_bus_arn
        ssm.StringParameter(
            self,
            "Address",
            parameter_name=f"/ivskit/{stage}/bus",
            description="The bus for commands to ivskit and for its outcomes.",
            string_value=address,
        )
        CfnOutput(self, "Arn", value=address, description="Send commands to this bus.")


def principal(sender: str) -> iam.IPrincipal:
    """Who a sender in the settings is."""
    return iam.AccountPrincipal(sender) if sender.isdigit() else iam.ArnPrincipal(sender)
