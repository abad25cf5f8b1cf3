"""Both stacks, and the construct, are clean for the packs of cdk-nag that are about them."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import Construct

from stacks.construct import IvskitAutomation
from stacks.settings import Settings
from tests.stacks.resources import CUSTOMER_KEY
from tests.stacks.synthesized import synthesize

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
    "own key": {"security": {"customer_key": "create"}, "commands": {"senders": ["111122223333"]}},
    "given key": {
        "keys": {"store": "ssm"},
        "security": {"customer_key": CUSTOMER_KEY},
    },
}


def check(app: Any) -> None:
    """Synthesize under both packs; raises RuntimeError at a finding that is not accepted."""
    Validations.of(app).add_plugins(ServerlessChecks(app))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth(force=True)


def app_of_others(folder: Path, settings: str) -> tuple[App, Stack]:
    """An app with none of our flags, and the construct somewhere in a stack of its own."""
    app = App(outdir=str(folder), context={"aws:cdk:bundling-stacks": []})
    stack = Stack(app, "Platform")
    below = Construct(stack, "Video")
    IvskitAutomation(below, "Ivskit", settings=Settings.model_validate(SETTINGS[settings]))
    return app, stack


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_stacks_are_clean(tmp_path: Path, settings: str) -> None:
    check(synthesize(tmp_path, **SETTINGS[settings]).app)


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_construct_is_clean_in_the_app_of_others(tmp_path: Path, settings: str) -> None:
    app, _ = app_of_others(tmp_path, settings)

    check(app)


def test_a_bucket_of_theirs_beside_it_is_found(tmp_path: Path) -> None:
    app, stack = app_of_others(tmp_path, "default")
    s3.Bucket(stack, "Theirs")

    with pytest.raises(RuntimeError, match=r"AwsSolutions-S1"):
        check(app)


def test_a_queue_without_dead_letters_is_found(tmp_path: Path) -> None:
    stage = synthesize(tmp_path)
    sqs.Queue(stage.stack, "Lossy", enforce_ssl=True)

    with pytest.raises(RuntimeError, match=r"Serverless-SQSRedrivePolicy"):
        check(stage.app)
