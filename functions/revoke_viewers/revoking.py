"""The calls that revoke a chunk: one for all of it, or one for each of its pairs.

Where IVS refuses a call for all because of one pair, the client looks for that one in calls for
fewer, all in the same lane.
"""

from collections.abc import Mapping

from ivskit.client import Ivs
from ivskit.client.viewer_sessions import Viewer
from ivskit.errands import Chunk
from ivskit.errors import IvsError

Answers = Mapping[Viewer, Viewer | IvsError]


def revoke(ivs: Ivs, chunk: Chunk) -> Answers:
    """What IVS says of each pair; raises what a whole call failed with, if it may work later."""
    if chunk.way == "single":
        return {viewer: _revoke_one(ivs, viewer) for viewer in chunk.viewers}
    return ivs.viewer_sessions.revoke_batch(chunk.viewers)


def _revoke_one(ivs: Ivs, viewer: Viewer) -> Viewer | IvsError:
    try:
        ivs.viewer_sessions.revoke(viewer)
    except IvsError as error:
        return error
    return viewer
