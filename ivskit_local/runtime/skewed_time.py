"""The clocks of functions, each of which may be off by some time."""

from datetime import datetime, timedelta, tzinfo

from ivskit_local.runtime.gate import Gate
from ivskit_local.runtime.threads import current_task


class SkewedTime:
    """The source of `ivskit.clock`: each function's clock may be off by some time."""

    def __init__(self, gate: Gate) -> None:
        self.skews: dict[str, timedelta] = {}
        self._gate = gate

    def now(self, zone: tzinfo) -> datetime:
        """The time as the calling function sees it."""
        task = current_task()
        caller = self._gate.callers.get(task) if task is not None else None
        skew = self.skews.get(caller.function, timedelta()) if caller else timedelta()
        return datetime.now(zone) + skew
