"""Faults on demand: what can go wrong between a caller and IVS, by probability or by count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from .errors import InternalServerException, ServiceUnavailable, ThrottlingException

Kind = Literal["throttle", "500", "503", "timeout", "drop", "slow", "stale", "item"]


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
    always.
    """

    kind: Kind
    operation: str | None = None
    probability: float = 1.0
    count: int | None = None
    after: bool = False
    seconds: float = 0.0

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
        self._random = Random(seed)
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def set(self, faults: list[Fault], *, seed: int | None = None) -> None:
        """Have these and no others."""
        self._faults = list(faults)
        if seed is not None:
            self._random.seed(seed)

    def draw(self, operation: str, *, item: bool = False) -> Fault | None:
        """The fault that this call meets, or one item of it."""
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
