"""The whole of ivskit as one construct, for somebody's own CDK app."""

from collections.abc import Callable, Iterable

from constructs import Construct

from .automation_stack import Automation
from .monitoring_stack import Monitoring
from .settings import Settings
from .shared import Shared

# How the CDK behaves where these constructs are made; an app may have other flags.
_FLAGS = (
    "@aws-cdk/aws-events:eventsTargetQueueSameAccount",
    "@aws-cdk/aws-events:requireEventBusPolicySid",
    "@aws-cdk/aws-iam:minimizePolicies",
    # Another layer is another version of the function.
    "@aws-cdk/aws-lambda:recognizeLayerVersion",
)


class IvskitAutomation(Construct):
    """All functions, alarms and notifications of one stage, in the stack that it is added to.

    automations: each adds functions of its own, which then have queue, alarms and dashboard too.
    Of the settings, `regions` and `termination_protection` are those of your stack instead.
    Raises WrongSetting where settings contradict each other.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        automations: Iterable[Callable[[Shared], None]] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        for flag in _FLAGS:
            self.node.set_context(flag, True)
        automation = Automation(self, settings=settings, further=automations)
        self.bus, self.functions = automation.bus, automation.functions
        monitoring = Monitoring(
            Construct(self, "Monitoring"),
            settings=settings,
            functions=automation.functions,
            audit=automation.audit,
            bus_name=automation.bus.name,
            schedule_group=automation.schedules.group_name,
            customer_key=automation.key.arn if automation.key else None,
        )
        self.topic = monitoring.topic
        # Its rules name the bus, which is no reference, so CDK sees no dependency.
        monitoring.notifications.node.add_dependency(automation.bus.events)
