"""Ids of live streams, remembered from sweep to sweep in a few bytes each."""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

# Among 5,000 streams, two collide with a probability of 1 to 20 million.
_BYTES = 6
# What a stream is remembered for is checked again once in so many sweeps.
TURNS = 12
_SWEEP_SECONDS = 300


class StreamSet:
    """Stream ids by their digests; 5,000 of them take 40 KB of text."""

    def __init__(self, text: str = "") -> None:
        packed = b64decode(text)
        starts = range(0, len(packed), _BYTES)
        self._digests = {packed[start : start + _BYTES] for start in starts}

    def __contains__(self, stream_id: str) -> bool:
        return _digest(stream_id) in self._digests

    def __len__(self) -> int:
        return len(self._digests)

    def __str__(self) -> str:
        return b64encode(b"".join(sorted(self._digests))).decode()

    def add(self, stream_id: str) -> None:
        """Remember a stream."""
        self._digests.add(_digest(stream_id))

    def keep(self, stream_ids: Iterable[str], *, at: datetime) -> None:
        """Forget all but these, and also those of them that this sweep checks again."""
        turn = int(at.timestamp()) // _SWEEP_SECONDS % TURNS
        live = {_digest(stream_id) for stream_id in stream_ids}
        self._digests = {one for one in self._digests & live if one[0] % TURNS != turn}


def _digest(stream_id: str) -> bytes:
    return blake2b(stream_id.encode(), digest_size=_BYTES).digest()
