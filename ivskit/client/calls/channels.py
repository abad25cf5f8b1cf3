"""Channels: configuration to stream with.

Source: IVS Low-Latency Streaming API reference and service quotas; 5,000 channels per region
unless AWS raised it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ivskit import quotas
from ivskit.arguments import texts
from ivskit.client.bulk import Bulk, in_bulk, refusals
from ivskit.client.first_use import OnFirstUse
from ivskit.errors import IvsError, NotSent

if TYPE_CHECKING:
    from ivskit.client import channels as answers
    from ivskit.client import stream_keys
    from ivskit.client.api import Api
    from ivskit.client.channels import (
        Channel,
        ChannelSummary,
        ChannelType,
        ContainerFormat,
        LatencyMode,
        MultitrackInput,
        NewChannel,
        Page,
        Preset,
    )
else:
    answers = OnFirstUse("ivskit.client.channels")
    stream_keys = OnFirstUse("ivskit.client.stream_keys")


class Channels:
    """Calls about channels."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def get(self, arn: str) -> Channel:
        """The channel, tags included.

        GetChannel, 5 calls a second. Raises NotFound.
        """
        return answers.Channel.said(self._api.call("GetChannel", arn=arn)["channel"])

    def find(self, arn: str) -> Channel | None:
        """The channel, tags included, or None when there is none.

        GetChannel, 5 calls a second.
        """
        answer = self._api.find("GetChannel", arn=arn)
        return None if answer is None else answers.Channel.said(answer["channel"])

    def get_many(self, arns: str | Iterable[str]) -> Bulk[str, Channel]:
        """Any number of channels, each once and in the order given, and failures for missing ones.

        BatchGetChannel, 5 calls a second, 50 channels a call. Failures are NotFound for an unknown
        channel, NotSent for a malformed ARN, and whatever a whole call failed with.
        """
        return in_bulk(
            texts(arns),
            size=quotas.CHANNELS_PER_BATCH,
            check=lambda chunk: self._api.check("BatchGetChannel", {"arns": chunk}),
            call=self._get_batch,
        )

    def list(
        self,
        *,
        name: str | None = None,
        recording_configuration_arn: str | None = None,
        playback_restriction_policy_arn: str | None = None,
        ad_configuration_arn: str | None = None,
        failover_slate_configuration_arn: str | None = None,
    ) -> Iterator[ChannelSummary]:
        """All channels of the region, or those that match one filter.

        ListChannels, 5 calls a second, 100 channels a call. Raises NotSent for more than one
        filter, for which AWS has Conflict.
        """
        filters = {
            "filterByName": name,
            "filterByRecordingConfigurationArn": recording_configuration_arn,
            "filterByPlaybackRestrictionPolicyArn": playback_restriction_policy_arn,
            "filterByAdConfigurationArn": ad_configuration_arn,
            "filterByFailoverSlateConfigurationArn": failover_slate_configuration_arn,
        }
        _check_one_filter(filters)
        return map(
            answers.ChannelSummary.said, self._api.pages("ListChannels", "channels", **filters)
        )

    def page(self, token: str | None = None) -> Page:
        """A page of the region's channels: the first, or the one at the token of another page.

        ListChannels, 5 calls a second, 100 channels a call. Raises Invalid for a token that IVS
        does not know any more. AWS has Conflict for two filters; this call has none.
        """
        answer = self._api.page("ListChannels", nextToken=token)
        listed = tuple(answers.ChannelSummary.said(each) for each in answer["channels"])
        return answers.Page(listed, answer.get("nextToken"))

    def create(
        self,
        *,
        name: str | None = None,
        type: ChannelType | None = None,  # noqa: A002 - the API's word
        latency_mode: LatencyMode | None = None,
        authorized: bool | None = None,
        insecure_ingest: bool | None = None,
        preset: Preset | None = None,
        container_format: ContainerFormat | None = None,
        multitrack_input: MultitrackInput | None = None,
        recording_configuration_arn: str | None = None,
        playback_restriction_policy_arn: str | None = None,
        ad_configuration_arn: str | None = None,
        failover_slate_configuration_arn: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> NewChannel:
        """A new channel with a stream key; what is None takes the service's default.

        CreateChannel, 5 calls a second. A name has at most 128 letters, digits, "-" and "_";
        there are at most 50 tags. Raises NotFound for something referred to, QuotaExceeded.
        """
        answer = self._api.call(
            "CreateChannel",
            name=name,
            type=type,
            latencyMode=latency_mode,
            authorized=authorized,
            insecureIngest=insecure_ingest,
            preset=preset,
            containerFormat=container_format,
            multitrackInputConfiguration=multitrack_input and multitrack_input.sent(),
            recordingConfigurationArn=recording_configuration_arn,
            playbackRestrictionPolicyArn=playback_restriction_policy_arn,
            adConfigurationArn=ad_configuration_arn,
            failoverSlateConfigurationArn=failover_slate_configuration_arn,
            tags=tags,
        )
        return answers.NewChannel(
            answers.Channel.said(answer["channel"]),
            stream_keys.StreamKey.said(answer["streamKey"]),
        )

    def update(
        self,
        arn: str,
        *,
        name: str | None = None,
        type: ChannelType | None = None,  # noqa: A002 - the API's word
        latency_mode: LatencyMode | None = None,
        authorized: bool | None = None,
        insecure_ingest: bool | None = None,
        preset: Preset | None = None,
        container_format: ContainerFormat | None = None,
        multitrack_input: MultitrackInput | None = None,
        recording_configuration_arn: str | None = None,
        playback_restriction_policy_arn: str | None = None,
        ad_configuration_arn: str | None = None,
        failover_slate_configuration_arn: str | None = None,
    ) -> Channel:
        """The changed channel; None changes nothing, and an empty ARN removes a reference.

        UpdateChannel, 5 calls a second. Raises NotFound, and Conflict while the channel is live.
        """
        answer = self._api.call(
            "UpdateChannel",
            arn=arn,
            name=name,
            type=type,
            latencyMode=latency_mode,
            authorized=authorized,
            insecureIngest=insecure_ingest,
            preset=preset,
            containerFormat=container_format,
            multitrackInputConfiguration=multitrack_input and multitrack_input.sent(),
            recordingConfigurationArn=recording_configuration_arn,
            playbackRestrictionPolicyArn=playback_restriction_policy_arn,
            adConfigurationArn=ad_configuration_arn,
            failoverSlateConfigurationArn=failover_slate_configuration_arn,
        )
        return answers.Channel.said(answer["channel"])

    def delete(self, arn: str) -> bool:
        """Delete the channel and its stream keys; False when there was none.

        DeleteChannel, 5 calls a second. Raises Conflict while the channel is live: stop it, wait
        for Stream End, then delete.
        """
        return self._api.find("DeleteChannel", arn=arn) is not None

    def _get_batch(self, arns: Sequence[str]) -> Mapping[str, Channel | IvsError]:
        answer = self._api.send("BatchGetChannel", {"arns": arns})
        found = {said["arn"]: answers.Channel.said(said) for said in answer.get("channels", ())}
        return refusals("BatchGetChannel", answer) | found


def _check_one_filter(filters: Mapping[str, str | None]) -> None:
    used = [name for name, value in filters.items() if value is not None]
    if len(used) > 1:
        limit = "at most 1 filter"
        raise NotSent(
            "ListChannels", field=" and ".join(used), limit=limit, value=f"{len(used)} filters"
        )
