"""A first pass over all viewers that a job names, before anything is sent."""

from array import array
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

from ivskit import quotas
from ivskit.errors import Invalid
from ivskit.jobs.records import Rejected
from ivskit.viewers import Viewer
from plan_revocation.manifest import MOST_ROWS

# Twice as many as a region has, to allow for deleted channels.
MOST_CHANNELS = 2 * quotas.CHANNELS
_EIGHT_BYTES, _FEWEST_SLOTS = 8, 1 << 12
_TAKEN = -1


class Seen:
    """Pairs of channel and viewer, each with its highest version, in 12 bytes a slot.

    A hash table by hand, since Python's own takes six times as much. A pair is known by 64 bits of
    its digest: among a million, two are taken for one with a probability of 1 to 37 million.
    """

    def __init__(self) -> None:
        self._pairs = 0
        self._make(_FEWEST_SLOTS)

    def __len__(self) -> int:
        return self._pairs

    def add(self, viewer: Viewer) -> bool:
        """Whether the pair is new; its highest version is remembered."""
        digest = _digest(viewer)
        slot = self._slot(digest)
        if self._digests[slot]:
            self._versions[slot] = max(self._versions[slot], viewer.up_to_version)
            return False
        self._put(slot, digest, viewer.up_to_version)
        return True

    def take(self, viewer: Viewer) -> Viewer | None:
        """The pair with its highest version, the first time; None afterwards."""
        digest = _digest(viewer)
        slot = self._slot(digest)
        if not self._digests[slot]:
            # It came after the survey: an audience grows while it is read.
            self._put(slot, digest, _TAKEN)
            return viewer
        version, self._versions[slot] = self._versions[slot], _TAKEN
        if version == _TAKEN:
            return None
        return Viewer(viewer.channel_arn, viewer.viewer_id, version)

    def _make(self, slots: int) -> None:
        # A digest of 0 marks a slot that is free.
        self._digests = array("Q", [0]) * slots
        self._versions = array("i", [0]) * slots
        self._last = slots - 1

    def _slot(self, digest: int) -> int:
        slot = digest & self._last
        while self._digests[slot] not in (0, digest):
            slot = (slot + 1) & self._last
        return slot

    def _put(self, slot: int, digest: int, version: int) -> None:
        self._digests[slot], self._versions[slot] = digest, version
        self._pairs += 1
        if 3 * self._pairs > 2 * len(self._digests):
            self._grow()

    def _grow(self) -> None:
        digests, versions = self._digests, self._versions
        self._make(2 * len(digests))
        for digest, version in zip(digests, versions, strict=True):
            if digest:
                slot = self._slot(digest)
                self._digests[slot], self._versions[slot] = digest, version


def _digest(viewer: Viewer) -> int:
    text = f"{viewer.channel_arn}\n{viewer.viewer_id}".encode()
    return int.from_bytes(blake2b(text, digest_size=_EIGHT_BYTES).digest()) or 1


class Survey:
    """Counts the pairs of each channel, and the rows that name no viewer."""

    def __init__(self, rows: Iterable[Viewer | Rejected]) -> None:
        self.seen = Seen()
        self.channels: Counter[str] = Counter()
        self.rejected = 0
        self.without_version = 0
        for number, row in enumerate(rows, start=1):
            if number > MOST_ROWS:
                raise Invalid(f"names more than {MOST_ROWS} pairs of channel and viewer; split it")
            self._meet(row)

    def _meet(self, row: Viewer | Rejected) -> None:
        if isinstance(row, Rejected):
            self.rejected += 1
        elif self.seen.add(row):
            self.channels[row.channel_arn] += 1
            self.without_version += row.up_to_version == 0
            if len(self.channels) > MOST_CHANNELS:
                raise Invalid(f"names more than {MOST_CHANNELS} channels")
