"""Counts what quotas of IVS are about, once an hour, and says which are nearly full."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger

from ivskit.automation.records import Round
from ivskit.client import Ivs
from ivskit.errors import FROM_BOTOCORE, IvsError
from ivskit.outcomes import Outcome, QuotaNearlyFull
from ivskit.policy.values import Mode
from ivskit.quota_use import CHANNELS, KEY_PAIRS, POLICIES, RECORDINGS, STREAMS, VIEWS, Quota, Use
from reconcile_streams.quota_watch.decide import is_due, recent, to_say, uses


@dataclass(frozen=True)
class Counted:
    """What is nearly full now, and what the next sweep needs to know."""

    changes: Mapping[str, Any]
    outcomes: Sequence[Outcome] = ()


class QuotaWatch:
    """The quotas of the region."""

    def __init__(
        self,
        ivs: Ivs,
        client: Any,
        *,
        mode: Mode,
        logger: Logger,
        clock: Callable[[], datetime],
    ) -> None:
        self._ivs = ivs
        self._client = client
        self._mode = mode
        self._logger = logger
        self._clock = clock

    def watch(
        self,
        last: Round,
        *,
        streams: int,
        viewers: int,
        channels: int | None,
        at: datetime,
        event_id: str,
    ) -> Counted:
        """Compare what is used with the quotas; channels: None until all were counted once."""
        points = recent(last.points, (at, streams, viewers))
        if not is_due(last.quotas_from, at=at):
            return Counted({"points": points, "near": last.near, "quotas_from": last.quotas_from})
        counted = {STREAMS: streams, VIEWS: viewers}
        counted |= {CHANNELS: channels} if channels is not None else {}
        counted |= self._allowed(self._configured, {})
        found = uses(counted, self._allowed(self._own, {}), points)
        new, near = to_say(found, last.near, at=at)
        outcomes = [self._outcome(use, at, event_id) for use in new]
        return Counted({"points": points, "near": near, "quotas_from": at}, outcomes)

    def _configured(self) -> Mapping[Quota, int]:
        """How many there are of what is seldom made."""
        return {
            KEY_PAIRS: sum(1 for _ in self._ivs.playback_keys.list()),
            POLICIES: sum(1 for _ in self._ivs.playback_restriction_policies.list()),
            RECORDINGS: sum(1 for _ in self._ivs.recording_configurations.list()),
        }

    def _own(self) -> Mapping[str, int]:
        """The quotas of the account, by code."""
        pages = self._client.get_paginator("list_service_quotas").paginate(ServiceCode="ivs")
        return {
            each["QuotaCode"]: round(each["Value"]) for page in pages for each in page["Quotas"]
        }

    def _allowed(
        self, read: Callable[[], Mapping[Any, int]], otherwise: Mapping[Any, int]
    ) -> Mapping[Any, int]:
        """What it reads; no quota is worth a sweep that fails."""
        try:
            return read()
        except (IvsError, *FROM_BOTOCORE) as error:
            self._logger.warning("Quota not read", error=str(error))
            return otherwise

    def _outcome(self, use: Use, at: datetime, event_id: str) -> Outcome:
        seconds = None if use.full_in is None else use.full_in.total_seconds()
        forecast = "" if seconds is None else f", full in {round(seconds / 60)} min at this rate"
        used = f"{use.used} of {use.quota} {use.name} are used ({use.share:.0%}){forecast}"
        return QuotaNearlyFull(
            cause=f"{use.name}: nearly full at {at.isoformat()}",
            reason=f"{used}; {use.what_to_do}",
            mode=self._mode,
            at=self._clock(),
            event_id=event_id,
            quota=use.name,
            used=use.used,
            of=use.quota,
            share=round(use.share, 4),
            is_own=use.is_own,
            full_in_seconds=seconds,
        )
