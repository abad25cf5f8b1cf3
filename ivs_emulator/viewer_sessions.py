"""Viewer sessions: IVS knows only which of them were revoked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import ApiError
from .resources import find, item_error

if TYPE_CHECKING:
    from .models import IVSBackend

REVOCATIONS_KEPT = 100_000  # per channel
_BATCH = "BatchStartViewerSessionRevocation"


class Revocations:
    """The version up to which each viewer is revoked; the oldest entries are dropped first."""

    def __init__(self) -> None:
        self._up_to: dict[str, OrderedDict[str, int]] = {}

    def add(self, channel_arn: str, viewer_id: str, up_to: int) -> None:
        viewers = self._up_to.setdefault(channel_arn, OrderedDict())
        viewers[viewer_id] = max(up_to, viewers.get(viewer_id, 0))
        viewers.move_to_end(viewer_id)
        if len(viewers) > REVOCATIONS_KEPT:
            viewers.popitem(last=False)

    def covers(self, channel_arn: str, viewer_id: str, version: int) -> bool:
        viewers = self._up_to.get(channel_arn)
        return viewers is not None and version <= viewers.get(viewer_id, -1)

    def of(self, channel_arn: str) -> Mapping[str, int]:
        """The version up to which each viewer of the channel is revoked."""
        return self._up_to.get(channel_arn, {})

    def forget(self, channel_arn: str) -> None:
        """Drop the revocations of a deleted channel."""
        self._up_to.pop(channel_arn, None)

    def __len__(self) -> int:
        return sum(map(len, self._up_to.values()))


def start_viewer_session_revocation(
    ivs: IVSBackend,
    *,
    channel_arn: str,
    viewer_id: str,
    viewer_session_versions_less_than_or_equal_to: int = 0,
) -> None:
    find(ivs.channels, channel_arn)
    ivs.revocations.add(channel_arn, viewer_id, viewer_session_versions_less_than_or_equal_to)


def batch_start_viewer_session_revocation(
    ivs: IVSBackend, *, viewer_sessions: list[dict[str, Any]]
) -> dict[str, object]:
    errors = []
    for pair in viewer_sessions:
        try:
            fault = ivs.faults.draw(_BATCH, item=True)
            if fault:
                fault.strike()
            start_viewer_session_revocation(ivs, **pair)
        except ApiError as error:
            item = {"channelArn": pair["channel_arn"], "viewerId": pair["viewer_id"]}
            errors.append(item_error(error, **item))
    return {"errors": errors}
