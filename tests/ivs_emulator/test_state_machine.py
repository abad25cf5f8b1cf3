"""Thousands of steps in any order, held against a model small enough to be seen to be right.

The model: a channel has at most one key; it is idle, connecting, live or ending; who is not
idle can be neither changed nor deleted; only a key that exists lets an encoder in.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import boto3
import time_machine
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
)
from moto import mock_aws

import ivs_emulator
from ivs_emulator import EncoderRefused

from .conftest import ACCOUNT, NOW, REGION

IDLE, CONNECTING, LIVE, ENDING = "idle", "connecting", "live", "ending"


@cache
def client() -> Any:
    return boto3.client("ivs", REGION, config=Config(retries={"total_max_attempts": 1}))


@dataclass
class Expected:
    """What the model knows of one channel."""

    arn: str
    key: str | None
    state: str = IDLE
    until: float = 0.0
    keys_made: int = 1
    tags: dict[str, str] = field(default_factory=dict)


class Ivs(RuleBasedStateMachine):
    """Callers, encoders and the clock, all at once."""

    channels: Bundle[Expected] = Bundle("channels")

    def __init__(self) -> None:
        super().__init__()
        self.travel = time_machine.travel(NOW, tick=False)
        self.clock = self.travel.start()
        ivs_emulator.install()
        self.mock = mock_aws()
        self.mock.start()
        self.ivs = client()
        self.backend = ivs_emulator.backend(ACCOUNT, REGION)
        self.now = 0.0
        self.expected: list[Expected] = []
        self.values: dict[str, str] = {}

    def teardown(self) -> None:
        self.mock.stop()
        self.travel.stop()

    def code(self, call: Callable[..., Any], **arguments: Any) -> str | None:
        """The code of the refusal, None for success."""
        try:
            call(**arguments)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return None

    # Few channels, so that much happens to each.
    @precondition(lambda self: len(self.expected) < 2)
    @rule(target=channels, name=st.sampled_from(["", "show", "a-b_c"]))
    def create_channel(self, name: str) -> Expected:
        made = self.ivs.create_channel(name=name)
        expected = Expected(made["channel"]["arn"], made["streamKey"]["arn"])
        self.values[made["streamKey"]["arn"]] = made["streamKey"]["value"]
        self.expected.append(expected)
        return expected

    @rule(target=channels, channel=consumes(channels))
    def delete_channel(self, channel: Expected) -> Any:
        code = self.code(self.ivs.delete_channel, arn=channel.arn)
        if channel.state != IDLE:
            assert code == "ConflictException"
            return channel
        assert code is None
        self.expected.remove(channel)
        return multiple()

    @rule(channel=channels)
    def update_channel(self, channel: Expected) -> None:
        code = self.code(self.ivs.update_channel, arn=channel.arn, latencyMode="NORMAL")
        assert code == (None if channel.state == IDLE else "ConflictException")

    @rule(channel=channels)
    def create_key(self, channel: Expected) -> None:
        if channel.key is not None:
            code = self.code(self.ivs.create_stream_key, channelArn=channel.arn)
            assert code == "ServiceQuotaExceededException"
            return
        key = self.ivs.create_stream_key(channelArn=channel.arn)["streamKey"]
        assert key["arn"] not in self.values
        channel.key, channel.keys_made = key["arn"], channel.keys_made + 1
        self.values[key["arn"]] = key["value"]

    @rule(channel=channels)
    def delete_key(self, channel: Expected) -> None:
        if channel.key is not None:
            self.ivs.delete_stream_key(arn=channel.key)
        channel.key = None

    @rule(data=st.data(), channel=channels)
    def connect(self, data: st.DataObject, channel: Expected) -> None:
        """With the channel's key, or with any that ever was."""
        key = channel.key or data.draw(st.sampled_from(sorted(self.values)))
        owner = next((c for c in self.expected if c.key == key), None)
        try:
            session = self.backend.connect(self.values[key])
        except EncoderRefused:
            assert owner is None or owner.state in (CONNECTING, LIVE)
            return
        assert owner is not None
        assert owner.state in (IDLE, ENDING)
        assert session.channel.arn == owner.arn
        owner.state, owner.until = CONNECTING, self.now + 7

    @rule(channel=channels)
    def disconnect(self, channel: Expected) -> None:
        try:
            self.backend.disconnect(channel.arn)
        except EncoderRefused:
            assert channel.state == IDLE
            return
        assert channel.state != IDLE
        channel.state = IDLE

    @rule(channel=channels)
    def stop(self, channel: Expected) -> None:
        code = self.code(self.ivs.stop_stream, channelArn=channel.arn)
        assert code == (None if channel.state in (LIVE, ENDING) else "ChannelNotBroadcasting")
        if channel.state == LIVE:
            channel.state, channel.until = ENDING, self.now + 2

    @rule(channel=channels, tag=st.sampled_from("abc"), value=st.text("xyz ", max_size=5))
    def tag(self, channel: Expected, tag: str, value: str) -> None:
        self.ivs.tag_resource(resourceArn=channel.arn, tags={tag: value})
        channel.tags[tag] = value

    @rule(channel=channels, tag=st.sampled_from("abc"))
    def untag(self, channel: Expected, tag: str) -> None:
        self.ivs.untag_resource(resourceArn=channel.arn, tagKeys=[tag])
        channel.tags.pop(tag, None)

    @rule(channel=channels)
    def go_live(self, channel: Expected) -> None:
        """What seldom comes about by chance: the right key, and enough time after it."""
        if channel.state == IDLE and channel.key:
            self.backend.connect(self.values[channel.key])
            channel.state, channel.until = CONNECTING, self.now + 7
            self.pass_by(7)

    @rule(seconds=st.sampled_from([0.5, 1, 2, 7]))
    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        self.clock.shift(timedelta(seconds=seconds))
        for channel in self.expected:
            if channel.state == CONNECTING and channel.until <= self.now:
                channel.state = LIVE
            if channel.state == ENDING and channel.until <= self.now:
                channel.state = IDLE

    @invariant()
    def the_api_shows_what_the_model_says(self) -> None:
        live = {s["channelArn"] for s in self.ivs.list_streams()["streams"]}
        assert live == {c.arn for c in self.expected if c.state in (LIVE, ENDING)}
        listed = {c["arn"]: c["tags"] for c in self.ivs.list_channels()["channels"]}
        assert listed == {c.arn: c.tags for c in self.expected}
        for channel in self.expected:
            keys = self.backend.keys_of(channel.arn)
            assert [key.arn for key in keys] == ([channel.key] if channel.key else [])
            assert self.backend.keys_made[channel.arn].count == channel.keys_made

    @invariant()
    def the_events_tell_each_session_in_order(self) -> None:
        published: dict[str, list[str]] = {}
        for event in self.backend.events:
            published.setdefault(event["detail"]["stream_id"], []).append(
                event["detail"]["event_name"]
            )
        whole = ["Session Created", "Stream Start", "Stream End", "Session Ended"]
        for names in published.values():
            assert names in (whole[: len(names)], ["Session Created", "Session Ended"])


TestIvs = Ivs.TestCase
# 40 runs of 50 steps: 2,000 rules, and as many looks at every invariant.
TestIvs.settings = settings(
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a failure is reported at once; shrinking takes minutes
    suppress_health_check=list(HealthCheck),
)
