"""Both stacks are clean for the packs of cdk-nag that are about what they deploy."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Validations
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from tests.stacks.synthesized import Synthesized, synthesize

SETTINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "everything": {
        "alarms": {"email": "on-call@example.org"},
        "audit": {"keep": True},
        "commands": {"channels": "managed", "senders": ["111122223333"]},
        "keys": {"store": "ssm"},
        "policy": {"shed": "newest", "revoke": "after-stream"},
        "revocation": {"audience": True, "manifest_buckets": ["lists"]},
        "security": {"managed_only": True},
        "tracing": True,
    },
}


def check(stage: Synthesized) -> None:
    """Synthesize under both packs; raises RuntimeError at a finding that is not accepted."""
    Validations.of(stage.app).add_plugins(ServerlessChecks(stage.app))
    Validations.of(stage.app).add_plugins(AwsSolutionsChecks(stage.app))
    stage.app.synth(force=True)


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_stacks_are_clean(tmp_path: Path, settings: str) -> None:
    check(synthesize(tmp_path, **SETTINGS[settings]))


def test_a_queue_without_dead_letters_is_found(tmp_path: Path) -> None:
    stage = synthesize(tmp_path)
    sqs.Queue(stage.stack, "Lossy", enforce_ssl=True)

    with pytest.raises(RuntimeError, match=r"Serverless-SQSRedrivePolicy"):
        check(stage)
