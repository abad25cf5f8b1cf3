"""The metadata that welcomes viewers: the settings define it, and a channel's tag names it.

The stacks pass it to queue_metadata as one JSON environment variable.
"""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from ivskit.durations import Limit, format_duration
from ivskit.metadata_text import metadata_text

# Each repetition asks IVS whether the session is still live, at five calls a second for all.
SHORTEST_EVERY = timedelta(seconds=30)
# All environment variables of a function together may take 4 KB.
LARGEST = 2_500


def _sendable(metadata: Any) -> Any:
    metadata_text(metadata)
    return metadata


def _long_enough(every: timedelta | None) -> timedelta | None:
    if every is not None and every < SHORTEST_EVERY:
        shortest = format_duration(SHORTEST_EVERY)
        raise ValueError(f"should be off, or {shortest} at least, not {format_duration(every)}")
    return every


class Welcome(BaseModel):
    """Metadata for a stream that starts, and again for viewers who join later."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    metadata: Annotated[Any, AfterValidator(_sendable)]
    every: Annotated[Limit, AfterValidator(_long_enough)] = None


# A name is the value of a tag.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/=+@-]{1,64}$")]


def _few_enough(welcomes: dict[str, Welcome]) -> dict[str, Welcome]:
    size = sum(len(name + one.model_dump_json()) for name, one in welcomes.items())
    if size > LARGEST:
        raise ValueError(f"together they take {size} bytes, and the limit is {LARGEST}")
    return welcomes


Welcomes = Annotated[dict[Name, Welcome], AfterValidator(_few_enough)]
