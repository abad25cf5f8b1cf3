"""The message of the recurring schedule upon which reconcile_streams looks at all channels."""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Sweep(BaseModel):
    """Time for a sweep; `scheduled_at` is the same when the schedule fires twice."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    id: str
    scheduled_at: AwareDatetime = Field(alias="time")


def parse_sweep(event: Mapping[str, Any]) -> Sweep:
    """The sweep that an event-shaped message asks for; raises pydantic's ValidationError."""
    return Sweep.model_validate(event)
