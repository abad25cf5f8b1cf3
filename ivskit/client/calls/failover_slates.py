"""Failover slates: what viewers see while the encoder sends nothing.

Source: IVS Low-Latency Streaming API reference. AWS publishes no quotas for them; the rates are
those of related operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ivskit.client.first_use import OnFirstUse

if TYPE_CHECKING:
    from ivskit.client import failover_slates as answers
    from ivskit.client.api import Api
    from ivskit.client.failover_slates import FailoverSlate, FailoverSlateSummary
else:
    answers = OnFirstUse("ivskit.client.failover_slates")


class FailoverSlates:
    """Calls about failover slate configurations."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(
        self,
        *,
        name: str | None = None,
        activation_threshold_seconds: int | None = None,
        min_slate_display_seconds: int | None = None,
        max_slate_display_seconds: int | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> FailoverSlate:
        """A new failover slate, in state CREATING until it is CREATED or CREATE_FAILED.

        CreateFailoverSlateConfiguration, 3 calls a second. It appears after 3 to 5 seconds and
        stays for at least 3 to 10, at most 60 to 180 seconds. Raises QuotaExceeded, Conflict.
        """
        answer = self._api.call(
            "CreateFailoverSlateConfiguration",
            name=name,
            activationThresholdSeconds=activation_threshold_seconds,
            minSlateDisplaySeconds=min_slate_display_seconds,
            maxSlateDisplaySeconds=max_slate_display_seconds,
            tags=tags,
        )
        return answers.FailoverSlate.said(answer["failoverSlateConfiguration"])

    def get(self, arn: str) -> FailoverSlate:
        """The failover slate.

        GetFailoverSlateConfiguration, 3 calls a second. Raises NotFound.
        """
        answer = self._api.call("GetFailoverSlateConfiguration", arn=arn)
        return answers.FailoverSlate.said(answer["failoverSlateConfiguration"])

    def list(self) -> Iterator[FailoverSlateSummary]:
        """All failover slates of the region.

        ListFailoverSlateConfigurations, 3 calls a second, 100 slates a call.
        """
        listed = self._api.pages("ListFailoverSlateConfigurations", "failoverSlateConfigurations")
        return map(answers.FailoverSlateSummary.said, listed)

    def update(
        self,
        arn: str,
        *,
        name: str | None = None,
        activation_threshold_seconds: int | None = None,
        min_slate_display_seconds: int | None = None,
        max_slate_display_seconds: int | None = None,
    ) -> FailoverSlate:
        """The changed failover slate, in state UPDATING for a while; None changes nothing.

        UpdateFailoverSlateConfiguration, 3 calls a second. Raises NotFound, Conflict,
        QuotaExceeded.
        """
        answer = self._api.call(
            "UpdateFailoverSlateConfiguration",
            arn=arn,
            name=name,
            activationThresholdSeconds=activation_threshold_seconds,
            minSlateDisplaySeconds=min_slate_display_seconds,
            maxSlateDisplaySeconds=max_slate_display_seconds,
        )
        return answers.FailoverSlate.said(answer["failoverSlateConfiguration"])

    def delete(self, arn: str) -> bool:
        """Delete the failover slate; False when there was none.

        DeleteFailoverSlateConfiguration, 3 calls a second. Raises Conflict while a channel refers
        to it.
        """
        return self._api.find("DeleteFailoverSlateConfiguration", arn=arn) is not None
