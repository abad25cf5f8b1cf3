"""`GET /_ivs/events` as server-sent events: what was sent since, and then each as it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from .connections import Answer
from .inputs import number_of_event
from .journal import Journal, Numbered

MEDIA_TYPE = "text/event-stream"
# So often a silent stream gets a comment: a reader that has gone is noticed by it.
SILENCE_SECONDS = 5.0


def is_wanted(headers: Mapping[str, str]) -> bool:
    """Whether the reader asked for a stream."""
    return MEDIA_TYPE in headers.get("accept", "").lower()


def stream(journal: Journal, headers: Mapping[str, str], query: Mapping[str, str]) -> Answer:
    """The stream after `Last-Event-ID`, which a reader sends who lost the connection, or `since`.

    Raises BadInput.
    """
    if "last-event-id" in headers:
        after = number_of_event("Last-Event-ID", headers["last-event-id"])
    else:
        after = number_of_event("since", query.get("since", "0"))
    said = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"}
    return Answer(200, said, stream=_parts(journal, after))


def _parts(journal: Journal, after: int) -> Iterator[bytes]:
    found = journal.after(after)
    # At once, even if there is no event yet, so that the reader knows that it is connected.
    yield b"".join([_gap(after, found), *map(_shown, found)]) or b":\n\n"
    while True:
        after = found[-1][0] if found else min(after, journal.last)
        found = journal.wait_after(after, SILENCE_SECONDS)
        yield b"".join([_gap(after, found), *map(_shown, found)]) or b":\n\n"


def _gap(after: int, found: list[Numbered]) -> bytes:
    missing = found[0][0] - after - 1 if found else 0
    return f": {missing} events before this one are no longer kept\n\n".encode() * (missing > 0)


def _shown(numbered: Numbered) -> bytes:
    number, event = numbered
    return f"event: event\nid: {number}\ndata: {json.dumps(event)}\n\n".encode()
