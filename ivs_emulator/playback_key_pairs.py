"""Playback key pairs: whose tokens let viewers of private channels in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivskit import quotas

from .errors import ConflictException
from .paging import PageRequest, page
from .resources import Resource, find, refuse_beyond

if TYPE_CHECKING:
    from .models import IVSBackend


@dataclass(frozen=True, kw_only=True)
class PlaybackKeyPair(Resource):
    name: str
    fingerprint: str
    public_key: str


def import_playback_key_pair(
    ivs: IVSBackend,
    *,
    public_key_material: str,
    name: str = "",
    tags: dict[str, str] | None = None,
) -> dict[str, object]:
    from .public_keys import fingerprint_of  # cryptography, for those who import keys alone

    fingerprint = fingerprint_of(public_key_material)
    if any(pair.fingerprint == fingerprint for pair in ivs.playback_key_pairs.values()):
        raise ConflictException(f"publicKeyMaterial: {fingerprint} has been imported already")
    there_are = len(ivs.playback_key_pairs)
    refuse_beyond(quotas.PLAYBACK_KEY_PAIRS, there_are, "Playback key pairs")
    pair = PlaybackKeyPair(
        arn=ivs.identifiers.arn("playback-key"),
        name=name,
        tags=tags or {},
        fingerprint=fingerprint,
        public_key=public_key_material,
    )
    ivs.playback_key_pairs[pair.arn] = pair
    return {"keyPair": pair}


def get_playback_key_pair(ivs: IVSBackend, *, arn: str) -> dict[str, object]:
    return {"keyPair": find(ivs.playback_key_pairs, arn)}


def delete_playback_key_pair(ivs: IVSBackend, *, arn: str) -> None:
    find(ivs.playback_key_pairs, arn)
    del ivs.playback_key_pairs[arn]


def list_playback_key_pairs(
    ivs: IVSBackend, *, max_results: int = 100, next_token: str | None = None
) -> dict[str, object]:
    request = PageRequest(max_results, next_token, "ListPlaybackKeyPairs")
    pairs, token = page(ivs.playback_key_pairs.values(), lambda pair: pair.arn, request)
    return {"keyPairs": pairs, "nextToken": token}
