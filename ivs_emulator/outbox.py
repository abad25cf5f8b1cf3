"""Events on their way to somebody else: in order, from a thread of their own, tried again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Event, Thread
from typing import Any, TextIO

from .excerpts import excerpt

ROOM = 1_000
# Pauses before the second try and the third; after that an event is given up.
PAUSES = (0.5, 2.0)
# How long the events that still wait may take once nothing more comes.
LEAVE_SECONDS = 2.0


class NotDelivered(Exception):
    """One try failed; the text says why."""


class Outbox:
    """Takes events at once and delivers them one after the other.

    `where`: for the log, which gets a line for each event that was not delivered. `deliver`: tries
    once, and raises NotDelivered. While 1,000 events wait, new ones are dropped.
    """

    def __init__(
        self,
        where: str,
        deliver: Callable[[dict[str, Any]], None],
        log: TextIO,
        *,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._where, self._deliver, self._log, self._pauses = where, deliver, log, pauses
        self._changed = Condition()
        self._waiting: deque[dict[str, Any]] = deque()
        self._closing = Event()
        self._thread = Thread(target=self._run, name=where, daemon=True)
        self._thread.start()

    def send(self, event: dict[str, Any]) -> None:
        """Deliver it soon; returns at once, and never raises."""
        with self._changed:
            if len(self._waiting) < ROOM:
                self._waiting.append(event)
                self._changed.notify()
                return
        self._say(event, f"was dropped: {ROOM} others wait already")

    def close(self) -> None:
        """Deliver what waits, each with one try more, for at most two seconds; drop the rest."""
        with self._changed:
            self._closing.set()
            self._changed.notify()
        self._thread.join(LEAVE_SECONDS)
        with self._changed:
            left = len(self._waiting)
            self._waiting.clear()
        if left:
            print(f"{self._where}: {left} events were not sent", file=self._log, flush=True)

    def _run(self) -> None:
        while event := self._next():
            self._try(event)

    def _next(self) -> dict[str, Any] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing.is_set())
            return self._waiting.popleft() if self._waiting else None

    def _try(self, event: dict[str, Any]) -> None:
        for pause in (*self._pauses, None):
            try:
                self._deliver(event)
            except Exception as error:  # whatever it is, the events after it must still go
                if pause is None or self._closing.wait(pause):
                    self._say(event, f"was given up: {excerpt(_why(error))}")
                    return
            else:
                return

    def _say(self, event: dict[str, Any], what: str) -> None:
        line = f"{self._where}: {event['detail-type']} {event['id']} {what}"
        print(line, file=self._log, flush=True)


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, NotDelivered) else f"{type(error).__name__}: {error}"
