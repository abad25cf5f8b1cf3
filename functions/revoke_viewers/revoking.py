"""The calls that revoke a chunk: one for all of it, or one for each of its pairs."""

from collections.abc import Mapping

from ivskit.client import Ivs
from ivskit.client.viewer_sessions import Viewer
from ivskit.errands import Chunk
from ivskit.errors import IvsError, Refused

Answers = Mapping[Viewer, Viewer | IvsError]


def revoke(ivs: Ivs, chunk: Chunk) -> Answers:
    """What IVS says of each pair; raises what a whole call failed with, if it may work later."""
    if chunk.way == "single":
        return {viewer: _revoke_one(ivs, viewer) for viewer in chunk.viewers}
    try:
        return ivs.viewer_sessions.revoke_batch(chunk.viewers)
    except Refused as error:
        return dict.fromkeys(chunk.viewers, error)


def _revoke_one(ivs: Ivs, viewer: Viewer) -> Viewer | IvsError:
    try:
        ivs.viewer_sessions.revoke(viewer)
    except IvsError as error:
        return error
    return viewer
