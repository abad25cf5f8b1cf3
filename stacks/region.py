"""ivskit can be deployed only to regions that have Amazon IVS."""

import os

from aws_cdk import CfnRule, CfnRuleAssertion, Fn, Stack, Token
from constructs import Construct

from ivskit import names

from .settings import WrongSetting

_WHERE = f"Amazon IVS is in {', '.join(names.REGIONS)}"


def refuse_other_regions(scope: Construct) -> None:
    """Stop synth where it knows the region; elsewhere CloudFormation stops the deploy."""
    stack = Stack.of(scope)
    known = os.environ.get("CDK_DEFAULT_REGION")
    region = known if Token.is_unresolved(stack.region) else stack.region
    if region and region not in names.REGIONS:
        raise WrongSetting(f"{stack.stack_name}: {_WHERE}, not in {region}")
    CfnRule(
        scope,
        "IvsIsInThisRegion",
        assertions=[
            CfnRuleAssertion(
                assert_=Fn.condition_contains(list(names.REGIONS), stack.region),
                assert_description=f"{_WHERE}, and not in this region.",
            )
        ],
    )
