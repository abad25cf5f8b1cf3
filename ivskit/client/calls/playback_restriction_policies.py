"""Playback restriction policies: in which countries and on which sites a channel plays.

Source: IVS Low-Latency Streaming API reference and service quotas; 3 per region. Private channels
ignore them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ivskit import quotas
from ivskit.arguments import texts
from ivskit.client.first_use import OnFirstUse
from ivskit.errors import NotSent

if TYPE_CHECKING:
    from ivskit.client import playback_restriction_policies as answers
    from ivskit.client.api import Api
    from ivskit.client.playback_restriction_policies import (
        PlaybackRestrictionPolicy,
        PlaybackRestrictionPolicySummary,
    )
else:
    answers = OnFirstUse("ivskit.client.playback_restriction_policies")


class PlaybackRestrictionPolicies:
    """Calls about playback restriction policies."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(
        self,
        *,
        allowed_countries: str | Sequence[str] | None = None,
        allowed_origins: str | Sequence[str] | None = None,
        strict_origin_enforcement: bool | None = None,
        name: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> PlaybackRestrictionPolicy:
        """A new policy.

        CreatePlaybackRestrictionPolicy, 5 calls a second. At most 200 countries, and 5 origins of
        at most 128 characters. Raises QuotaExceeded.
        """
        return self._write(
            "CreatePlaybackRestrictionPolicy",
            allowedCountries=allowed_countries,
            allowedOrigins=allowed_origins,
            enableStrictOriginEnforcement=strict_origin_enforcement,
            name=name,
            tags=tags,
        )

    def get(self, arn: str) -> PlaybackRestrictionPolicy:
        """The policy.

        GetPlaybackRestrictionPolicy, 5 calls a second. Raises NotFound.
        """
        answer = self._api.call("GetPlaybackRestrictionPolicy", arn=arn)
        return answers.PlaybackRestrictionPolicy.said(answer["playbackRestrictionPolicy"])

    def list(self) -> Iterator[PlaybackRestrictionPolicySummary]:
        """All policies of the region.

        ListPlaybackRestrictionPolicies, 5 calls a second, 100 policies a call (IVS's own default
        is 1). Raises Conflict.
        """
        listed = self._api.pages("ListPlaybackRestrictionPolicies", "playbackRestrictionPolicies")
        return map(answers.PlaybackRestrictionPolicySummary.said, listed)

    def update(
        self,
        arn: str,
        *,
        allowed_countries: str | Sequence[str] | None = None,
        allowed_origins: str | Sequence[str] | None = None,
        strict_origin_enforcement: bool | None = None,
        name: str | None = None,
    ) -> PlaybackRestrictionPolicy:
        """The changed policy; None changes nothing, and an empty list allows all.

        UpdatePlaybackRestrictionPolicy, 5 calls a second. At most 200 countries, and 5 origins of
        at most 128 characters. Raises NotFound, Conflict.
        """
        return self._write(
            "UpdatePlaybackRestrictionPolicy",
            arn=arn,
            allowedCountries=allowed_countries,
            allowedOrigins=allowed_origins,
            enableStrictOriginEnforcement=strict_origin_enforcement,
            name=name,
        )

    def delete(self, arn: str) -> bool:
        """Delete the policy; False when there was none.

        DeletePlaybackRestrictionPolicy, 5 calls a second. Raises Conflict while a channel refers
        to it.
        """
        return self._api.find("DeletePlaybackRestrictionPolicy", arn=arn) is not None

    def _write(self, operation: str, **given: Any) -> PlaybackRestrictionPolicy:
        for field, most in (
            ("allowedCountries", quotas.COUNTRIES_PER_POLICY),
            ("allowedOrigins", quotas.ORIGINS_PER_POLICY),
        ):
            given[field] = None if given[field] is None else texts(given[field])
            count = len(given[field] or ())
            if count > most:
                raise NotSent(operation, field=field, limit=f"at most {most} items", value=count)
        answer = self._api.call(operation, **given)
        return answers.PlaybackRestrictionPolicy.said(answer["playbackRestrictionPolicy"])
