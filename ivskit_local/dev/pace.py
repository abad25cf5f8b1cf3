"""How fast a stage's time passes, against the clock of this machine."""

from datetime import datetime, timedelta
from time import perf_counter

FASTEST = 3600


class Pace:
    """Says what time it is to be; perf_counter, since the world changes every other clock."""

    def __init__(self, now: datetime, *, speed: float, paused: bool) -> None:
        self.speed = speed
        self.paused = paused
        self._since = perf_counter(), now

    def target(self) -> datetime:
        """What time it is to be now."""
        began, moment = self._since
        if self.paused:
            return moment
        return moment + timedelta(seconds=(perf_counter() - began) * self.speed)

    def set(self, now: datetime, *, speed: float | None = None, paused: bool | None = None) -> None:
        """Go on from this moment, at this speed."""
        self.speed = self.speed if speed is None else speed
        self.paused = self.paused if paused is None else paused
        self._since = perf_counter(), now

    def seconds_until(self, moment: datetime) -> float | None:
        """How long until then on this machine's clock; None while time stands still."""
        if self.paused:
            return None
        return (moment - self.target()).total_seconds() / self.speed
