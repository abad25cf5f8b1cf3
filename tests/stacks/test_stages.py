"""Stages of one account and region: only one of them manages channels that name none."""

import json
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from ivskit import names
from tests.stacks.synthesized import SynthesizedWith, Template, synthesize

CLAIM = "AnotherStageManagesTheseChannels"


def deploy_claims(template: Template) -> None:
    """Create what the template claims, as CloudFormation does."""
    claim = template.content["Resources"].get(CLAIM)
    if claim is not None:
        given = claim["Properties"]
        boto3.client("ssm").put_parameter(
            Name=given["Name"], Type=given["Type"], Value=given["Value"]
        )


@pytest.mark.parametrize("channels", ["tagged", "all"])
def test_a_second_stage_that_manages_channels_of_no_stage_cannot_be_deployed(
    tmp_path: Path, automation: Template, channels: str
) -> None:
    other = synthesize(tmp_path, stage="prod", policy={"channels": channels}).automation

    with mock_aws():
        deploy_claims(automation)
        said = boto3.client("ssm").get_parameter(Name=names.MANAGED_CHANNELS)
        with pytest.raises(ClientError, match="ParameterAlreadyExists"):
            deploy_claims(other)

    assert json.loads(said["Parameter"]["Value"]) == {"stage": "dev", "channels": "tagged"}


def test_a_stage_that_manages_only_what_names_it_claims_nothing(
    synthesized_with: SynthesizedWith,
) -> None:
    other = synthesized_with(stage="prod", policy={"channels": "named"}).automation

    assert CLAIM not in other.content["Resources"]
    assert names.MANAGED_CHANNELS not in other.path.read_text()
