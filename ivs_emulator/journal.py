"""The events of all accounts and regions in the order that they were sent, each with a number."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from threading import Condition
from typing import Any

EVENTS_KEPT = 10_000

Event = dict[str, Any]
Numbered = tuple[int, Event]


class Journal:
    """The last 10,000 events, numbered from 1; after a reset the numbers go on."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._kept: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self._subscribers: list[Callable[[Event], None]] = []
        self.last = 0

    def add(self, event: Event) -> None:
        with self._changed:
            self.last += 1
            self._kept.append(event)
            for subscriber in self._subscribers:
                subscriber(event)
            self._changed.notify_all()

    def subscribe(self, subscriber: Callable[[Event], None]) -> None:
        """Call this with every event from now on, in order; it must neither wait nor raise."""
        with self._changed:
            self._subscribers.append(subscriber)

    def after(self, number: int) -> list[Numbered]:
        """The events after this one that are still kept.

        A number that no event has yet is of a journal before this one: all events are after it.
        """
        with self._changed:
            return self._after(number)

    def wait_after(self, number: int, seconds: float) -> list[Numbered]:
        """The same, but wait up to so many seconds for the first of them."""
        with self._changed:
            if not self._after(number):
                self._changed.wait(seconds)
            return self._after(number)

    def kept(self) -> tuple[int, list[Event]]:
        """The number of the last event, and the events that are kept."""
        with self._changed:
            return self.last, list(self._kept)

    def restore(self, last: int, events: list[Event]) -> None:
        """Go on after another journal, with no word to subscribers."""
        with self._changed:
            self.last = last
            self._kept.extend(events)

    def clear(self) -> None:
        with self._changed:
            self._kept.clear()

    def _after(self, number: int) -> list[Numbered]:
        kept_before = self.last - len(self._kept)
        first = 0 if number > self.last else max(0, number - kept_before)
        here = islice(self._kept, first, None)
        return list(enumerate(here, kept_before + first + 1))
