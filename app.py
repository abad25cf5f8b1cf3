"""The CDK app: two stacks for each stage and region, and cdk-nag on all of them."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from stacks.deployment import add_stacks
from stacks.setting_sources import read_deployments

app = App(analytics_reporting=False)
for settings in read_deployments(app):
    add_stacks(app, settings)

Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
app.synth()
