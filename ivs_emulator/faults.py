"""Faults on demand: what can go wrong between a caller and IVS, by probability or by count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from threading import Lock
from typing import Literal, get_args

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from .errors import InternalServerException, ServiceUnavailable, ThrottlingException

Kind = Literal["throttle", "500", "503", "timeout", "drop", "slow", "stale", "item"]

# No caller waits longer than this for an answer, and no read lags behind further.
MAX_SECONDS = 3_600.0


class ConnectionDropped(ConnectionClosedError):
    """No answer: the connection went away. To botocore in this process it is its own error."""


class TimedOut(ReadTimeoutError):
    """No answer in time. To botocore in this process it is its own error."""


@dataclass
class Fault:
    """One way to fail, for one operation or (None) for all.

    `after`: the call takes effect first. `seconds`: how long a slow answer or a time-out takes,
    and how far a stale read lags behind; `item`: one item of a batch, which is answered with an
    error of its own, as the batch revocation's may be. `count`: how often it strikes, None for
    always. Raises ValueError for a probability outside 0 to 1, seconds outside 0 to 3,600, a
    negative count, and an unknown kind.
    """

    kind: Kind
    operation: str | None = None
    probability: float = 1.0
    count: int | None = None
    after: bool = False
    seconds: float = 0.0

    def __post_init__(self) -> None:
        kinds = get_args(Kind)
        _require(self.kind in kinds, f"kind must be one of {', '.join(kinds)}")
        _require(0 <= self.probability <= 1, "probability must be from 0 to 1")
        _require(self.count is None or self.count >= 0, "count must be 0 or more")
        _require(0 <= self.seconds <= MAX_SECONDS, f"seconds must be from 0 to {MAX_SECONDS:g}")

    def strike(self) -> None:
        match self.kind:
            case "throttle":
                raise ThrottlingException("Rate exceeded")
            case "500" | "item":
                raise InternalServerException("an unexpected error, as ordered")
            case "503":
                raise ServiceUnavailable("not available now, as ordered")
            case "timeout":
                raise TimedOut(endpoint_url="https://ivs")
            case "drop":
                raise ConnectionDropped(endpoint_url="https://ivs")

    @property
    def delay(self) -> float:
        return self.seconds if self.kind in ("slow", "timeout") else 0.0

    @property
    def lag(self) -> float:
        return self.seconds if self.kind == "stale" else 0.0


class Faults:
    """The faults that are set; of those that fit a call, the first that hits strikes."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        """Remove all faults, and repeat the random choices from the start."""
        self._random = Random(self._seed)
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def set(self, faults: list[Fault], *, seed: int | None = None) -> None:
        """Replace all faults with these."""
        self._faults = list(faults)
        if seed is not None:
            self._random.seed(seed)

    def draw(self, operation: str, *, item: bool = False) -> Fault | None:
        """The fault that this call meets, or one item of it."""
        with self._lock:
            for fault in self._faults:
                of_this = fault.operation in (None, operation) and (fault.kind == "item") == item
                if of_this and self._hits(fault):
                    return fault
        return None

    def _hits(self, fault: Fault) -> bool:
        if fault.count == 0 or self._random.random() >= fault.probability:
            return False
        if fault.count is not None:
            fault.count -= 1
        return True


def _require(sensible: bool, what: str) -> None:
    if not sensible:
        raise ValueError(what)
