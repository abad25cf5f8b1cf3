"""The CDK app: settings, two stacks, and cdk-nag on both."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from stacks.automation_stack import AutomationStack
from stacks.monitoring_stack import MonitoringStack
from stacks.settings import read_settings

app = App(analytics_reporting=False)
settings = read_settings(app)

automation = AutomationStack(app, f"ivskit-{settings.stage}-automation", settings=settings)
monitoring = MonitoringStack(
    app,
    f"ivskit-{settings.stage}-monitoring",
    settings=settings,
    functions=automation.functions,
    audit=automation.audit,
    bus_name=automation.bus.name,
    schedule_group=automation.schedules.group_name,
)
# Its rules are on the bus, which must exist before they are made and until they are removed.
monitoring.add_stack_dependency(automation, "rules on the bus")

Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
