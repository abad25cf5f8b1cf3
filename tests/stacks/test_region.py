"""A stack for a region without Amazon IVS is refused, at synth or by CloudFormation."""

import re
from pathlib import Path

import pytest
from aws_cdk import App, Environment, Stack

from ivskit import names
from stacks.region import refuse_other_regions
from stacks.settings import WrongSetting
from tests.stacks.synthesized import ROOT, Template, synthesize

REFUSAL = (
    "Amazon IVS is in us-east-1, us-west-2, ap-south-1, ap-northeast-1, ap-northeast-2, "
    "eu-central-1, eu-west-1, not in eu-north-1"
)


def test_a_region_of_the_shell_without_ivs_stops_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_DEFAULT_REGION", "eu-north-1")

    with pytest.raises(WrongSetting) as stopped:
        synthesize(tmp_path)

    assert stopped.value.code == f"ivskit-dev-automation: {REFUSAL}"


def test_the_region_of_the_stack_counts_before_that_of_the_shell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CDK_DEFAULT_REGION", "eu-north-1")
    refuse_other_regions(Stack(App(), "here", env=Environment(region="eu-west-1")))

    with pytest.raises(WrongSetting, match=f"there: {REFUSAL}"):
        refuse_other_regions(Stack(App(), "there", env=Environment(region="eu-north-1")))


def test_cloudformation_refuses_a_region_without_ivs(automation: Template) -> None:
    [assertion] = automation.content["Rules"]["IvsIsInThisRegion"]["Assertions"]

    assert assertion["Assert"] == {"Fn::Contains": [list(names.REGIONS), {"Ref": "AWS::Region"}]}
    assert all(region in assertion["AssertDescription"] for region in names.REGIONS)


def test_the_readme_names_the_regions_of_ivs() -> None:
    [line] = [
        line
        for line in (ROOT / "README.md").read_text().splitlines()
        if "IVS is available in " in line
    ]

    assert set(re.findall(r"[a-z]{2}-[a-z]+-\d", line)) == set(names.REGIONS)
