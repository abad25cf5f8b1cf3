"""Ad configurations: which MediaTailor configurations fill the ad breaks of a channel.

Source: IVS Low-Latency Streaming API reference and service quotas; 20 per region.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ivskit.arguments import texts
from ivskit.client.first_use import OnFirstUse

if TYPE_CHECKING:
    from ivskit.client import ad_configurations as answers
    from ivskit.client.ad_configurations import (
        AdBreak,
        AdConfiguration,
        AdConfigurationSummary,
        PostRoll,
    )
    from ivskit.client.api import Api
else:
    answers = OnFirstUse("ivskit.client.ad_configurations")


class AdConfigurations:
    """Calls about ad configurations and ad breaks."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(
        self,
        media_tailor_arns: str | Sequence[str],
        *,
        name: str | None = None,
        post_roll: PostRoll | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> AdConfiguration:
        """A new ad configuration of 1 to 3 MediaTailor configurations, the default one first.

        CreateAdConfiguration, 3 calls a second. Raises NotFound for a MediaTailor configuration,
        QuotaExceeded, Conflict.
        """
        answer = self._api.call(
            "CreateAdConfiguration",
            mediaTailorPlaybackConfigurations=_media_tailor(media_tailor_arns),
            name=name,
            postRollConfiguration=post_roll and post_roll.sent(),
            tags=tags,
        )
        return answers.AdConfiguration.said(answer["adConfiguration"])

    def get(self, arn: str) -> AdConfiguration:
        """The ad configuration.

        GetAdConfiguration, 3 calls a second. Raises NotFound.
        """
        answer = self._api.call("GetAdConfiguration", arn=arn)
        return answers.AdConfiguration.said(answer["adConfiguration"])

    def list(self) -> Iterator[AdConfigurationSummary]:
        """All ad configurations of the region.

        ListAdConfigurations, 3 calls a second, 100 configurations a call.
        """
        listed = self._api.pages("ListAdConfigurations", "adConfigurations")
        return map(answers.AdConfigurationSummary.said, listed)

    def update(
        self,
        arn: str,
        *,
        name: str | None = None,
        media_tailor_arns: str | Sequence[str] | None = None,
        post_roll: PostRoll | None = None,
    ) -> AdConfiguration:
        """The changed ad configuration; None changes nothing.

        UpdateAdConfiguration, 3 calls a second (unpublished: as related operations). Raises
        NotFound, Conflict, QuotaExceeded.
        """
        answer = self._api.call(
            "UpdateAdConfiguration",
            arn=arn,
            name=name,
            mediaTailorPlaybackConfigurations=_media_tailor(media_tailor_arns),
            postRollConfiguration=post_roll and post_roll.sent(),
        )
        return answers.AdConfiguration.said(answer["adConfiguration"])

    def delete(self, arn: str) -> bool:
        """Delete the ad configuration; False when there was none.

        DeleteAdConfiguration, 3 calls a second. Raises Conflict while a channel refers to it.
        """
        return self._api.find("DeleteAdConfiguration", arn=arn) is not None

    def insert_break(
        self,
        channel_arn: str,
        *,
        duration_seconds: int,
        ad_break_id: str | None = None,
        target_start_at: datetime | None = None,
    ) -> AdBreak:
        """Play an ad break of 1 to 300 seconds on a live channel with an ad configuration.

        InsertAdBreak, 1 call a second. An id of your own has 12 letters and digits. Raises NotLive,
        Conflict while an ad break is played, NotFound.
        """
        answer = self._api.call(
            "InsertAdBreak",
            channelArn=channel_arn,
            durationSeconds=duration_seconds,
            adBreakId=ad_break_id,
            targetStartAt=target_start_at,
        )
        return answers.AdBreak.said(answer)


def _media_tailor(arns: str | Sequence[str] | None) -> Sequence[Mapping[str, Any]] | None:
    return None if arns is None else [{"playbackConfigurationArn": arn} for arn in texts(arns)]
