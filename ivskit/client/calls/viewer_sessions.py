"""Viewer sessions of private channels: IVS cannot list them, only revoke them.

Source: IVS Low-Latency Streaming API reference, User Guide "Setting Up Private Channels", and
service quotas. A revocation covers sessions whose token names the viewer and has a session version
up to the given one; it does nothing on a channel that is not private.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ivskit import quotas
from ivskit.client.bulk import Bulk, in_bulk, isolated, malformed_in, refusal
from ivskit.client.viewer_sessions import Viewer
from ivskit.errors import Invalid, IvsError, NotSent, Refused

if TYPE_CHECKING:
    from ivskit.client.api import Api

_BATCH = "BatchStartViewerSessionRevocation"


class ViewerSessions:
    """Calls about viewer sessions."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def revoke(self, viewer: Viewer) -> None:
        """Stop the viewer's playback, and refuse the tokens it was started with.

        StartViewerSessionRevocation, 10 calls a second. IVS reports neither when it is done nor
        whether there was such a viewer. Raises NotFound for an unknown channel.
        """
        self._api.call("StartViewerSessionRevocation", **_sent(viewer))

    def revoke_many(self, viewers: Iterable[Viewer]) -> Bulk[Viewer, Viewer]:
        """Revoke any number of viewers' sessions; of one viewer's versions, up to the highest.

        BatchStartViewerSessionRevocation, 2 calls a second, 20 viewers a call. The results are
        those whose revocation was accepted, each once and in the order given. Failures are IVS's
        error for one viewer, NotSent for a malformed one, and whatever a whole call failed with.
        """
        return in_bulk(
            _highest(viewers),
            size=quotas.VIEWER_SESSIONS_PER_BATCH,
            check=self._check,
            call=self.revoke_batch,
        )

    def revoke_batch(self, viewers: Sequence[Viewer]) -> Mapping[Viewer, Viewer | IvsError]:
        """Revoke up to 20 viewers in one call: the answer maps each to itself, or to its error.

        BatchStartViewerSessionRevocation, 2 calls a second. The error of a malformed viewer is
        NotSent; a call that IVS refuses because of one viewer is repeated in halves, in at most 12
        more calls. Raises NotSent for more than 20 viewers, and errors that may pass.
        """
        wrong = {
            viewers[index]: error
            for index, error in malformed_in(viewers, size=len(viewers) or 1, check=self._check)
        }
        sound = [viewer for viewer in viewers if viewer not in wrong]
        if sound:
            self._check(sound)
        return wrong | isolated(sound, self._send, by_one=_by_one)

    def _check(self, viewers: Sequence[Viewer]) -> None:
        self._api.check(_BATCH, _batch(viewers))

    def _send(self, viewers: Sequence[Viewer]) -> Mapping[Viewer, Viewer | IvsError]:
        answer = self._api.send(_BATCH, _batch(viewers))
        failed = {
            (said["channelArn"], said["viewerId"]): refusal(_BATCH, said)
            for said in answer.get("errors", ())
        }
        return {
            viewer: failed.get((viewer.channel_arn, viewer.viewer_id), viewer) for viewer in viewers
        }


def _by_one(viewers: Sequence[Viewer], error: Refused) -> bool:
    """Whether a single viewer may be at fault: IVS refuses invalid viewers, else whole channels."""
    return isinstance(error, Invalid) or len({viewer.channel_arn for viewer in viewers}) > 1


def _batch(viewers: Sequence[Viewer]) -> Mapping[str, Any]:
    return {"viewerSessions": [_sent(viewer) for viewer in viewers]}


def _sent(viewer: Viewer) -> Mapping[str, Any]:
    if not isinstance(viewer, Viewer):
        raise NotSent(_BATCH, field="viewerSessions", limit="a Viewer", value=type(viewer).__name__)
    return {
        "channelArn": viewer.channel_arn,
        "viewerId": viewer.viewer_id,
        "viewerSessionVersionsLessThanOrEqualTo": viewer.up_to_version,
    }


def _highest(viewers: Iterable[Viewer]) -> Iterator[Viewer]:
    """Each viewer once, up to the highest version; malformed ones unchanged."""
    kept: dict[object, Viewer] = {}
    for viewer in viewers:
        key = _identity(viewer)
        known = kept.setdefault(key, viewer)
        if viewer is not known and viewer.up_to_version > known.up_to_version:
            kept[key] = viewer
    yield from kept.values()


def _identity(viewer: Viewer) -> object:
    match viewer:
        case Viewer(channel_arn=str(arn), viewer_id=str(name), up_to_version=int(version)):
            if 0 <= version <= quotas.REVOCABLE_VERSION:
                return arn, name
    # Malformed, and equal to nothing else.
    return id(viewer)
