"""ivskit can be deployed only to regions that have Amazon IVS."""

import os

from aws_cdk import CfnRule, CfnRuleAssertion, Fn, Stack, Token

from ivskit import names
from stacks.settings import WrongSetting

_WHERE = f"Amazon IVS is in {', '.join(names.REGIONS)}"


def refuse_other_regions(stack: Stack) -> None:
    """Stop synth where it knows the region; elsewhere CloudFormation stops the deploy."""
    known = os.environ.get("CDK_DEFAULT_REGION")
    region = known if Token.is_unresolved(stack.region) else stack.region
    if region and region not in names.REGIONS:
        raise WrongSetting(f"{stack.stack_name}: {_WHERE}, not in {region}")
    CfnRule(
        stack,
        "IvsIsInThisRegion",
        assertions=[
            CfnRuleAssertion(
                assert_=Fn.condition_contains(list(names.REGIONS), stack.region),
                assert_description=f"{_WHERE}, and not in this region.",
            )
        ],
    )
