"""The calls that revoke a chunk: one for all of it, or one for each of its pairs.

Where IVS refuses a call because of one pair, the client isolates that pair with smaller calls, all
in the same lane.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ivskit import names
from ivskit.automation.messages.revocation import Chunk
from ivskit.client import Ivs
from ivskit.errors import Ambiguous, IvsError, Refused, Unavailable
from ivskit.viewers import Viewer
from revoke_viewers.decide import Said

# What an invocation needs besides the time of its longest call so far to begin another. With less
# than RECORD_SECONDS left after it, the consumer would begin no record, and each would lose a try.
_RESERVE = (names.RECORD_SECONDS + 1) * 1000


class Revoker:
    """Revokes the chunks of one invocation, as far as its time allows."""

    def __init__(self, ivs: Ivs, *, milliseconds_left: Callable[[], int]) -> None:
        self._ivs = ivs
        self._milliseconds_left = milliseconds_left
        self._longest = 0
        self._outage: IvsError | None = None

    def revoke(self, chunk: Chunk) -> Said:
        """The result of each pair, up to the first failed call that may succeed later."""
        if not self._has_time():
            return Said(outage=self._outage)
        said = self._one_by_one(chunk) if chunk.way == "single" else self._together(chunk)
        self._outage = said.outage
        return said

    def _has_time(self) -> bool:
        return self._milliseconds_left() >= _RESERVE + self._longest

    @contextmanager
    def _timed(self) -> Iterator[None]:
        before = self._milliseconds_left()
        try:
            yield
        finally:
            self._longest = max(self._longest, before - self._milliseconds_left())

    def _together(self, chunk: Chunk) -> Said:
        try:
            with self._timed():
                return Said(self._ivs.viewer_sessions.revoke_batch(chunk.viewers))
        except (Ambiguous, Unavailable) as error:
            return Said(outage=error)

    def _one_by_one(self, chunk: Chunk) -> Said:
        answers: dict[Viewer, Viewer | IvsError] = {}
        for viewer in chunk.viewers:
            if answers and not self._has_time():
                break
            try:
                answers[viewer] = self._revoke_one(viewer)
            except (Ambiguous, Unavailable) as error:
                return Said(answers, error)
        return Said(answers)

    def _revoke_one(self, viewer: Viewer) -> Viewer | Refused:
        try:
            with self._timed():
                self._ivs.viewer_sessions.revoke(viewer)
        except Refused as error:
            return error
        return viewer
