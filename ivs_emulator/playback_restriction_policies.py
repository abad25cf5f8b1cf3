"""Playback restriction policies: from which countries and sites a public channel may be watched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ivskit import quotas
from ivskit.places import COUNTRIES, ORIGIN

from .errors import ValidationException
from .paging import PageRequest, page
from .resources import Resource, find, refuse_beyond, refuse_while_attached

if TYPE_CHECKING:
    from .models import IVSBackend


@dataclass(frozen=True, kw_only=True)
class PlaybackRestrictionPolicy(Resource):
    name: str = ""
    allowed_countries: tuple[str, ...] | list[str] = ()
    allowed_origins: tuple[str, ...] | list[str] = ()
    enable_strict_origin_enforcement: bool = False


def create_playback_restriction_policy(
    ivs: IVSBackend, *, tags: dict[str, str] | None = None, **settings: Any
) -> dict[str, object]:
    arn = ivs.identifiers.arn("playback-restriction-policy")
    policy = _checked(PlaybackRestrictionPolicy(arn=arn, tags=tags or {}, **settings))
    there_are = len(ivs.playback_restriction_policies)
    refuse_beyond(quotas.PLAYBACK_RESTRICTION_POLICIES, there_are, "Playback restriction policies")
    ivs.playback_restriction_policies[arn] = policy
    return {"playbackRestrictionPolicy": policy}


def get_playback_restriction_policy(ivs: IVSBackend, *, arn: str) -> dict[str, object]:
    return {"playbackRestrictionPolicy": find(ivs.playback_restriction_policies, arn)}


def update_playback_restriction_policy(
    ivs: IVSBackend, *, arn: str, **settings: Any
) -> dict[str, object]:
    policy = _checked(replace(find(ivs.playback_restriction_policies, arn), **settings))
    ivs.playback_restriction_policies[arn] = policy
    return {"playbackRestrictionPolicy": policy}


def delete_playback_restriction_policy(ivs: IVSBackend, *, arn: str) -> None:
    find(ivs.playback_restriction_policies, arn)
    refuse_while_attached(ivs, arn, "playback_restriction_policy_arn")
    del ivs.playback_restriction_policies[arn]


def list_playback_restriction_policies(
    ivs: IVSBackend, *, max_results: int = 1, next_token: str | None = None
) -> dict[str, object]:
    request = PageRequest(max_results, next_token, "ListPlaybackRestrictionPolicies")
    policies = ivs.playback_restriction_policies.values()
    here, token = page(policies, lambda policy: policy.arn, request)
    return {"playbackRestrictionPolicies": here, "nextToken": token}


def _checked(policy: PlaybackRestrictionPolicy) -> PlaybackRestrictionPolicy:
    _refuse_more(policy.allowed_countries, quotas.COUNTRIES_PER_POLICY, "allowedCountries")
    _refuse_more(policy.allowed_origins, quotas.ORIGINS_PER_POLICY, "allowedOrigins")
    for country in policy.allowed_countries:
        if country not in COUNTRIES:
            raise ValidationException(f'allowedCountries: "{country}" is no ISO 3166-1 code')
    for origin in policy.allowed_origins:
        if not ORIGIN.fullmatch(origin):
            raise ValidationException(f'allowedOrigins: "{origin}" is no origin')
    return policy


def _refuse_more(items: tuple[str, ...] | list[str], limit: int, name: str) -> None:
    if len(items) > limit:
        raise ValidationException(f"{name}: must have at most {limit} items, has {len(items)}")
