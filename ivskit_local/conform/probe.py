"""A probe: one sentence about IVS, what an endpoint should answer, and how to ask it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ivskit_local.conform.place import Place

    Ask = Callable[["Place"], str]

Kind = Literal["documentation", "model", "reading"]


class Need(StrEnum):
    """What a probe needs beyond the API; the value is how a report names it."""

    LIVE = "a live stream"
    ENCODER = "an encoder that does as it is asked"
    EVENTS = "the events of the endpoint"
    PLAYBACK = "playlists"
    RATES = "--throttling"


@dataclass(frozen=True)
class Source:
    """Where the sentence comes from: a page, the service model, or nowhere."""

    kind: Kind
    where: str

    def __str__(self) -> str:
        return {
            "documentation": f"documentation: {self.where}",
            "model": f"service model: {self.where}",
            "reading": "our reading, undocumented",
        }[self.kind]


READING = Source("reading", "")


def page(name: str) -> Source:
    """A page of the Amazon IVS Low-Latency Streaming User Guide."""
    return Source("documentation", f"LowLatencyUserGuide/{name}")


def model(operation: str) -> Source:
    """botocore's service model, which is also the API reference."""
    return Source("model", operation)


@dataclass(frozen=True)
class Probe:
    """Asks an endpoint, and answers in words; it agrees if they are the expected ones.

    `ask` contains no id, key or time in its answer, so that answers of two endpoints compare.
    `cannot`: why nobody can provoke it, so that it is skipped everywhere. `minutes`: of live video
    that it takes at most; nothing else of IVS costs money here.
    """

    name: str
    sentence: str
    source: Source
    expected: str
    ask: Ask
    needs: frozenset[Need] = frozenset()
    minutes: float = 0
    cannot: str = ""

    @property
    def group(self) -> str:
        """The part of the name before the first dot."""
        return self.name.partition(".")[0]

    @property
    def cost(self) -> str:
        """What it costs on AWS, in words."""
        return f"{self.minutes:g} min of live video" if self.minutes else "nothing"


class Group:
    """Collects the probes of a module."""

    def __init__(self, name: str, *needs: Need, minutes: float = 0) -> None:
        self.name = name
        self.probes: list[Probe] = []
        self._needs = frozenset(needs)
        self._minutes = minutes

    def add(
        self,
        name: str,
        sentence: str,
        source: Source,
        expected: str,
        ask: Ask,
        *needs: Need,
        cannot: str = "",
    ) -> None:
        """Add a probe of this name within the group."""
        probe = Probe(
            name=f"{self.name}.{name}",
            sentence=sentence,
            source=source,
            expected=expected,
            ask=ask,
            needs=self._needs | set(needs),
            minutes=self._minutes or (1 if Need.LIVE in needs else 0),
            cannot=cannot,
        )
        self.probes.append(probe)

    def probe(
        self, name: str, sentence: str, source: Source, expected: str, *needs: Need
    ) -> Callable[[Ask], Ask]:
        """Make a probe of the function below."""

        def added(ask: Ask) -> Ask:
            self.add(name, sentence, source, expected, ask, *needs)
            return ask

        return added
