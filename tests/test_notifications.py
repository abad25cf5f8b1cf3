"""The notifications that people get, in the app as it is deployed."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from ivskit_local.replay import MANAGED
from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from tests.samples import CHANNEL, sample
from tests.worlds import ROOT, OpenWorld, opener

MINUTE = timedelta(minutes=1)
EMAIL = "on-call@example.org"


@pytest.fixture(scope="module")
def templates() -> Templates:
    """The synthesized app, with a subscriber."""
    changed = deepcopy(dict(synthesize(ROOT)))
    resources = changed["ivskit-dev-monitoring"]["Resources"]
    topics = [name for name, one in resources.items() if one["Type"] == "AWS::SNS::Topic"]
    [topic] = [name for name in topics if not name.startswith("Calls")]
    properties = {"TopicArn": {"Ref": topic}, "Protocol": "email", "Endpoint": EMAIL}
    resources["Mail"] = {"Type": "AWS::SNS::Subscription", "Properties": properties}
    return changed


@pytest.fixture
def open_world(templates: Templates) -> OpenWorld:
    """Opens a world with one channel that is not live."""
    return opener(templates, sample("stream-state-change.stream-end"))


@pytest.fixture
def world(open_world: OpenWorld) -> Iterator[World]:
    """A world whose streams may last ten minutes."""
    with open_world(policy={"max_duration": "10m"}) as there:
        yield there


def go_live(world: World, *, reconnect_after: float | None = None) -> str:
    """An encoder goes live with the channel's key."""
    [key] = world.ivs.keys_of(CHANNEL)
    return world.ivs.connect(key.value, reconnect_after).stream_id


def send(world: World, name: str, **detail: Any) -> None:
    """A command issued now."""
    command = sample(f"command.{name}", issued_at=world.now.isoformat(), **detail)
    command["detail"].pop("stream_id", None)
    world.deliver(command)


def sentences(world: World) -> list[str]:
    """The mails, without the command at the end of each."""
    assert {mail.to for mail in world.mails} <= {EMAIL}
    texts = [str(json.loads(mail.text)) for mail in world.mails]
    assert all(" Details: ivskit audit --stage dev --cause " in text for text in texts)
    return [text.partition(" Details: ")[0] for text in texts]


def test_a_stream_that_lasts_too_long_is_notified(world: World) -> None:
    stream_id = go_live(world)
    world.run_for(20 * MINUTE)

    assert sentences(world) == [
        f"Stream {stream_id} on {CHANNEL} was stopped: the stream has lasted 10m, its limit."
    ]


def test_a_stop_by_command_is_not_notified(world: World) -> None:
    go_live(world)
    world.run_for(MINUTE)
    send(world, "stop-stream")
    world.run_for(20 * MINUTE)

    assert sentences(world) == []


def test_a_stream_that_is_back_is_notified(world: World) -> None:
    go_live(world, reconnect_after=5)
    world.run_for(MINUTE)
    send(world, "stop-stream", then="kick")
    world.run_for(MINUTE)

    [sentence] = sentences(world)
    assert sentence.startswith(
        f"A stream on {CHANNEL} was stopped, and is back: a new session is live (st-"
    )


def test_a_blocked_channel_is_notified(world: World) -> None:
    send(world, "block-channel", reason='they said "no" twice\\\nand meant it')
    world.run_for(MINUTE)

    assert sentences(world) == [
        f"{CHANNEL} is blocked, and has no stream key until it is unblocked:"
        " they said 'no' twice/ and meant it."
    ]


def test_a_refused_command_is_notified(world: World) -> None:
    send(world, "block-channel", then='"kick"')
    world.run_for(MINUTE)

    [sentence] = sentences(world)
    assert sentence.startswith("The command Block Channel was refused: 1 error(s): then: ")


def test_invalid_tags_are_notified(open_world: OpenWorld) -> None:
    with open_world(tags={**MANAGED, "ivskit:mode": "loud"}) as world:
        go_live(world)
        world.run_for(MINUTE)

        [sentence] = sentences(world)
        assert sentence.startswith(f"{CHANNEL} has invalid tags: ")


def test_a_key_that_the_store_refuses_is_notified(world: World) -> None:
    secret = "ivskit/dev/channel/AbCdef1G2hij"
    secrets = world.client("secretsmanager")
    secrets.create_secret(Name=secret)
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    go_live(world)
    send(world, "stop-stream", then="rotate")
    world.run_for(5 * MINUTE)

    assert sentences(world) == [
        f"The store does not hold the stream key of {CHANNEL}:"
        f" the secret {secret} is scheduled for deletion."
    ]


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("ingest-bitrate", f"IVS reports a limit breach on {CHANNEL}: "),
        ("concurrent-broadcasts", "IVS reports a limit breach in this account: "),
    ],
)
def test_a_limit_breach_is_notified(world: World, name: str, about: str) -> None:
    [path] = (ROOT / "events").glob(f"limit-breach.{name}*registry*.json")
    world.deliver(json.loads(path.read_text()))
    world.run_for(MINUTE)

    [sentence] = sentences(world)
    assert sentence.startswith(about)


def test_nothing_is_lost_on_its_way(world: World) -> None:
    send(world, "block-channel")
    world.settle()

    assert world.dead_letters() == []
    assert [lost for delivery in world.deliveries for lost in delivery.lost] == []
