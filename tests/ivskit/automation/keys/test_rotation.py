"""How a channel's key, the memory and the store are made to agree."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Never

import boto3
import pytest
from moto import mock_aws

import ivs_emulator
from ivs_emulator.clock import CLOCK
from ivs_emulator.faults import Fault
from ivskit.arns import resource_id
from ivskit.automation.keys.rotation import Rotation
from ivskit.automation.keys.store import Nowhere, Store, open_store
from ivskit.automation.keys.store.parameters import ParameterStore
from ivskit.automation.keys.store.secrets import SecretStore
from ivskit.automation.memory import Held, Memory
from ivskit.automation.records import Blocked, Intent, Key
from ivskit.client import Ivs
from ivskit.errors import Unavailable
from ivskit.outcomes import (
    Outcome,
    StreamKeyDelivered,
    StreamKeyNotDelivered,
    StreamKeyRotated,
)
from ivskit.pacing import Lane, Pacer
from ivskit.policy import Adopt, KeySettings

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)


class Keys:
    """One channel with all that is about its key."""

    def __init__(self) -> None:
        self.ivs = boto3.client("ivs")
        self.secrets = boto3.client("secretsmanager")
        self.emulator = ivs_emulator.backend("123456789012", "us-west-2")
        made = self.ivs.create_channel(name="show")
        self.channel = made["channel"]["arn"]
        self.first: str = made["streamKey"]["arn"]
        self.called: list[str] = []
        dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
        dynamodb.create_table(
            TableName="memory",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "channel_arn", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "channel_arn", "AttributeType": "S"}],
        )
        self._memory = Memory(dynamodb, table="memory", owner="sweep", clock=lambda: NOW)
        self._sqs, self._queue = sqs, sqs.create_queue(QueueName="rotate")["QueueUrl"]
        self.ssm: Any = boto3.client("ssm")
        self._store: Store = SecretStore(self.secrets, stage="dev", key=None)
        self.ivs.meta.events.register("before-call.ivs", self._note)

    def _note(self, model: Any, **_: Any) -> None:
        self.called.append(model.name)

    @contextmanager
    def held(self) -> Iterator[Held]:
        """The channel's lease."""
        with self._memory.lease(self.channel) as held:
            yield held

    def agree(self, cause: str = "sweep", *, adopt: Adopt = "remember") -> Outcome | None:
        """What the sweep asks for."""
        rotation = self._rotation(Lane(calls=5), adopt)
        channel = Ivs(self.ivs).channels.get(self.channel)
        self.called.clear()
        with self.held() as held:
            return rotation.agree(held, channel, cause=cause, event_id="e-1")

    def rotate(self, permit: Pacer) -> list[Outcome]:
        """What a command asks for."""
        channel = Ivs(self.ivs).channels.get(self.channel)
        intent = Intent(cause="c-1", reason="commanded", event_id="e-1", at=NOW)
        self.called.clear()
        with self.held() as held:
            return self._rotation(permit, "remember").rotate(held, channel, intent)

    def _rotation(self, permit: Pacer, adopt: Adopt) -> Rotation:
        return Rotation(
            Ivs(self.ivs),
            self._store,
            self._sqs,
            permit=permit,
            queue_url=self._queue,
            clock=lambda: NOW,
            adopt=adopt,
        )

    def replace_key(self) -> str:
        """Somebody else does; the ARN of the new one."""
        self.ivs.delete_stream_key(arn=self.key())
        made = self.ivs.create_stream_key(channelArn=self.channel)
        return made["streamKey"]["arn"]

    def key(self) -> str:
        """The ARN of the channel's key."""
        [key] = self.emulator.keys_of(self.channel)
        return key.arn

    def remembered(self) -> Key | None:
        """The key that is remembered."""
        with self.held() as held:
            return held.remembered.key

    def stored(self) -> dict[str, str]:
        """What the secret holds."""
        text = self.secrets.get_secret_value(SecretId=self.secret())["SecretString"]
        stored: dict[str, str] = json.loads(text)
        return stored

    def keep_in(self, store: Store) -> None:
        """Use another store from now on."""
        self._store = store

    def secret(self) -> str:
        """The name of the channel's secret."""
        return f"ivskit/dev/channel/{resource_id(self.channel)}"

    def assert_stored(self) -> None:
        """The store holds the key that the channel has."""
        [key] = self.emulator.keys_of(self.channel)
        assert self.stored()["streamKey"] == key.value


@pytest.fixture
def keys() -> Iterator[Keys]:
    """A channel with a key that IVS made with it, and an empty memory."""
    ivs_emulator.install()
    with mock_aws():
        yield Keys()
    CLOCK.reset()


@pytest.fixture
def delivered(keys: Keys) -> Keys:
    """The same, when its key was delivered."""
    assert keys.agree("earlier", adopt="deliver") is not None
    return keys


class Busy(Lane):
    """Others have all turns for now."""

    def turn(self) -> Never:
        raise Unavailable("the rate of CreateStreamKey is used up")


def test_a_rotation_waits_for_its_turn_before_it_deletes_the_key(keys: Keys) -> None:
    with pytest.raises(Unavailable, match="used up"):
        keys.rotate(Busy(calls=5))

    assert keys.key() == keys.first
    [rotated] = keys.rotate(Lane(calls=5))
    assert isinstance(rotated, StreamKeyRotated)
    assert keys.key() == rotated.stream_key_arn != keys.first


def test_a_key_that_is_met_for_the_first_time_is_remembered_and_copied_nowhere(keys: Keys) -> None:
    assert keys.agree() is None

    assert keys.remembered() == Key(arn=keys.first, made_at=NOW, delivered=False)
    assert keys.secrets.list_secrets()["SecretList"] == []
    assert keys.called == ["ListStreamKeys"]


def test_a_key_that_is_met_for_the_first_time_is_delivered_where_that_is_wanted(
    keys: Keys,
) -> None:
    outcome = keys.agree(adopt="deliver")

    assert isinstance(outcome, StreamKeyDelivered)
    assert outcome.reason == "ivskit did not create the channel's key"
    assert outcome.stream_key_arn == keys.first
    assert keys.remembered() == Key(arn=keys.first, made_at=NOW, version=outcome.version)
    keys.assert_stored()


def test_where_all_agrees_one_call_is_enough(delivered: Keys) -> None:
    assert delivered.agree() is None

    assert delivered.called == ["ListStreamKeys"]


def test_the_same_cause_is_answered_again_and_nothing_is_done(keys: Keys) -> None:
    first = keys.agree(adopt="deliver")

    assert keys.agree(adopt="deliver") == first
    assert keys.called == []


def test_a_remembered_key_is_delivered_when_the_setting_changes(keys: Keys) -> None:
    keys.agree("earlier")

    assert isinstance(keys.agree(adopt="deliver"), StreamKeyDelivered)
    keys.assert_stored()


def test_a_key_that_replaced_a_delivered_one_is_delivered_and_stays(delivered: Keys) -> None:
    theirs = delivered.replace_key()

    outcome = delivered.agree()

    assert isinstance(outcome, StreamKeyDelivered)
    assert delivered.key() == outcome.stream_key_arn == theirs
    delivered.assert_stored()


def test_a_key_that_replaced_a_remembered_one_is_remembered(keys: Keys) -> None:
    keys.agree("earlier")
    theirs = keys.replace_key()

    assert keys.agree() is None
    assert keys.remembered() == Key(arn=theirs, made_at=NOW, delivered=False)


def test_a_delivered_key_that_is_gone_is_made_anew(delivered: Keys) -> None:
    delivered.ivs.delete_stream_key(arn=delivered.key())

    outcome = delivered.agree()

    assert isinstance(outcome, StreamKeyRotated)
    assert outcome.stream_key_arn == delivered.key()
    delivered.assert_stored()


@pytest.mark.parametrize("met", [True, False])
def test_a_key_that_was_never_delivered_is_its_owners_to_make(keys: Keys, met: bool) -> None:
    if met:
        keys.agree("earlier")
    keys.ivs.delete_stream_key(arn=keys.key())

    assert keys.agree() is None
    assert keys.emulator.keys_of(keys.channel) == []


def test_a_secret_that_somebody_wrote_over_holds_the_key_again(delivered: Keys) -> None:
    for number in range(2):
        delivered.secrets.put_secret_value(SecretId=delivered.secret(), SecretString="{}")

        outcome = delivered.agree(f"sweep {number}")

        assert isinstance(outcome, StreamKeyDelivered)
        assert outcome.reason == "the store did not hold the channel's key"
        delivered.assert_stored()


def test_a_secret_that_is_gone_is_made_anew(delivered: Keys) -> None:
    delivered.secrets.delete_secret(SecretId=delivered.secret(), ForceDeleteWithoutRecovery=True)

    assert isinstance(delivered.agree(), StreamKeyDelivered)
    delivered.assert_stored()


def test_a_secret_on_its_way_out_is_not_written(delivered: Keys) -> None:
    delivered.secrets.delete_secret(SecretId=delivered.secret(), RecoveryWindowInDays=7)

    outcome = delivered.agree()

    assert isinstance(outcome, StreamKeyNotDelivered)
    assert outcome.reason.endswith("is scheduled for deletion")


def test_a_blocked_channel_is_left_alone(delivered: Keys) -> None:
    delivered.ivs.delete_stream_key(arn=delivered.key())
    with delivered.held() as held:
        held.write(blocked=Blocked(command_id="c", issued_at=NOW))

    assert delivered.agree() is None
    assert delivered.called == []


def test_a_list_that_lags_behind_hides_no_key(delivered: Keys) -> None:
    CLOCK.advance(60)
    delivered.ivs.delete_stream_key(arn=delivered.key())
    delivered.agree()
    made = delivered.key()
    delivered.emulator.faults.add(Fault("stale", "ListStreamKeys", seconds=10))

    assert delivered.agree("again") is None
    assert delivered.called == ["ListStreamKeys", "GetStreamKey"]
    assert delivered.key() == made


def test_a_key_that_goes_while_it_is_looked_at_is_looked_at_again(keys: Keys) -> None:
    CLOCK.advance(60)
    keys.emulator.faults.add(Fault("stale", "ListStreamKeys", seconds=10))
    keys.ivs.delete_stream_key(arn=keys.key())

    with pytest.raises(Unavailable, match="changed in the meantime"):
        keys.agree(adopt="deliver")


def test_the_age_of_a_key_goes_on_when_it_is_delivered_anew(delivered: Keys) -> None:
    older = Key(arn=delivered.key(), made_at=NOW - timedelta(days=1), version="another")
    with delivered.held() as held:
        held.write(key=older)

    delivered.agree()

    remembered = delivered.remembered()
    assert remembered is not None
    assert remembered.made_at == older.made_at


def test_a_parameter_that_somebody_wrote_over_holds_the_key_again(keys: Keys) -> None:
    keys.keep_in(ParameterStore(keys.ssm, stage="dev", key=None))
    keys.agree("earlier", adopt="deliver")
    name = f"/{keys.secret()}"
    keys.ssm.put_parameter(Name=name, Value="mine", Overwrite=True)

    outcome = keys.agree()

    assert isinstance(outcome, StreamKeyDelivered)
    [key] = keys.emulator.keys_of(keys.channel)
    found = keys.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert json.loads(found["Value"])["streamKey"] == key.value
    assert outcome.version == str(found["Version"])
    assert keys.agree("again") is None


def test_a_parameter_that_is_gone_is_made_anew(keys: Keys) -> None:
    keys.keep_in(ParameterStore(keys.ssm, stage="dev", key=None))
    keys.agree("earlier", adopt="deliver")
    keys.ssm.delete_parameter(Name=f"/{keys.secret()}")

    assert isinstance(keys.agree(), StreamKeyDelivered)


def test_without_a_store_there_is_nothing_to_lose(keys: Keys) -> None:
    keys.keep_in(Nowhere())
    first = keys.agree("earlier", adopt="deliver")

    assert isinstance(first, StreamKeyDelivered)
    assert first.version is None
    assert keys.agree() is None


def test_a_store_that_is_chosen_later_gets_the_key(delivered: Keys) -> None:
    delivered.keep_in(ParameterStore(delivered.ssm, stage="dev", key=None))

    assert isinstance(delivered.agree(), StreamKeyDelivered)
    assert delivered.agree("again") is None


@pytest.mark.parametrize(
    ("store", "expected"),
    [("secretsmanager", SecretStore), ("ssm", ParameterStore), ("none", Nowhere)],
)
def test_the_settings_say_which_store_it_is(store: str, expected: type[Store]) -> None:
    settings = KeySettings.model_validate({"store": store})

    assert type(open_store(settings, partial(boto3.client), stage="dev", key=None)) is expected
