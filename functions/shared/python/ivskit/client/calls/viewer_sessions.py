"""Viewer sessions of private channels: IVS cannot list them, only revoke them.

Source: IVS Low-Latency Streaming API reference, User Guide "Setting Up Private Channels", and
service quotas. A revocation covers sessions whose token names the viewer and has a session version
up to the given one; it does nothing on a channel that is not private.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ivskit import quotas
from ivskit.client.bulk import Bulk, in_bulk, refusal
from ivskit.errors import IvsError

if TYPE_CHECKING:
    from ivskit.client.api import Api
    from ivskit.client.viewer_sessions import Viewer

_BATCH = "BatchStartViewerSessionRevocation"


class ViewerSessions:
    """Calls about viewer sessions."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def revoke(self, viewer: Viewer) -> None:
        """Stop the viewer's playback, and refuse the tokens it was started with.

        StartViewerSessionRevocation, 10 calls a second. IVS does not say when it is done, nor
        whether there was such a viewer. Raises NotFound for an unknown channel.
        """
        self._api.call("StartViewerSessionRevocation", **_sent(viewer))

    def revoke_many(self, viewers: Iterable[Viewer]) -> Bulk[Viewer, Viewer]:
        """Revoke any number of viewers' sessions; of one viewer's versions, up to the highest.

        BatchStartViewerSessionRevocation, 2 calls a second, 20 viewers a call. The results are
        those whose revocation was accepted, each once and in the order given. Failures are what
        IVS said of one viewer, NotSent for a malformed one, and whatever a whole call failed with.
        """
        return in_bulk(
            _highest(viewers),
            size=quotas.VIEWER_SESSIONS_PER_BATCH,
            check=lambda chunk: self._api.check(_BATCH, _batch(chunk)),
            call=self.revoke_batch,
        )

    def revoke_batch(self, viewers: Sequence[Viewer]) -> Mapping[Viewer, Viewer | IvsError]:
        """Revoke up to 20 viewers in one call: each comes back as it is, or with what went wrong.

        BatchStartViewerSessionRevocation, 2 calls a second. Raises what the whole call failed with,
        NotSent for a malformed viewer.
        """
        self._api.check(_BATCH, _batch(viewers))
        answer = self._api.send(_BATCH, _batch(viewers))
        failed = {
            (said["channelArn"], said["viewerId"]): refusal(_BATCH, said)
            for said in answer.get("errors", ())
        }
        return {
            viewer: failed.get((viewer.channel_arn, viewer.viewer_id), viewer) for viewer in viewers
        }


def _batch(viewers: Sequence[Viewer]) -> Mapping[str, Any]:
    return {"viewerSessions": [_sent(viewer) for viewer in viewers]}


def _sent(viewer: Viewer) -> Mapping[str, Any]:
    return {
        "channelArn": viewer.channel_arn,
        "viewerId": viewer.viewer_id,
        "viewerSessionVersionsLessThanOrEqualTo": viewer.up_to_version,
    }


def _highest(viewers: Iterable[Viewer]) -> Iterable[Viewer]:
    kept: dict[tuple[str, str], Viewer] = {}
    for viewer in viewers:
        key = (viewer.channel_arn, viewer.viewer_id)
        if key not in kept or viewer.up_to_version > kept[key].up_to_version:
            kept[key] = viewer
    return kept.values()
