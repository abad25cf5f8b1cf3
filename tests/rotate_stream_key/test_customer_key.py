"""A rotation delivers under the key of the owner, and moves secrets of before to it."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from tests.samples import CHANNEL, sample
from tests.stacks.resources import CUSTOMER_KEY as KEY
from tests.worlds import ROOT, START, granted, opener

NAME = "ivskit/dev/channel/AbCdef1G2hij"
COMMAND = sample("command.rotate-stream-key", issued_at=START.isoformat())
END = sample("stream-state-change.stream-end")


def app(store: str) -> Templates:
    """The app with the key, and this store."""
    settings = {"security": {"customer_key": KEY}, "keys": {"store": store}}
    return synthesize(ROOT, overrides=settings)


def secret(world: World) -> Mapping[str, Any]:
    """What Secrets Manager says of the channel's secret."""
    found: Mapping[str, Any] = world.client("secretsmanager").describe_secret(SecretId=NAME)
    return found


def delivered(world: World) -> str:
    """The ARN of the key that the secret holds."""
    value = world.client("secretsmanager").get_secret_value(SecretId=NAME)["SecretString"]
    return str(json.loads(value)["streamKeyArn"])


def test_a_new_secret_is_under_the_key() -> None:
    with opener(app("secretsmanager"), END)() as world:
        world.deliver(COMMAND)
        world.settle()

        assert secret(world)["KmsKeyId"] == KEY
        assert delivered(world) == world.ivs.keys_of(CHANNEL)[0].arn


@pytest.mark.parametrize("before", [None, "alias/theirs"])
def test_a_secret_under_another_key_moves_once(before: str | None) -> None:
    with opener(app("secretsmanager"), END)() as world:
        other = {"KmsKeyId": before} if before else {}
        world.client("secretsmanager").create_secret(Name=NAME, SecretString="{}", **other)
        for command_id in ("first", "second"):
            world.deliver(COMMAND | {"detail": COMMAND["detail"] | {"command_id": command_id}})
            world.settle()

        assert secret(world)["KmsKeyId"] == KEY
        assert delivered(world) == world.ivs.keys_of(CHANNEL)[0].arn
        assert [call.operation for call in world.calls].count("UpdateSecret") == 1


def test_a_secret_that_names_the_key_by_its_id_stays() -> None:
    with opener(app("secretsmanager"), END)() as world:
        key_id = KEY.rpartition("/")[2]
        world.client("secretsmanager").create_secret(Name=NAME, KmsKeyId=key_id)
        world.deliver(COMMAND)
        world.settle()

        assert "UpdateSecret" not in [call.operation for call in world.calls]


def key_of_parameter(world: World) -> str:
    """The key that the newest version of the parameter is under."""
    [newest] = world.client("ssm").get_parameter_history(Name=f"/{NAME}")["Parameters"][-1:]
    return str(newest["KeyId"])


def test_the_first_version_of_a_parameter_is_under_the_key() -> None:
    with opener(app("ssm"), END)() as world:
        world.gate.kill(function="rotate_stream_key", call="PutParameter", when="after")
        world.deliver(COMMAND)
        world.run_for(timedelta(seconds=5))

        assert key_of_parameter(world) == KEY


def test_the_next_version_of_a_parameter_of_before_is_under_the_key() -> None:
    with opener(app("ssm"), END)() as world:
        world.client("ssm").put_parameter(Name=f"/{NAME}", Type="SecureString", Value="of before")
        world.deliver(COMMAND)
        world.settle()

        assert key_of_parameter(world) == KEY


@pytest.mark.parametrize(
    ("store", "more"), [("secretsmanager", {"secretsmanager:UpdateSecret"}), ("ssm", set())]
)
def test_the_role_may_besides_only_move_secrets_and_use_the_key(store: str, more: set[str]) -> None:
    default = synthesize(ROOT, overrides={"keys": {"store": store}})
    besides = granted(app(store), "RotateStreamKey") - granted(default, "RotateStreamKey")

    assert {action for action in besides if not action.startswith("kms:")} == more
