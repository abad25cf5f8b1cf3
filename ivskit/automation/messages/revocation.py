"""The messages that the two functions of a revocation exchange, shaped like events.

A job's pairs are stored in parts; a part is sent as chunks, each of them one call or a few.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from ivskit import formats, names, quotas
from ivskit.jobs.records import Failed
from ivskit.viewers import Viewer


def _of_a_lane(operation: str) -> int:
    return int(quotas.SHARES[operation]["revoke_viewers"]) // names.REVOCATION_LANES


# Calls a second of each lane.
BATCH_CALLS = _of_a_lane("BatchStartViewerSessionRevocation")
SINGLE_CALLS = _of_a_lane("StartViewerSessionRevocation")
PAIRS_PER_PART = 1_000
CHUNKS_PER_PART = PAIRS_PER_PART // quotas.VIEWER_SESSIONS_PER_BATCH

# batch: one call with all of the chunk's pairs; single: one call for each, by a queue of its own.
Way = Literal["batch", "single"]
CHUNK_SIZES: Mapping[Way, int] = {
    "batch": quotas.VIEWER_SESSIONS_PER_BATCH,
    "single": SINGLE_CALLS,
}


class _RevocationMessage(BaseModel):
    """The fields of every such message: the job, and the event that began it."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    job: str
    event_id: str

    def message(self) -> str:
        """The body of the queue's message."""
        envelope = {
            "v": formats.MESSAGE,
            "id": self.event_id,
            # As the last release names it, which reads no other name.
            "source": names.FORMER_REVOCATION_SOURCE,
            "detail-type": _NAMES[type(self)],
            "detail": self.model_dump(mode="json", exclude_defaults=True),
        }
        return json.dumps(envelope, separators=(",", ":"))


class Chunk(_RevocationMessage):
    """A few pairs to revoke; it is counted once, when the result of each pair is known.

    of: how many chunks the part has; size: how many pairs the chunk has, finished ones included;
    viewers: the unfinished pairs; tries: how often IVS answered and failed them; waits: how often
    in a row IVS was unavailable, since failing_since.
    """

    way: Way
    number: int
    of: int
    size: int
    viewers: tuple[Viewer, ...]
    failures: tuple[Failed, ...] = ()
    tries: int = 0
    waits: int = 0
    failing_since: AwareDatetime | None = None

    @property
    def part(self) -> int:
        """The part that the chunk belongs to."""
        return self.number // CHUNKS_PER_PART


class ContinuePlanning(_RevocationMessage):
    """Continue planning: send what is missing of this part and all later ones."""

    part: int


class FinishJob(_RevocationMessage):
    """Write the report: nothing else is left to do."""


RevocationMessage = Chunk | ContinuePlanning | FinishJob
_NAMES: Mapping[type[_RevocationMessage], str] = {
    Chunk: "Revoke Chunk",
    # As the last release names it, which reads no other name.
    ContinuePlanning: "Plan On",
    FinishJob: "Finish Job",
}
_MODELS = {name: model for model, name in _NAMES.items()} | {"Continue Planning": ContinuePlanning}


def parse_revocation_message(event: Mapping[str, Any]) -> RevocationMessage:
    """The message that an event carries; raises pydantic's ValidationError."""
    message: Any = _MODELS[event["detail-type"]].model_validate(event["detail"])
    return message  # type: ignore[no-any-return]  # one of the three, says the table
