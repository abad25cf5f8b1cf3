"""Playback: who may watch a channel, as its player would find out."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivskit.tokens import PlaybackClaims

    from .channels import Channel
    from .models import IVSBackend

TOKENS_KEPT = 100_000


@dataclass(frozen=True, kw_only=True)
class Viewing:
    """An attempt to watch: from a site, if a browser makes it, and from a country."""

    token: str | None = None
    channel_arn: str | None = None
    origin: str | None = None
    country: str | None = None


@dataclass(frozen=True)
class Verdict:
    allowed: bool
    reason: str


class UsedTokens:
    """The single-use tokens that have let somebody in; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._uuids: OrderedDict[str, None] = OrderedDict()

    def use(self, uuid: str) -> bool:
        """Whether this was the first time."""
        first = uuid not in self._uuids
        self._uuids[uuid] = None
        if len(self._uuids) > TOKENS_KEPT:
            self._uuids.popitem(last=False)
        return first


def judge(ivs: IVSBackend, viewing: Viewing, at: datetime) -> Verdict:
    """Allowed, or refused and why."""
    if viewing.token is not None and not viewing.token.isascii():
        return Verdict(False, "the token is no JWT, which is ASCII")
    from ivskit import tokens  # a fifth of the emulator's start-up, for those who use it alone

    arn = viewing.channel_arn or tokens.channel_of(viewing.token or "")
    channel = ivs.channels.get(arn or "")
    if channel is None:
        return Verdict(False, "there is no such channel")
    if not channel.authorized:
        objection = _policy_objection(ivs, channel, viewing)
        return Verdict(objection is None, objection or "the channel is public")
    if viewing.token is None:
        return Verdict(False, "the channel is private, and there is no token")
    try:
        claims = tokens.verify(viewing.token, _public_keys(ivs), now=at)
    except tokens.TokenRefused as refused:
        return Verdict(False, str(refused))
    objection = _token_objection(ivs, channel, claims, viewing)
    return Verdict(objection is None, objection or "the token is good")


def _public_keys(ivs: IVSBackend) -> list[str]:
    return [pair.public_key for pair in ivs.playback_key_pairs.values()]


def _token_objection(
    ivs: IVSBackend, channel: Channel, claims: PlaybackClaims, viewing: Viewing
) -> str | None:
    if claims.channel_arn != channel.arn:
        return "aws:channel-arn: is of another channel"
    if claims.origins and not _from(claims.origins, viewing.origin, strict=claims.strict_origin):
        return "aws:access-control-allow-origin: the viewer comes from elsewhere"
    viewer, version = claims.viewer_id, claims.viewer_session_version
    if viewer is not None and ivs.revocations.covers(channel.arn, viewer, version):
        return f"the viewer's sessions up to version {version} at least are revoked"
    if claims.single_use_uuid and not ivs.used_tokens.use(claims.single_use_uuid):
        return "aws:single-use-uuid: has been used"
    return None


def _policy_objection(ivs: IVSBackend, channel: Channel, viewing: Viewing) -> str | None:
    policy = ivs.playback_restriction_policies.get(channel.playback_restriction_policy_arn)
    if policy is None:
        return None
    if policy.allowed_countries and viewing.country not in policy.allowed_countries:
        return "the channel's policy does not allow this country"
    strict, origins = policy.enable_strict_origin_enforcement, list(policy.allowed_origins)
    if origins and not _from(origins, viewing.origin, strict=strict):
        return "the channel's policy does not allow this origin"
    return None


def _from(origins: list[str], origin: str | None, *, strict: bool) -> bool:
    if origin is None:  # not a browser: no check, unless origins are enforced
        return not strict
    bare = origin.partition("://")[2]
    return any(fnmatchcase(origin if "://" in o else bare, o) for o in origins)
