"""The events that programs of others send and receive, as their schemas describe them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ivskit import names
from ivskit.on_demand import class_called
from ivskit_local.contracts.schemas import Schema

# What the schemas of an event are called by its source, besides its detail type.
_PREFIXES = {names.COMMAND: "", names.OUTCOME: "", names.IVS: "", names.RECONCILE: "Missed"}


@dataclass(frozen=True)
class DescribedEvent:
    """An event by the schema of its envelope."""

    schema: Schema

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """The fields of the envelope."""
        found: Mapping[str, Any] = self.schema["properties"]
        return found

    @property
    def source(self) -> str:
        return str(self.fields["source"]["const"])

    @property
    def detail_type(self) -> str:
        return str(self.fields["detail-type"]["const"])

    @property
    def name(self) -> str:
        """What the type of its detail is called: StopStream, StreamStopped."""
        return _PREFIXES[self.source] + class_called(self.detail_type.removeprefix("IVS "))

    @property
    def summary(self) -> str:
        """What the event says, in a sentence; its detail type where the schema has none."""
        description: str = self.fields["detail"].get("description", self.detail_type)
        return " ".join(description.partition("\n\n")[0].split())


def described(schemas: Mapping[str, Schema]) -> Iterator[DescribedEvent]:
    """The events that these schemas describe, in the order of their paths."""
    for _, schema in sorted(schemas.items()):
        event = DescribedEvent(schema)
        if "source" in schema["properties"] and event.source in _PREFIXES:
            yield event
