"""Stream keys: the password that lets an encoder onto a channel."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivskit import quotas

from . import encoders
from .paging import PageRequest, page
from .resources import Resource, batch, find, refuse_beyond

if TYPE_CHECKING:
    from .models import IVSBackend

KEYS_REMEMBERED = 1_000


@dataclass(frozen=True, kw_only=True)
class StreamKey(Resource):
    channel_arn: str
    value: str = field(repr=False)


@dataclass
class KeysMade:
    """How many keys a channel has ever had, and the ARNs of the last of them."""

    count: int = 0
    arns: deque[str] = field(default_factory=lambda: deque(maxlen=KEYS_REMEMBERED))

    def add(self, arn: str) -> None:
        self.count += 1
        self.arns.append(arn)


def create_stream_key(
    ivs: IVSBackend, *, channel_arn: str, tags: dict[str, str] | None = None
) -> dict[str, object]:
    find(ivs.channels, channel_arn)
    has = len(ivs.keys_of(channel_arn))
    refuse_beyond(quotas.STREAM_KEYS_PER_CHANNEL, has, f"Stream keys of {channel_arn}")
    return {"streamKey": add_stream_key(ivs, channel_arn, tags or {})}


def add_stream_key(ivs: IVSBackend, channel_arn: str, tags: dict[str, str]) -> StreamKey:
    key = StreamKey(
        arn=ivs.identifiers.arn("stream-key"),
        channel_arn=channel_arn,
        value=ivs.identifiers.stream_key_value(),
        tags=tags,
    )
    ivs.stream_keys[key.arn] = key
    ivs.keys_made.setdefault(channel_arn, KeysMade()).add(key.arn)
    return key


def get_stream_key(ivs: IVSBackend, *, arn: str) -> dict[str, object]:
    return {"streamKey": find(ivs.stream_keys, arn)}


def batch_get_stream_key(ivs: IVSBackend, *, arns: list[str]) -> dict[str, object]:
    found, errors = batch(ivs.stream_keys, arns)
    return {"streamKeys": found, "errors": errors}


def list_stream_keys(
    ivs: IVSBackend, *, channel_arn: str, max_results: int = 1, next_token: str | None = None
) -> dict[str, object]:
    find(ivs.channels, channel_arn)
    request = PageRequest(max_results, next_token, f"ListStreamKeys {channel_arn}")
    keys, token = page(ivs.keys_of(channel_arn), lambda key: key.arn, request)
    return {"streamKeys": keys, "nextToken": token}


def delete_stream_key(ivs: IVSBackend, *, arn: str) -> None:
    """The key admits no new encoder; one that is connected stays, unless read the other way."""
    key = find(ivs.stream_keys, arn)
    del ivs.stream_keys[arn]
    session = ivs.open_session(key.channel_arn)
    came_with_it = session and session.encoder and session.encoder.key_value == key.value
    if ivs.readings.deleted_key_ends_stream and session and came_with_it:
        encoders.cut(ivs, session, ivs.now())
