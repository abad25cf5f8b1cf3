"""The steps of a run: what each took, and what must hold in it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

POLL_SECONDS = 0.1


class Failed(Exception):
    """What should hold does not."""


def check(holds: object, what: str) -> None:
    """Raise Failed unless it holds; `what` says what should, without any stream key."""
    if not holds:
        raise Failed(what)


def until(holds: Callable[[], object], what: str, *, seconds: float = 30) -> None:
    """Wait until it holds; raise Failed after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        check(time.monotonic() < deadline, f"{what}, within {seconds:g} s")
        time.sleep(POLL_SECONDS)


@dataclass
class Steps:
    """Prints each step as it ends."""

    taken: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        except Failed as failed:
            raise Failed(f"{name}: {failed}") from failed
        self.taken.append((name, time.monotonic() - began))
        print(f"{self.taken[-1][1]:7.1f} s  {name}", flush=True)

    def total(self) -> float:
        """All steps together, in seconds."""
        return sum(seconds for _, seconds in self.taken)
