"""The message of the recurring schedule on which reconcile_streams sweeps all channels."""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Sweep(BaseModel):
    """Time for a sweep; `scheduled_at` is the same when the schedule fires twice."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    id: str
    scheduled_at: AwareDatetime = Field(alias="time")


def parse_sweep(event: Mapping[str, Any]) -> Sweep:
    """The Sweep in a message shaped like an event; raises pydantic's ValidationError."""
    return Sweep.model_validate(event)
