"""Four bugs seen in public code, each of which works on other emulators and is caught by this one.

Every function below is the bug; its test shows how the emulator exposes it, and that the
cure holds.
"""

from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ivs_emulator import IVSBackend, Video


def rotate_by_creating_first(ivs: Any, channel_arn: str, old_key_arn: str) -> str:
    """The new key is made before the old one goes, so that the channel never is without."""
    new = ivs.create_stream_key(channelArn=channel_arn)["streamKey"]["arn"]
    ivs.delete_stream_key(arn=old_key_arn)  # pragma: no cover - the bug is that it fails before
    return str(new)  # pragma: no cover - the same


def test_create_before_delete_meets_the_one_key_rule(ivs: Any, arn: str, key: Any) -> None:
    with pytest.raises(ivs.exceptions.ServiceQuotaExceededException):
        rotate_by_creating_first(ivs, arn, key["arn"])

    ivs.delete_stream_key(arn=key["arn"])
    assert ivs.create_stream_key(channelArn=arn)["streamKey"]["arn"] != key["arn"]


def throw_out_by_stopping_first(ivs: Any, channel_arn: str, key_arn: str, clock: Any) -> None:
    """The stream is stopped and seen to be over, and only then the key is deleted."""
    ivs.stop_stream(channelArn=channel_arn)
    clock.pass_by(5)
    ivs.delete_stream_key(arn=key_arn)


def throw_out_by_deleting_first(ivs: Any, channel_arn: str, key_arn: str, clock: Any) -> None:
    """The cure: an encoder that comes back finds no key that fits."""
    ivs.delete_stream_key(arn=key_arn)
    ivs.stop_stream(channelArn=channel_arn)
    clock.pass_by(5)


@pytest.mark.parametrize(
    ("throw_out", "live"),
    [(throw_out_by_stopping_first, True), (throw_out_by_deleting_first, False)],
)
def test_stop_then_delete_loses_the_race_against_a_reconnecting_encoder(
    ivs: Any, arn: str, key: Any, backend: IVSBackend, clock: Any, throw_out: Any, live: bool
) -> None:
    backend.connect(key["value"], reconnect_after=3)
    clock.pass_by(7)

    throw_out(ivs, arn, key["arn"], clock)
    clock.pass_by(60)

    assert (backend.live_session(arn) is not None) is live


def suspend(ivs: Any, channel_arn: str) -> None:
    """A channel is suspended: its stream is stopped, then it is marked."""
    ivs.stop_stream(channelArn=channel_arn)
    tags = {"suspended": "yes"}  # pragma: no cover - the bug is that it fails before
    ivs.tag_resource(resourceArn=channel_arn, tags=tags)  # pragma: no cover - the same


def suspend_even_if_offline(ivs: Any, channel_arn: str) -> None:
    """The cure: that there is nothing to stop is success."""
    with suppress(ivs.exceptions.ChannelNotBroadcasting):
        ivs.stop_stream(channelArn=channel_arn)
    ivs.tag_resource(resourceArn=channel_arn, tags={"suspended": "yes"})


def test_a_suspend_that_only_works_on_live_channels_fails_on_the_others(ivs: Any, arn: str) -> None:
    with pytest.raises(ClientError, match="ChannelNotBroadcasting"):
        suspend(ivs, arn)
    assert ivs.list_tags_for_resource(resourceArn=arn)["tags"] == {}

    suspend_even_if_offline(ivs, arn)
    assert ivs.list_tags_for_resource(resourceArn=arn)["tags"] == {"suspended": "yes"}


def channel_of_breach(event: dict[str, Any]) -> str:
    """A handler of limit breaches takes the channel from where it always is."""
    return str(event["resources"][0])


def channel_of_breach_if_any(event: dict[str, Any]) -> str | None:
    """The cure: a breach of the account's limits has no channel."""
    return next(iter(event["resources"]), None)


def test_a_breach_of_the_accounts_limit_has_no_resource(
    ivs: Any, arn: str, live: Any, backend: IVSBackend
) -> None:
    breaches: list[dict[str, Any]] = []
    backend.subscribe(
        lambda event: breaches.append(event) if event["detail-type"] == "IVS Limit Breach" else None
    )
    backend.limits.concurrent_views = 100
    backend.watch(arn, 101)
    backend.send(arn, Video(bitrate=9_000_000))
    account_wide, of_a_channel = breaches

    assert channel_of_breach(of_a_channel) == arn
    with pytest.raises(IndexError):
        channel_of_breach(account_wide)
    assert channel_of_breach_if_any(account_wide) is None
    assert channel_of_breach_if_any(of_a_channel) == arn
