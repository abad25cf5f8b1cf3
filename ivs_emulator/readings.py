"""Where the documentation is silent: the reading that is hardest on callers, or the other one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reading = Literal["strict", "lenient"]


@dataclass(frozen=True)
class Readings:
    """What the emulator does where callers could suffer from either reading; all off is strict."""

    # GetStream, StopStream and PutMetadata take a stream for live from Session Created on.
    live_once_created: bool = False
    # StopStream ends the stream before it answers.
    stops_at_once: bool = False
    # DeleteStreamKey ends the stream that came with the key, as StopStream does.
    deleted_key_ends_stream: bool = False
    # A session has its end time with Stream End.
    end_time_at_once: bool = False
    # The stream key that CreateChannel makes gets the channel's tags.
    tags_reach_key: bool = False
    # A breach names its limit as in the schema registry, not as in the user guide.
    limit_as_registered: bool = False


READINGS: dict[Reading, Readings] = {
    "strict": Readings(),
    "lenient": Readings(
        live_once_created=True,
        stops_at_once=True,
        deleted_key_ends_stream=True,
        end_time_at_once=True,
        tags_reach_key=True,
        limit_as_registered=True,
    ),
}
