"""From a stream of rows to parts, and from a part to its chunks."""

from collections.abc import Collection, Iterable, Iterator

from ivskit.automation.messages.revocation import (
    CHUNK_SIZES,
    CHUNKS_PER_PART,
    PAIRS_PER_PART,
    Chunk,
    Way,
)
from ivskit.jobs.records import Job, Part, Rejected
from ivskit.viewers import Viewer
from plan_revocation.sources import Position
from plan_revocation.survey import Seen

# The most rejected rows in a part.
REJECTED_PER_PART = 1_000
# DynamoDB takes 400 KB; when zipped, not even random text grows by half.
BYTES_PER_PART = 200_000


class Packing:
    """The parts of a job after the one written last.

    It reads all rows, those of earlier parts too: a pair belongs where it occurs first.
    """

    def __init__(self, skipped: Collection[str], after: Part | None) -> None:
        self._skipped = skipped
        self._done: Position = after.position if after else ()
        self._position = self._done
        self._number = after.number + 1 if after else 0
        self._with_pairs = after.parts_with_pairs if after else 0
        self._so_far = after.pairs_so_far if after else 0
        self._begin()

    def parts(
        self, rows: Iterable[tuple[Position, Viewer | Rejected]], seen: Seen
    ) -> Iterator[Part]:
        """Every part, as soon as it is full, and the rest as the last one."""
        for position, row in rows:
            wanted = self._wanted(row, seen)
            if wanted is None or position <= self._done:
                continue
            self._add(position, wanted)
            if self._is_full():
                yield self._part()
        if self._pairs or self._rejected:
            yield self._part()

    def torn(self, reason: str) -> Part:
        """The last part, where reading failed."""
        self._rejected.append(Rejected(row=None, reason=reason))
        return self._part()

    def _begin(self) -> None:
        self._pairs: list[Viewer] = []
        self._rejected: list[Rejected] = []
        self._bytes = 0

    def _wanted(self, row: Viewer | Rejected, seen: Seen) -> Viewer | Rejected | None:
        if isinstance(row, Rejected):
            return row
        return None if row.channel_arn in self._skipped else seen.take(row)

    def _add(self, position: Position, row: Viewer | Rejected) -> None:
        self._position = position
        self._bytes += _bytes_of(row)
        if isinstance(row, Rejected):
            self._rejected.append(row)
        else:
            self._pairs.append(row)

    def _is_full(self) -> bool:
        return (
            len(self._pairs) == PAIRS_PER_PART
            or len(self._rejected) == REJECTED_PER_PART
            or self._bytes >= BYTES_PER_PART
        )

    def _part(self) -> Part:
        self._with_pairs += bool(self._pairs)
        self._so_far += len(self._pairs)
        part = Part(
            number=self._number,
            pairs=tuple(self._pairs),
            rejected=tuple(self._rejected),
            position=self._position,
            parts_with_pairs=self._with_pairs,
            pairs_so_far=self._so_far,
        )
        self._number += 1
        self._begin()
        return part


def _bytes_of(row: Viewer | Rejected) -> int:
    text = row.reason if isinstance(row, Rejected) else row.channel_arn + row.viewer_id
    return len(text.encode())


def chunks_of(job: Job, part: Part, way: Way) -> list[Chunk]:
    """All chunks of a part; their numbers continue from part to part."""
    size, first = CHUNK_SIZES[way], part.number * CHUNKS_PER_PART
    packed = [part.pairs[begin : begin + size] for begin in range(0, len(part.pairs), size)]
    return [
        Chunk(
            job=job.id,
            event_id=job.begun.event_id,
            way=way,
            number=first + index,
            of=len(packed),
            size=len(viewers),
            viewers=viewers,
        )
        for index, viewers in enumerate(packed)
    ]
