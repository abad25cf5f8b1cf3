"""The two stacks of a stage, in each of its regions."""

from aws_cdk import Environment
from constructs import Construct

from .automation_stack import AutomationStack
from .monitoring_stack import MonitoringStack
from .settings import Settings


def add_stacks(scope: Construct, settings: Settings) -> None:
    """Add the stacks; without regions, they are deployed to that of the shell."""
    if not settings.regions:
        _add_pair(scope, settings, prefix=f"ivskit-{settings.stage}")
    for region in settings.regions:
        prefix = f"ivskit-{settings.stage}-{region}"
        _add_pair(scope, settings, prefix=prefix, env=Environment(region=region))


def _add_pair(
    scope: Construct, settings: Settings, *, prefix: str, env: Environment | None = None
) -> None:
    """prefix: of their ids in the app; their names are the same in all regions."""
    automation = AutomationStack(
        scope,
        f"{prefix}-automation",
        settings=settings,
        stack_name=f"ivskit-{settings.stage}-automation",
        env=env,
    )
    monitoring = MonitoringStack(
        scope,
        f"{prefix}-monitoring",
        settings=settings,
        functions=automation.functions,
        audit=automation.audit,
        bus_name=automation.bus.name,
        schedule_group=automation.schedules.group_name,
        customer_key=automation.key.elsewhere if automation.key else None,
        stack_name=f"ivskit-{settings.stage}-monitoring",
        env=env,
    )
    # Its rules are on the bus, which must exist before they are made and until they are removed.
    monitoring.add_stack_dependency(automation, "rules on the bus")
